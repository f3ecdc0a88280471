"""An engine between two steps as named arrays, and back: nothing of its past but these decides what comes next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.engine.recorder import ModelTotals, Recorder, StepTotals
from ev2gym_dashboard.core.fleet.ageing import WearSums
from ev2gym_dashboard.core.fleet.day_plan import DayPlan
from ev2gym_dashboard.core.fleet.evse_queue import EvseQueue
from ev2gym_dashboard.core.fleet.fleet import FleetState
from ev2gym_dashboard.core.site.moment import Moment

Arrays = dict[str, NDArray[Any]]
ENGINE_SCALARS = ("clock", "step", "stored_at_start_kwh", "plugged_g2v_kw", "plugged_v2g_kw")
ENGINE_PARTS = ("state", "plugs", "models", "records")


def save_engine(engine: Engine) -> Arrays:
    """Return what changes of an engine, by name; its day plan, which its forks share, is not among it.

    The arrays are those of the engine itself, not copies.
    """
    return flatten_arrays({name: getattr(engine, name) for name in (*ENGINE_SCALARS, *ENGINE_PARTS)})


def restore_engine(engine: Engine, arrays: Mapping[str, NDArray[Any]]) -> Engine:
    """Return an engine of the same scenario and day plan that goes on where the saved one stood."""
    state, records = select_arrays(arrays, "state"), select_arrays(arrays, "records")
    return replace(
        engine,
        **{name: arrays[name].item() for name in ENGINE_SCALARS},
        moment_cache=None,
        state=FleetState(**_get_own_values(state), wear=WearSums(**_get_own_values(select_arrays(state, "wear")))),
        plugs=EvseQueue(**_get_own_values(select_arrays(arrays, "plugs"))),
        models=ModelTotals(**_get_own_values(select_arrays(arrays, "models"))),
        records=Recorder(
            {name: values.tolist() for name, values in select_arrays(records, "series").items()},
            _restore_last_totals(records),
        ),
    )


def restore_day_plan(arrays: Mapping[str, NDArray[Any]]) -> DayPlan:
    """Return a day plan that was flattened."""
    return DayPlan(**_get_own_values(arrays))


def flatten_arrays(value: Any, name: str = "") -> Arrays:
    """Return the arrays and numbers in nested dataclasses and mappings by dotted names; what is None is left out."""
    if value is None:
        return {}
    if is_dataclass(value):
        value = {f.name: getattr(value, f.name) for f in fields(value)}
    if not isinstance(value, Mapping):
        return {name: np.asarray(value)}
    dotted = {f"{name}.{key}" if name else key: inner for key, inner in value.items()}
    return {key: array for path, inner in dotted.items() for key, array in flatten_arrays(inner, path).items()}


def select_arrays(arrays: Mapping[str, NDArray[Any]], name: str) -> Arrays:
    """Return what was flattened under a name."""
    start = f"{name}."
    return {key.removeprefix(start): array for key, array in arrays.items() if key.startswith(start)}


def _restore_last_totals(records: Arrays) -> StepTotals | None:
    last = select_arrays(records, "last")
    return (
        StepTotals(**_get_own_values(last), moment=Moment(**_get_own_values(select_arrays(last, "moment"))))
        if last
        else None
    )


def _get_own_values(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Return the values of a level itself, numbers as Python's."""
    return {key: array if array.ndim else array.item() for key, array in arrays.items() if "." not in key}
