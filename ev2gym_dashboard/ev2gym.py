"""EV2Gym integration: scenarios as its configuration, strategies as its agents."""

from ev2gym_dashboard.integrations.ev2gym import StrategyAgent, to_ev2gym_config

__all__ = ["StrategyAgent", "to_ev2gym_config"]
