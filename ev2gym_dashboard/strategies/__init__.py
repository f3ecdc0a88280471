"""Strategies: one pure function each, registered in one table; a module is added to the import below."""

from ev2gym_dashboard.strategies import (  # noqa: F401 (importing a module registers its strategy)
    grid_support,
    peak_shaving,
    price,
    renewable,
    uncontrolled,
)
from ev2gym_dashboard.strategies.registry import STRATEGIES, Strategy

__all__ = ["STRATEGIES", "Strategy"]
