"""Whether the server can answer: the data that every page stands on is loaded, or why it is not."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Invalid, Issue
from ev2gym_dashboard.service.datasets.catalogs import CATALOGS, load_catalog
from ev2gym_dashboard.service.datasets.packaged import load_load_shapes, load_sessions, load_tariffs
from ev2gym_dashboard.service.simulation.counterfactuals import beside

NEEDED: tuple[Callable[[], object], ...] = (
    *(partial(load_catalog, key) for key in CATALOGS),
    load_sessions,
    load_tariffs,
    load_load_shapes,
)


def missing() -> list[Issue]:
    """Load what is not loaded yet, and return what is wrong with what cannot be; none if the server is ready."""
    issues: dict[Issue, None] = {}
    for load in NEEDED:
        try:
            load()
        except Invalid as invalid:
            issues |= dict.fromkeys(invalid.issues)
    return list(issues)


def warm_up() -> list[Issue]:
    """Load the data and run a step, so that the first visitor need not wait for it; return what is wrong."""
    issues = missing()
    if not issues:
        beside(Scenario(fleet_size=1)).advance()
    return issues
