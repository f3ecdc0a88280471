"""EV2Gym 2.0.0: its configurations and replays in and out, and strategies as its agents."""

from ev2gym_dashboard.integrations.ev2gym.agent import StrategyAgent
from ev2gym_dashboard.integrations.ev2gym.config import UNSUPPORTED_FEATURES, to_ev2gym_config
from ev2gym_dashboard.integrations.ev2gym.config_reader import read_ev2gym_config
from ev2gym_dashboard.integrations.ev2gym.replay import sessions_from_replay
from ev2gym_dashboard.integrations.ev2gym.replay_writer import make_ev2gym_evs, write_ev2gym_replay

__all__ = [
    "UNSUPPORTED_FEATURES",
    "StrategyAgent",
    "make_ev2gym_evs",
    "read_ev2gym_config",
    "sessions_from_replay",
    "to_ev2gym_config",
    "write_ev2gym_replay",
]
