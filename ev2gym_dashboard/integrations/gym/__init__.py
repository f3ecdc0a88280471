"""Gymnasium: importing this registers ``EV2GymDashboard/Fleet-v0``, one fleet or several; needs the extra ``gym``."""

import gymnasium

from ev2gym_dashboard.integrations.gym.fleet import FleetEnv
from ev2gym_dashboard.integrations.gym.vector import FleetVectorEnv

__all__ = ["FLEET", "FleetEnv", "FleetVectorEnv"]

FLEET = "EV2GymDashboard/Fleet-v0"

gymnasium.register(
    FLEET,
    entry_point="ev2gym_dashboard.integrations.gym.fleet:FleetEnv",
    vector_entry_point="ev2gym_dashboard.integrations.gym.vector:FleetVectorEnv",
)
