"""Vehicle trace: the choice of the vehicles whose past a run keeps, and their table, a row per step and vehicle."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import NO_EVSE, Evses, Reasons, Rows
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.engine.trace import StateLog, Trace
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.simulation.vehicle_names import list_vehicle_names

VEHICLE_COLUMNS = {
    "soc": "SOC after the step, 0..1; on the road the last known one",
    "power_kw": "power at the grid side of the EVSE, mean over the step, positive = charging",
    "mode": "away, waiting (for an EVSE), idle, g2v or v2g",
    "reason": "key of the reason",
    "evse": "number of the EVSE, from 0; empty if the vehicle is not plugged in",
}
"""Columns of the table of vehicles: name and meaning; the unit is the suffix."""

MODES = pd.Index(["away", "waiting", "idle", "g2v", "v2g"])
REASON_KEYS = pd.Index([reason.key for reason in Reason])
AWAY, WAITING, IDLE, G2V, V2G = (np.int8(code) for code in range(len(MODES)))

MAX_TRACED_VEHICLE_STEPS = 40_000_000
"""Vehicles times steps that a trace may have: 1,000 vehicles for a year of 15 min; at most 75 B each."""

ModeCodes = np.ndarray[tuple[int, ...], np.dtype[np.int8]]
"""Codes of `MODES`."""
VehicleChoice = bool | Iterable[int | np.integer[Any] | str] | None
"""The vehicles that a run traces: True for all, or their numbers from 0 or names; None or False for none."""


def make_trace(vehicles: VehicleChoice, scenario: Scenario) -> Trace | None:
    """Return a trace of the chosen vehicles of a scenario, None without any.

    Raises
    ------
    ValidationError
        If a number is not one of a vehicle, or the trace would be too large.
    """
    rows = select_rows(vehicles, scenario)
    if rows is None:
        return None
    require_traceable(len(rows), scenario.n_steps)
    return Trace.make(rows, scenario.fleet_size)


def select_rows(vehicles: VehicleChoice, scenario: Scenario) -> Rows | None:
    """Return the rows of the chosen vehicles, rising, None without a choice; raise `ValidationError` for others."""
    if vehicles is None or vehicles is False:
        return None
    if vehicles is True:
        return np.arange(scenario.fleet_size, dtype=np.int32)
    # A text is iterable too, but is one name.
    chosen = list(vehicles) if isinstance(vehicles, Iterable) and not isinstance(vehicles, str) else [vehicles]
    numbers = _replace_names(chosen, scenario)
    issue = _check_numbers(numbers, scenario.fleet_size)
    if issue is not None:
        raise ValidationError([issue])
    return np.unique(np.array(numbers, dtype=np.int32))


def require_traceable(n_vehicles: int, n_steps: int) -> None:
    """Raise `ValidationError` if a trace would have more than `MAX_TRACED_VEHICLE_STEPS`."""
    if n_vehicles * n_steps > MAX_TRACED_VEHICLE_STEPS:
        values = ("steps", n_steps), ("count", n_vehicles), ("high", MAX_TRACED_VEHICLE_STEPS // n_steps)
        raise ValidationError(
            [Issue("trace", "may have at most {high} vehicles over {steps} steps, not {count}; choose some", values)]
        )


def follow_vehicles(engine: Engine, rows: Rows) -> Trace:
    """Let an engine keep the past of some vehicles from its next step on; return their trace."""
    trace = Trace.make(rows, engine.fleet.size)
    engine.follow(trace)
    trace.begin(engine.state, engine.clock)
    return trace


def make_vehicle_table(states: StateLog, rows: Rows, times: pd.DatetimeIndex) -> pd.DataFrame:
    """Return the table of the traced vehicles, by ``time`` and ``vehicle``; ``times`` are those of the steps."""
    index = pd.MultiIndex.from_product([times, pd.Index(rows, name="vehicle")], names=["time", "vehicle"])
    columns = {
        "soc": states.soc.ravel(),
        "power_kw": states.power_kw.ravel(),
        "mode": pd.Categorical.from_codes(find_modes(states.power_kw, states.reason, states.evse).ravel(), MODES),
        "reason": pd.Categorical.from_codes(states.reason.ravel(), REASON_KEYS),
        "evse": make_evse_column(states.evse.ravel()),
    }
    return pd.DataFrame(columns, index=index, copy=False)


def make_evse_column(evse: Evses) -> Any:
    """Return numbers of EVSEs as a column that is empty for `NO_EVSE`."""
    return pd.arrays.IntegerArray(evse, evse == NO_EVSE)


def find_modes(power_kw: NDArray[np.floating], reason: Reasons, evse: Evses) -> ModeCodes:
    """Return codes of `MODES` of vehicles, from their power, reasons and EVSEs, of any one shape."""
    plugged = np.where(power_kw > 0.0, G2V, np.where(power_kw < 0.0, V2G, IDLE))
    return np.where(reason == Reason.AWAY, AWAY, np.where(evse == NO_EVSE, WAITING, plugged))


def _replace_names(vehicles: list[Any], scenario: Scenario) -> list[Any]:
    """Return vehicles with their numbers in place of those names that a file of sessions has."""
    if not any(isinstance(vehicle, str) for vehicle in vehicles):
        return vehicles
    numbers = {name: number for number, name in enumerate(list_vehicle_names(scenario))}
    return [numbers.get(vehicle, vehicle) if isinstance(vehicle, str) else vehicle for vehicle in vehicles]


def _check_numbers(numbers: list[Any], fleet_size: int) -> Issue | None:
    unknown = [number for number in numbers if not _is_vehicle(number, fleet_size)]
    if not numbers:
        return Issue("trace", "must name a vehicle")
    if not unknown:
        return None
    values = ("high", fleet_size - 1), ("value", str(unknown[0]))
    return Issue("trace", "vehicles have the numbers 0 to {high}; {value} is none of them", values)


def _is_vehicle(number: Any, fleet_size: int) -> bool:
    return isinstance(number, int | np.integer) and not isinstance(number, bool) and 0 <= int(number) < fleet_size
