"""Work budget: what a request to a server may compute, in vehicle-steps."""

from __future__ import annotations

from ev2gym_dashboard.service.sessions.run_spec import RunSpec

MAX_REQUEST_WORK = 100_000_000
"""Largest work of one request, its counterfactuals included [vehicle-steps]."""
STEP_OVERHEAD_WORK = 20_000
"""Work of a step that does not depend on the size of the fleet [vehicle-steps]."""

CHEAP_WORK = 25_000_000
"""Work of a request from which on it is dear, and needs a place [vehicle-steps]; a day of 1,000 vehicles has 8e6."""
START_STEPS = 60
"""Steps of the run that take as long as making its fleet, with its warm-up."""
LIST_STEPS = 30
"""Steps of the run that take as long as listing its vehicles, or the wear of one."""
N_SIMULATIONS = 4
"""Simulations of a live run: the run, its two counterfactuals, and the run without the limit of its connection."""


def compute_step_work(fleet_size: int) -> int:
    """Return the work of a step of one simulation [vehicle-steps]."""
    return fleet_size + STEP_OVERHEAD_WORK


def compute_start_work(run: RunSpec) -> int:
    """Return the work of making the fleet of a run, or of reading it from a snapshot [vehicle-steps]."""
    return START_STEPS * run.scenario.fleet_size


def compute_replay_work(run: RunSpec, first_step: int) -> int:
    """Return the work of a run from a step to its own, its counterfactuals included [vehicle-steps]."""
    return N_SIMULATIONS * compute_step_work(run.scenario.fleet_size) * max(run.step - first_step, 0)


def compute_view_work(run: RunSpec, n_steps: int) -> int:
    """Return the work of a view that takes as long as steps of one simulation of the run [vehicle-steps]."""
    return compute_step_work(run.scenario.fleet_size) * n_steps
