"""EV2Gym 2.0.0: scenarios as its configuration, and strategies as its agents."""

from ev2gym_dashboard.integrations.ev2gym.agent import StrategyAgent
from ev2gym_dashboard.integrations.ev2gym.config import UNSUPPORTED_FEATURES, to_ev2gym_config

__all__ = ["UNSUPPORTED_FEATURES", "StrategyAgent", "to_ev2gym_config"]
