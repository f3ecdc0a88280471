"""The EV2Gym form: a scenario as EV2Gym's configuration, a strategy as its agent."""

from ev2gym_dashboard.integrations.ev2gym import StrategyAgent, to_ev2gym_config

__all__ = ["StrategyAgent", "to_ev2gym_config"]
