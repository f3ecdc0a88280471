"""Work budget: what a request to a server may compute, in vehicle-steps."""

from __future__ import annotations

MAX_REQUEST_WORK = 100_000_000
"""Largest work of one request, its counterfactuals included [vehicle-steps]."""
STEP_OVERHEAD_WORK = 20_000
"""Work of a step that does not depend on the size of the fleet [vehicle-steps]."""

N_SIMULATIONS = 4
"""Simulations of a live run: the run, its two counterfactuals, and the run without the limit of its connection."""


def compute_step_work(fleet_size: int) -> int:
    """Return the work of a step of one simulation [vehicle-steps]."""
    return fleet_size + STEP_OVERHEAD_WORK
