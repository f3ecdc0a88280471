"""Work limits of an optimum on a server: what is computed of a run of some size."""

from __future__ import annotations

MAX_PLAN_VEHICLE_STEPS, MAX_BOUND_VEHICLE_STEPS = 7_000_000, 40_000_000
"""Vehicle-steps above which there is no plan, and no bound: minutes and gigabytes."""
TIME_LIMIT_S = 60.0
