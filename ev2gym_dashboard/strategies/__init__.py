"""Strategies: one pure function each, registered in one table, and the names that a strategy is written with."""

from ev2gym_dashboard.core.control.allocation import Allocation, Demand
from ev2gym_dashboard.core.control.observation import StepView
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.schema import declare_quantity
from ev2gym_dashboard.core.site.moment import Moment
from ev2gym_dashboard.strategies import (  # noqa: F401 (importing a module registers its strategy)
    grid_support,
    peak_shaving,
    predictive,
    price,
    renewable,
    uncontrolled,
)
from ev2gym_dashboard.strategies.door.errors import StrategyError
from ev2gym_dashboard.strategies.door.plugins import load_installed_strategies
from ev2gym_dashboard.strategies.door.registry import STRATEGIES
from ev2gym_dashboard.strategies.door.table import Strategy

STRATEGIES.load_later(load_installed_strategies)

__all__ = [
    "STRATEGIES",
    "Allocation",
    "Demand",
    "Moment",
    "Reason",
    "StepView",
    "Strategy",
    "StrategyError",
    "declare_quantity",
]
