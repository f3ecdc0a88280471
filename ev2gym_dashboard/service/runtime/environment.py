"""Environment variables that every command reads: one table, and the issues of their values, all at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from ev2gym_dashboard.core.schema import Choice, Issue, ValidationError, check_key, format_value

KERNEL_VARIABLE, KERNEL_CACHE_VARIABLE = "EV2GYM_DASHBOARD_KERNEL", "EV2GYM_DASHBOARD_KERNEL_CACHE"
DATA_VARIABLE, JOBS_FOLDER_VARIABLE = "EV2GYM_DASHBOARD_DATA", "EV2GYM_DASHBOARD_JOBS"
MQTT_VARIABLE = "EV2GYM_DASHBOARD_MQTT"

KERNEL = Choice("numba", ("numba", "numpy"), "Kernel of the engine: numba is compiled, numpy needs no compiler")
SHARED_VARIABLES = {
    KERNEL_VARIABLE: KERNEL.about,
    KERNEL_CACHE_VARIABLE: "Folder of the compiled kernels; empty for the user's cache",
    DATA_VARIABLE: "Folder of the data files; empty for those of the package",
    JOBS_FOLDER_VARIABLE: "Folder of the queue of comparisons; empty for the state folder",
    MQTT_VARIABLE: "user:password of the command publish at its MQTT broker; empty for none",
}
"""Variables that a server and all other commands read, and their meanings."""


def check_shared_variables(environment: Mapping[str, str]) -> list[Issue]:
    """Return every issue of the variables that all commands read; an empty one counts as unset."""
    kernel, data = environment.get(KERNEL_VARIABLE), environment.get(DATA_VARIABLE)
    issues = check_key(KERNEL_VARIABLE, kernel, KERNEL.options) if kernel else []
    if data and not Path(data).is_dir():
        issues.append(Issue(DATA_VARIABLE, "must be a folder that exists, not {value}", _quote(data)))
    for name in (KERNEL_CACHE_VARIABLE, JOBS_FOLDER_VARIABLE):
        # A folder that is missing is made.
        if (folder := environment.get(name)) and Path(folder).is_file():
            issues.append(Issue(name, "must be a folder, not the file {value}", _quote(folder)))
    # The text may hold a password, and is not repeated.
    if (mqtt := environment.get(MQTT_VARIABLE)) and not all(split_credentials(mqtt)):
        issues.append(Issue(MQTT_VARIABLE, "must be a user and a password with a colon between them"))
    return issues


def split_credentials(text: str) -> tuple[str, str]:
    """Return user and password of a text as ``user:password``; an empty text for one that is missing."""
    user, _, password = text.partition(":")
    return user, password


def read_kernel_name() -> str:
    """Return the name of the kernel in the environment of this process.

    Raises
    ------
    ValidationError
        If there is no such kernel.
    """
    name = os.environ.get(KERNEL_VARIABLE) or KERNEL.default
    if issues := check_key(KERNEL_VARIABLE, name, KERNEL.options):
        raise ValidationError(issues)
    return name


def _quote(text: str) -> tuple[tuple[str, object], ...]:
    return (("value", format_value(text)),)
