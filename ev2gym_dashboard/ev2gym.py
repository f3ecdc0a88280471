"""EV2Gym integration: its configurations and replays in and out, strategies as its agents."""

from ev2gym_dashboard.integrations.ev2gym import (
    StrategyAgent,
    make_ev2gym_evs,
    read_ev2gym_config,
    sessions_from_replay,
    to_ev2gym_config,
    write_ev2gym_replay,
)

__all__ = [
    "StrategyAgent",
    "make_ev2gym_evs",
    "read_ev2gym_config",
    "sessions_from_replay",
    "to_ev2gym_config",
    "write_ev2gym_replay",
]
