"""Strategies: one small pure function each, in one table."""

from ev2gym_dashboard.strategies import grid_support, peak_shaving, price, renewable, uncontrolled
from ev2gym_dashboard.strategies.registry import STRATEGIES, Strategy

__all__ = ["STRATEGIES", "Strategy", "grid_support", "peak_shaving", "price", "renewable", "uncontrolled"]
