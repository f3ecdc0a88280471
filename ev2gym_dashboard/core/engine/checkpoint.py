"""Checkpoint: the state of an engine between two steps as named arrays, and its restoration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.control.memory import Memory
from ev2gym_dashboard.core.control.overrides import Overrides
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.engine.recorder import ModelTotals, Recorder, StepTotals
from ev2gym_dashboard.core.fleet.ageing import WearSums
from ev2gym_dashboard.core.fleet.day_plan import DayPlan
from ev2gym_dashboard.core.fleet.evse_queue import EvseQueue
from ev2gym_dashboard.core.fleet.fleet import FleetState
from ev2gym_dashboard.core.site.moment import Moment

Arrays = dict[str, NDArray[Any]]
ENGINE_SCALARS = ("clock", "step", "stored_at_start_kwh", "plugged_g2v_kw", "plugged_v2g_kw", "offered_kwh")
ENGINE_PARTS = ("state", "plugs", "models", "memory", "overrides")
SERIES_KEY, LAST_KEY = "records.series", "records.last"


def save_engine(engine: Engine) -> Arrays:
    """Return the state of an engine and its records, by name, without its day plan, which forks share.

    The arrays are views of the engine's own, not copies.
    """
    return save_engine_state(engine) | flatten_arrays(engine.records.series.kept, SERIES_KEY)


def save_engine_state(engine: Engine) -> Arrays:
    """Return the state of an engine as `save_engine` does, of its records the last step alone."""
    state = flatten_arrays({name: getattr(engine, name) for name in (*ENGINE_SCALARS, *ENGINE_PARTS)})
    return state | flatten_arrays(engine.records.last, LAST_KEY)


def restore_engine(engine: Engine, arrays: Mapping[str, NDArray[Any]]) -> Engine:
    """Return an engine of the same scenario and day plan that continues from the saved state."""
    state, last = select_arrays(arrays, "state"), _restore_last_totals(select_arrays(arrays, LAST_KEY))
    return replace(
        engine,
        **{name: arrays[name].item() for name in ENGINE_SCALARS},
        # Rebuilt from the exogenous series at the next step, which is cheaper than storing a day of moments.
        day_cache=None,
        # A trace follows the vehicles from step to step, and knows nothing of a state that another engine saved.
        trace=None,
        state=FleetState(**_get_level_values(state), wear=WearSums(**_get_level_values(select_arrays(state, "wear")))),
        plugs=EvseQueue(**_get_level_values(select_arrays(arrays, "plugs"))),
        memory=Memory(**_get_level_values(select_arrays(arrays, "memory"))),
        overrides=Overrides(**_get_level_values(select_arrays(arrays, "overrides"))),
        models=ModelTotals(**_get_level_values(select_arrays(arrays, "models"))),
        records=Recorder.restore(select_arrays(arrays, SERIES_KEY), last),
    )


def restore_day_plan(arrays: Mapping[str, NDArray[Any]]) -> DayPlan:
    """Return a day plan from its flattened arrays."""
    return DayPlan(**_get_level_values(arrays))


def flatten_arrays(value: Any, name: str = "") -> Arrays:
    """Return the arrays and numbers of nested dataclasses and mappings by dotted names, without None."""
    if value is None:
        return {}
    if is_dataclass(value):
        value = {f.name: getattr(value, f.name) for f in fields(value) if f.metadata.get("saved", True)}
    if not isinstance(value, Mapping):
        return {name: np.asarray(value)}
    dotted = {f"{name}.{key}" if name else key: inner for key, inner in value.items()}
    return {key: array for path, inner in dotted.items() for key, array in flatten_arrays(inner, path).items()}


def select_arrays(arrays: Mapping[str, NDArray[Any]], name: str) -> Arrays:
    """Return the arrays that were flattened under a name."""
    start = f"{name}."
    return {key.removeprefix(start): array for key, array in arrays.items() if key.startswith(start)}


def _restore_last_totals(last: Arrays) -> StepTotals | None:
    if not last:
        return None
    return StepTotals(**_get_level_values(last), moment=Moment(**_get_level_values(select_arrays(last, "moment"))))


def _get_level_values(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Return the values of this level only, numbers as Python's own."""
    return {key: array if array.ndim else array.item() for key, array in arrays.items() if "." not in key}
