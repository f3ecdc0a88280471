"""Overrides: what the user has decided for single vehicles, in place of the strategy."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from ev2gym_dashboard.core.arrays import Booleans, Floats, Indices, Reasons, Rows, Steps
from ev2gym_dashboard.core.control.observation import StepView
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.control.step import Control

CHARGE_NOW, NO_V2G, LEAVE, AS_STRATEGY = ACTIONS = ("charge_now", "no_v2g", "leave", "as_strategy")
"""What a user can decide for a vehicle; the last one takes the others back."""
NO_STEP = int(np.iinfo(np.int32).min)
NO_STEPS, NO_FLAGS = np.empty(0, np.int32), np.empty(0, np.bool_)
READY_REASONS = (Reason.OUTSIDE_WINDOW, Reason.PRICE_TOO_LOW, Reason.NO_NEED, Reason.CONNECTION_RESERVE)
"""Reasons of a vehicle that only waits for V2G, which an override has barred."""


@dataclass(frozen=True)
class Overrides:
    """Vehicles for which the user has decided, k of them; steps count from midnight of day 0.

    Parameters
    ----------
    rows : (k,) rows in the fleet, rising
    charge_until : (k,) step before which the vehicle charges to its target at full power; `NO_STEP` if it does not
    bars_v2g : (k,) whether it never discharges
    leave_step : (k,) step in which the user lets it leave; `NO_STEP` if it leaves as planned
    planned_step : (k,) step in which it would have left instead
    """

    rows: Rows = field(default_factory=lambda: NO_STEPS)
    charge_until: Steps = field(default_factory=lambda: NO_STEPS)
    bars_v2g: Booleans = field(default_factory=lambda: NO_FLAGS)
    leave_step: Steps = field(default_factory=lambda: NO_STEPS)
    planned_step: Steps = field(default_factory=lambda: NO_STEPS)

    def find_charging(self, clock: int) -> Rows:
        """Return the rows of the vehicles that charge at full power in a step."""
        return self.rows[self.charge_until > clock]

    def find_barred(self, clock: int) -> Rows:
        """Return the rows of the vehicles that do not discharge in a step."""
        return self.rows[self.bars_v2g | (self.charge_until > clock)]

    def find_moved(self) -> Rows:
        """Return the rows of the vehicles of which a departure has been moved."""
        moved: Rows = self.rows[self.leave_step != NO_STEP]
        return moved

    def find_active(self, clock: int) -> Rows:
        """Return the rows of the vehicles for which a decision of the user holds in a step."""
        moves_stay = (self.leave_step >= clock) & (self.leave_step != self.planned_step)
        active: Rows = self.rows[self.bars_v2g | (self.charge_until > clock) | moves_stay]
        return active


NO_OVERRIDES = Overrides()


def set_override(overrides: Overrides, row: int, **values: Any) -> Overrides:
    """Return the overrides with new values of a vehicle, by the names of `Overrides`; its other ones stay."""
    place = int(overrides.rows.searchsorted(row))
    if row not in overrides.rows:
        columns = {"rows": row, "charge_until": NO_STEP, "bars_v2g": False, "leave_step": NO_STEP}
        overrides = _map_columns(overrides, lambda name, old: np.insert(old, place, columns.get(name, NO_STEP)))
    changed = {name: getattr(overrides, name).copy() for name in values}
    for name, value in values.items():
        changed[name][place] = value
    return replace(overrides, **changed)


def release_vehicle(overrides: Overrides, row: int) -> Overrides:
    """Return the overrides with the power of a vehicle left to the strategy; a departure that was moved is kept."""
    if row in overrides.find_moved():
        # The plan of the days still holds the stay as it was drawn.
        return set_override(overrides, row, charge_until=NO_STEP, bars_v2g=False)
    kept = overrides.rows != row
    return _map_columns(overrides, lambda _, old: old[kept])


def get_override(overrides: Overrides, row: int) -> dict[str, Any]:
    """Return the values of a vehicle, by the names of `Overrides`; none of one that the user has left alone."""
    places = find_places(overrides.rows, np.array([row], np.int32))
    return {f.name: getattr(overrides, f.name)[places[0]].item() for f in fields(Overrides)} if places.size else {}


def find_leave_step(clock: int, minute_of_day: float, timestep_min: int) -> int:
    """Return the step nearest to a time of the day, counted from midnight of day 0, within a day after a step."""
    steps_per_day = 24 * 60 // timestep_min
    step_of_day = int(minute_of_day / timestep_min + 0.5)
    return clock + 1 + (step_of_day - clock - 1) % steps_per_day


def override_control(control: Control, overrides: Overrides, clock: int) -> Control:
    """Return a control that requests in a step what the user has decided, and of other vehicles what it requests."""
    charging, barred = overrides.find_charging(clock), overrides.find_barred(clock)
    if not barred.size:
        return control

    def request_power(view: StepView, params: Any) -> Floats:
        power_kw = np.array(control.request_power(view, params))
        places = find_places(view.vehicle_id, barred)
        power_kw[places] = np.maximum(power_kw[places], 0.0)
        places = find_places(view.vehicle_id, charging)
        if places.size:
            power_kw[places] = view.charge_to_soc(view.target_soc)[places]
        return power_kw

    return replace(control, request_power=request_power)


def mark_reasons(reason: Reasons, overrides: Overrides, clock: int) -> None:
    """Set, in place, the reasons (n,) of the vehicles of a fleet whose power of a step the user has decided."""
    if not overrides.rows.size:
        return
    barred, charging = overrides.find_barred(clock), overrides.find_charging(clock)
    reason[barred[np.isin(reason[barred], READY_REASONS)]] = Reason.SET_NO_V2G
    reason[charging[reason[charging] == Reason.CHARGING]] = Reason.SET_CHARGE


def find_places(vehicle_id: Rows | Indices, rows: Rows) -> Indices:
    """Return the places, in rising numbers of vehicles (n,), of those rows that are among them."""
    places = vehicle_id.searchsorted(rows)
    is_inside = places < len(vehicle_id)
    found: Indices = places[is_inside][vehicle_id[places[is_inside]] == rows[is_inside]]
    return found


def _map_columns(overrides: Overrides, change: Any) -> Overrides:
    return Overrides(**{f.name: change(f.name, getattr(overrides, f.name)) for f in fields(Overrides)})
