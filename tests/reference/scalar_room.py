"""Scalar reference: what the connection leaves until the departures, written from docs/physics.md."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate

from tests.reference.scalar_battery import EvseKind, Model, rate_vehicle
from tests.reference.scalar_day import TICKS_PER_H, SeriesDay, Stay, round_to_single

BIN_H = 0.25
N_BINS = 256
TICKS_PER_QUARTER = TICKS_PER_H // 4
QUARTERS_PER_DAY = 96
ROOM_RESERVE = 0.6
MIN_KW = 1e-6
MIN_PUT_BACK_KWH = 1e-9
RATING_MARGIN_KW = 1e-3


@dataclass(frozen=True)
class Expected:
    """Expected newcomers: lists of the stays of usual days, with steps and ticks from the midnight of their day."""

    days: Callable[[bool], list[list[Stay]]]
    scale: float
    charge_kw: float
    charge_efficiency: float


@dataclass(frozen=True)
class Outlook:
    """Room of this step and of those until the end of tomorrow [kW], and the newcomers' need by deadline [kWh]."""

    timestep_h: float
    room_kw: list[float]
    newcomers_kwh: list[float]


@dataclass(frozen=True)
class Need:
    """A plugged-in vehicle under the strategy's decision.

    ``kept_kwh`` is what it needs after the step without its V2G, ``put_back_kwh`` what its V2G adds; ``urgent_kw`` is
    full power up to the sufficient SOC.
    """

    deadline_bin: int
    laxity_bin: int
    power_kw: float
    kept_kwh: float
    put_back_kwh: float
    urgent_kw: float


def rate_site(models: list[Model], kinds: list[EvseKind], transition_soc: float) -> tuple[float, float]:
    """Return the mean power and efficiency of the vehicles at the EVSEs, those that cannot charge left out."""
    ratings = [rate_vehicle(model, kind, transition_soc) for model in models for kind in kinds]
    charging = [(rating.charge_kw, rating.charge_efficiency) for rating in ratings if rating.charge_kw > 0.0]
    if not charging:
        return 0.0, 1.0
    return sum(power for power, _ in charging) / len(charging), sum(eta for _, eta in charging) / len(charging)


def make_outlook(
    today: SeriesDay,
    tomorrow: SeriesDay,
    step: int,
    *,
    weekends: tuple[bool, bool],
    expected: Expected,
) -> Outlook:
    """Return the outlook in a step of a day."""
    n, ahead = len(today.hour_h), []
    for day in (today, tomorrow):
        ahead += [
            limit - (load - sun) for limit, load, sun in zip(day.limit_kw, day.base_load_kw, day.solar_kw, strict=True)
        ]
    now, first = step * QUARTERS_PER_DAY // n, -(-(step + 1) * QUARTERS_PER_DAY // n)
    due_kwh = [0.0] * N_BINS
    add_newcomers(due_kwh, expected, weekends[0], first, now, 24.0 / n)
    add_newcomers(due_kwh, expected, weekends[1], 0, now - QUARTERS_PER_DAY, 24.0 / n)
    return Outlook(24.0 / n, ahead[step:], list(accumulate(due_kwh)))


def add_newcomers(
    due_kwh: list[float], expected: Expected, weekend: bool, first: int, now: int, timestep_h: float
) -> None:
    """Add the mean need of the usual days at each deadline: of those who arrive in the quarter ``first`` or later."""
    days, efficiency = expected.days(weekend), round_to_single(expected.charge_efficiency)
    for stay in (stay for day in days for stay in day if stay.arrival_tick // TICKS_PER_QUARTER >= first):
        departure_h = stay.departure_step * timestep_h
        stay_h = departure_h - stay.arrival_tick / TICKS_PER_H
        # The need is in single precision, as the energy driven: doubles would differ by what a share of V2G shows.
        grid_kwh = round_to_single(stay.drive_kwh / efficiency)
        kwh = min(grid_kwh, expected.charge_kw * stay_h) / len(days)
        deadline_bin = max(math.ceil(4.0 * departure_h) - now - 1, 0)
        if deadline_bin < N_BINS:
            due_kwh[deadline_bin] += kwh * expected.scale


def list_room_by_bin(outlook: Outlook) -> list[float]:
    """Return the room of the steps after this one until the end of each bin, infinite after the end of tomorrow."""
    timestep_h, later_kw = outlook.timestep_h, [0.0] + [max(room_kw, 0.0) for room_kw in outlook.room_kw[1:]]
    before_kwh = list(accumulate((room_kw * timestep_h for room_kw in later_kw), initial=0.0))
    return [
        compute_room_until((deadline_bin + 1) * BIN_H, later_kw, before_kwh, timestep_h)
        for deadline_bin in range(N_BINS)
    ]


def compute_room_until(hours: float, later_kw: list[float], before_kwh: list[float], timestep_h: float) -> float:
    """Return the room until a time from now, from that of each step and that before it."""
    if hours > len(later_kw) * timestep_h:
        return math.inf
    step = min(math.floor(hours / timestep_h), len(later_kw) - 1)
    return before_kwh[step] + later_kw[step] * (hours - step * timestep_h)


def may_run_short(outlook: Outlook, ratings_kw: float) -> bool:
    return ratings_kw > min(outlook.room_kw) - RATING_MARGIN_KW


def guard_connection(outlook: Outlook, needs: list[Need]) -> tuple[float, int]:
    """Return the share of V2G, and the bin of laxity below which vehicles charge at full power."""
    charging_kw, room_kw = sum(max(need.power_kw, 0.0) for need in needs), max(outlook.room_kw[0], 0.0)
    cut_kwh = max(charging_kw - room_kw, 0.0) * outlook.timestep_h
    share, lowest_slack_kwh, kept_kwh, put_back_kwh = 1.0, math.inf, 0.0, 0.0
    for deadline_bin, room_kwh in enumerate(list_room_by_bin(outlook)):
        due = [need for need in needs if need.deadline_bin == deadline_bin]
        kept_kwh += sum(need.kept_kwh for need in due)
        put_back_kwh += sum(need.put_back_kwh for need in due)
        taken_kwh = kept_kwh + outlook.newcomers_kwh[deadline_bin] + cut_kwh
        lowest_slack_kwh = min(lowest_slack_kwh, room_kwh - taken_kwh)
        if put_back_kwh > MIN_PUT_BACK_KWH:
            share = min(share, max(((1.0 - ROOM_RESERVE) * room_kwh - taken_kwh) / put_back_kwh, 0.0))
    missing_kw = min(-lowest_slack_kwh / outlook.timestep_h, room_kw - charging_kw)
    return share, find_urgent_bin(needs, missing_kw)


def find_urgent_bin(needs: list[Need], missing_kw: float) -> int:
    if missing_kw <= MIN_KW:
        return 0
    gains_kw = []
    for laxity_bin in range(N_BINS):
        members = [need for need in needs if need.laxity_bin == laxity_bin]
        charging_kw = sum(max(need.power_kw, 0.0) for need in members)
        gains_kw.append(max(sum(need.urgent_kw for need in members) - charging_kw, 0.0))
    if sum(gains_kw) <= MIN_KW:
        return 0
    gained_kw = 0.0
    for laxity_bin, gain_kw in enumerate(gains_kw):
        gained_kw += gain_kw
        if gained_kw >= missing_kw:
            return laxity_bin + 1
    return N_BINS
