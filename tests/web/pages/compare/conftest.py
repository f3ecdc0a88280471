"""Comparisons of a small scenario."""

from __future__ import annotations

import pytest

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.service.comparison.result import Comparison
from ev2gym_dashboard.service.comparison.runner import run_comparison

SCENARIO = Scenario(fleet_size=60, days=1.0, strategy="price")


@pytest.fixture(scope="session")
def comparison() -> Comparison:
    return run_comparison(SCENARIO, seeds=3)


@pytest.fixture(scope="session")
def single() -> Comparison:
    return run_comparison(SCENARIO)
