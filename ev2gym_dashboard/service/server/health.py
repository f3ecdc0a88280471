"""Readiness of the server: loads the data files that every page needs, and lists their issues."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.datasets.catalogs import CATALOGS, load_catalog
from ev2gym_dashboard.service.datasets.packaged import load_charging_sessions, load_tariffs, read_load_shapes
from ev2gym_dashboard.service.simulation.warm_up import compile_kernels

DATA_LOADERS: tuple[Callable[[], object], ...] = (
    *(partial(load_catalog, key) for key in CATALOGS),
    load_charging_sessions,
    load_tariffs,
    read_load_shapes,
)


def check_data() -> list[Issue]:
    """Load the data files, and return their issues; none if the server is ready."""
    # The loaders are cached, which makes a readiness check cheap; an issue of two files is listed once.
    issues: dict[Issue, None] = {}
    for load in DATA_LOADERS:
        try:
            load()
        except ValidationError as invalid:
            issues |= dict.fromkeys(invalid.issues)
    return list(issues)


def warm_up_server() -> list[Issue]:
    """Load the data and compile the kernels before a visitor waits; return the issues."""
    issues = check_data()
    if not issues:
        compile_kernels()
    return issues
