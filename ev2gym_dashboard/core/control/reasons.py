"""Reason codes: why a vehicle charges, discharges or idles."""

from __future__ import annotations

from enum import IntEnum


class Reason(IntEnum):
    """Reason of a vehicle's power in a step; ``key`` names it in data, ``text`` is its sentence (a msgid)."""

    AWAY = 0
    WAITING = 1
    CHARGING = 2
    DISCHARGING = 3
    GUARD = 4
    V2G_OFF = 5
    NOT_CAPABLE = 6
    ONE_WAY_EVSE = 7
    AT_RESERVE = 8
    OUTSIDE_WINDOW = 9
    PRICE_TOO_LOW = 10
    NO_NEED = 11
    TARGET_REACHED = 12
    DEFERRED = 13
    FEEDER = 14
    CANNOT_CHARGE = 15
    CONNECTION_GUARD = 16
    CONNECTION_RESERVE = 17
    SET_CHARGE = 18
    SET_NO_V2G = 19

    @property
    def key(self) -> str:
        return self.name.lower()

    @property
    def text(self) -> str:
        return REASON_TEXTS[self]


REASON_TEXTS = {
    Reason.AWAY: "On the road",
    Reason.WAITING: "Waiting for a free EVSE that fits",
    Reason.CHARGING: "Charging, as the strategy requests",
    Reason.DISCHARGING: "Discharging, as the strategy requests",
    Reason.GUARD: "Departure guard: just enough time left to reach the target",
    Reason.V2G_OFF: "Idle: V2G is switched off",
    Reason.NOT_CAPABLE: "Idle: the model cannot discharge",
    Reason.ONE_WAY_EVSE: "Idle: the EVSE or its type of current is one-way",
    Reason.AT_RESERVE: "Idle: SOC at or below the V2G minimum",
    Reason.OUTSIDE_WINDOW: "Idle: ready for V2G, outside the V2G hours",
    Reason.PRICE_TOO_LOW: "Idle: ready for V2G, price too low",
    Reason.NO_NEED: "Idle: ready for V2G, not needed now",
    Reason.TARGET_REACHED: "Idle: target SOC reached",
    Reason.DEFERRED: "Idle: charging deferred to better hours",
    Reason.FEEDER: "Limited by the connection or the site cap",
    Reason.CANNOT_CHARGE: "No EVSE of the site can charge this model",
    Reason.CONNECTION_GUARD: "Charging early: the connection leaves little room until the departures",
    Reason.CONNECTION_RESERVE: "Idle: ready for V2G, but the connection leaves too little to charge again",
    Reason.SET_CHARGE: "Set by hand: charges now",
    Reason.SET_NO_V2G: "Set by hand: no V2G",
}
