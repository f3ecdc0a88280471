"""Gymnasium: importing this registers ``EV2GymDashboard/Fleet-v0``, one fleet or several; needs the extra ``gym``."""

import gymnasium

from ev2gym_dashboard.integrations.gym.fleet import FleetEnv
from ev2gym_dashboard.integrations.gym.hooks import HookError, Observed, StepRecord
from ev2gym_dashboard.integrations.gym.vector import FleetVectorEnv

__all__ = ["FLEET_ENV_ID", "FleetEnv", "FleetVectorEnv", "HookError", "Observed", "StepRecord"]

FLEET_ENV_ID = "EV2GymDashboard/Fleet-v0"

gymnasium.register(
    FLEET_ENV_ID,
    entry_point="ev2gym_dashboard.integrations.gym.fleet:FleetEnv",
    vector_entry_point="ev2gym_dashboard.integrations.gym.vector:FleetVectorEnv",
)
