"""PettingZoo integration: a fleet with an agent per vehicle; needs the extra ``pettingzoo``."""

from ev2gym_dashboard.integrations.gym.parallel import FleetParallelEnv

__all__ = ["FleetParallelEnv"]
