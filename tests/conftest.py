"""Every test runs stricter than production: a floating-point fault is an error, and no property test is timed."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import settings

settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
os.environ.setdefault("EV2GYM_DASHBOARD_STATE", "off")  # no test writes into the cache of whoever runs it
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(autouse=True, scope="session")
def floating_point_faults_are_errors() -> Iterator[None]:
    with np.errstate(divide="raise", invalid="raise", over="raise"):
        yield
