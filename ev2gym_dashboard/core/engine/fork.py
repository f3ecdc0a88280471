"""Fork: copies of an engine that continue independently, on the same arrivals."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import numpy as np

from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.fleet.day_plan import SharedItems
from ev2gym_dashboard.core.fleet.fleet import NO_POWERS

DataT = TypeVar("DataT", bound=Any)


def fork_engine(engine: Engine, n: int) -> list[Engine]:
    """Return ``n`` engines that continue independently from here, on the same arrivals."""
    # The plans of the days to come are drawn once and shared: forks differ in their control alone.
    if not isinstance(engine.days, SharedItems):
        engine.days = SharedItems(engine.days)
    return [
        replace(
            engine,
            days=engine.days.fork(),
            state=replace(_copy_arrays(engine.state), exact_kw=NO_POWERS),
            plugs=_copy_arrays(engine.plugs),
            models=_copy_arrays(engine.models),
            records=engine.records.fork(),
            memory=_copy_arrays(engine.memory),
            trace=None,
            # The kernel makes another one, which does not keep that of this engine alive.
            workspace=None,
        )
        for _ in range(n)
    ]


def _copy_arrays(value: DataT) -> DataT:
    """Return a dataclass with copies of its arrays, and of those of its dataclasses."""
    # Several times as fast as `deepcopy`, which a group of small runs notices.
    copies = {f.name: getattr(value, f.name) for f in fields(value)}
    for name, part in copies.items():
        if isinstance(part, np.ndarray):
            copies[name] = part.copy()
        elif is_dataclass(part):
            copies[name] = _copy_arrays(part)
    return replace(value, **copies)
