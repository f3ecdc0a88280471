"""The Gymnasium form: ``import ev2gym_dashboard.gym`` registers its environments."""

from ev2gym_dashboard.integrations.gym import FLEET, FleetEnv, FleetVectorEnv

__all__ = ["FLEET", "FleetEnv", "FleetVectorEnv"]
