"""Settings of the whole test run: strict floating point, markers by path and fixture, and the parallel schedule."""

from __future__ import annotations

import math
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from ev2gym_dashboard.service.runtime.kernel_cache import choose_kernel_cache

ROOT = Path(__file__).parent
FIXTURE_MARKERS = {"redis": "services", "redis_socket": "services"}
PATH_MARKERS = {
    "bench/": "slow",
    "browser/": "browser",
    "cli/test_bundle_alone.py": "slow",
    "cli/test_commands.py": "slow",
    "cli/test_faults.py": "slow",
    "cli/test_processes.py": "slow",
    "cli/test_same_numbers.py": "slow",
    "cli/test_server.py": "slow",
    "cli/test_sweep.py": "slow",
    "cli/test_two_versions.py": "slow",
    "cli/test_wheel.py": "slow",
    "compiled/": "slow",
    "core/control/test_connection_guard.py": "slow",
    "core/engine/test_odd_fleets.py": "slow",
    "core/engine/test_step_numba.py": "slow",
    "docs/test_commands.py": "slow",
    "docs/test_deploy.py": "slow",
    "docs/test_situations.py": "slow",
    "docs/test_sweeps.py": "slow",
    "integrations/ev2gym/test_live.py": "live",
    "reference/": "slow",
    "service/comparison/": "slow",
    "service/datasets/test_recipe_tariff.py": "slow",
    "service/execution/": "slow",
    "service/jobs/": "slow",
    "service/sessions/test_checkpoint.py": "slow",
    "service/sweeps/": "slow",
    "strategies/test_properties.py": "slow",
    "strategies/test_renewable.py": "slow",
    "strategies/test_site.py": "slow",
    "web/pages/compare/": "slow",
}
"""Marker of the tests in a folder or a file; the slow ones took three quarters of the time when they were measured."""

LAST_FILES = [
    f"tests/browser/test_{name}.py"
    for name in ("compare", "contents", "prefix", "print", "review", "site", "spec_file")
]
"""Browser tests that come last, in whichever process is free, so that both end together; some wait for jobs that have
the lowest priority."""

settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
os.environ.setdefault("EV2GYM_DASHBOARD_STATE", "off")  # tests do not write into the cache of the user
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell hands SIGINT down ignored to its background
choose_kernel_cache()  # before a test imports a kernel
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(scope="session", autouse=True)
def whole_requests() -> None:
    """Let a request compute its run as a whole: on a loaded machine, a slice of time would cut any of them."""
    from ev2gym_dashboard.service.sessions import process_cache  # noqa: PLC0415 (not before the kernels have their cache)

    process_cache.REQUEST_SLICE_S = math.inf


def find_markers(path: str, fixture_names: list[str]) -> set[str]:
    """Return the markers of a test by its path below `tests/` and its fixtures."""
    by_path = {marker for start, marker in PATH_MARKERS.items() if path.startswith(start)}
    return by_path | {marker for fixture, marker in FIXTURE_MARKERS.items() if fixture in fixture_names}


class FileScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no annotations
    """Runs the tests of a file in one process, and all browser tests in one process."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.split("::", 1)[0]
        # One Chromium and one server for most browser tests: a second pair on two cores makes them wait for each other.
        return "tests/browser" if path.startswith("tests/browser/") and path not in LAST_FILES else path


def pytest_xdist_auto_num_workers() -> int:
    """Return the number of processes for `-n auto`."""
    # One more than cores: a process that waits for a page, a server or a job leaves its core to the others.
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + 1


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FileScheduling:
    """Replace the schedule of pytest-xdist; it is used only with `-n`."""
    return FileScheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Add the markers that `make test-fast` selects by; side by side, begin with browser tests and slow ones."""
    for item in items:
        for marker in sorted(find_markers(item.path.relative_to(ROOT).as_posix(), getattr(item, "fixturenames", []))):
            item.add_marker(marker)
    if "PYTEST_XDIST_WORKER" in os.environ:
        # A slow file at the end would leave the other process without work.
        items.sort(key=rank_in_schedule)


def rank_in_schedule(item: pytest.Item) -> int:
    """Return 0 for most browser tests, which are one piece of work, 1 for slow ones, 2 for others, 3 for the last."""
    if item.path.relative_to(ROOT.parent).as_posix() in LAST_FILES:
        return 3
    markers = [item.get_closest_marker(name) for name in ("browser", "slow")]
    return next((rank for rank, marker in enumerate(markers) if marker), len(markers))


@pytest.fixture(autouse=True, scope="session")
def floating_point_faults_are_errors() -> Iterator[None]:
    with np.errstate(divide="raise", invalid="raise", over="raise"):
        yield
