"""Memory: the numbers that a strategy keeps from one step to the next, per vehicle and of the site."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ev2gym_dashboard.core.arrays import Floats


@dataclass(frozen=True, eq=False)
class Memory:
    """Numbers that a strategy keeps, updated in place before the decisions of a step.

    Parameters
    ----------
    vehicles : (fleet, declared size) of each vehicle, in the order of ``StepView.vehicle_id``
    site : (declared size,) of the site
    """

    vehicles: Floats
    site: Floats


NO_MEMORY = Memory(np.zeros((0, 0)), np.zeros(0))
"""The memory of a strategy that keeps nothing, and of a run whose strategy has not kept anything yet."""


@dataclass(frozen=True)
class MemoryRule:
    """How a strategy remembers.

    Parameters
    ----------
    per_vehicle, per_site : numbers kept per vehicle, and of the site
    remember_vehicles : ``(view, params) -> (n, per_vehicle)``, the numbers of the plugged-in vehicles from this step on
    remember_site : ``(view, params) -> (per_site,)``, those of the site
    remember : ``(view, params) -> (those of the vehicles, that of the site)``, in place of both, for numbers that come
        from one plan; the view then has its ``planning``
    """

    per_vehicle: int = 0
    per_site: int = 0
    remember_vehicles: Callable[[Any, Any], Floats] | None = None
    remember_site: Callable[[Any, Any], Floats] | None = None
    remember: Callable[[Any, Any], tuple[Floats, Floats]] | None = None


def make_memory(rule: MemoryRule, fleet_size: int) -> Memory:
    """Return the memory with which a strategy begins: zeros."""
    return Memory(np.zeros((fleet_size, rule.per_vehicle)), np.zeros(rule.per_site))
