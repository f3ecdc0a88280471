"""Gymnasium integration: ``import ev2gym_dashboard.gym`` registers its environments."""

from ev2gym_dashboard.integrations.gym import (
    FLEET_ENV_ID,
    FleetEnv,
    FleetVectorEnv,
    HookError,
    Observed,
    StepRecord,
)

__all__ = ["FLEET_ENV_ID", "FleetEnv", "FleetVectorEnv", "HookError", "Observed", "StepRecord"]
