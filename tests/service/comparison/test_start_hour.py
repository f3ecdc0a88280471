"""Conclusions of a comparison: their sign and their ranking do not depend on the hour at which the run starts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard import Comparison, Scenario, run_comparison
from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.service.comparison.statistics import compute_ci95_half_width

START_HOURS = (0, 6, 12, 16, 20)


@pytest.fixture(scope="module")
def comparisons() -> list[Comparison]:
    # A short cycle life, so that V2G loses by more than the interval of a small fleet.
    settings: dict[str, Any] = {"fleet_size": 40, "timestep_min": 60, "declared_cycle_life": 800.0}
    scenarios = [Scenario(start=f"2026-12-15T{hour:02d}:00", **settings) for hour in START_HOURS]
    return [run_comparison(scenario, seeds=4) for scenario in scenarios]


def find_significant_signs(comparison: Comparison, name: str) -> Floats:
    """Return the sign of the difference of each pair of variants, 0 within the 95 % interval over the seeds."""
    values = comparison.runs[name].unstack("seed").loc[comparison.labels].to_numpy()
    pairs = values[:, None] - values[None]
    half_width = np.array([compute_ci95_half_width(differences) for differences in pairs])
    mean = pairs.mean(axis=-1)
    # Equal variants differ by rounding, over all seeds alike.
    signs: Floats = np.where(np.abs(mean) - half_width > 1e-6, np.sign(mean), 0.0)
    return signs


def count_contradictions(comparisons: list[Comparison], name: str) -> int:
    """Count the pairs of variants that rank one way from one hour and the other way from another."""
    signs = np.array([find_significant_signs(comparison, name) for comparison in comparisons])
    return int(((signs > 0.0).any(axis=0) & (signs < 0.0).any(axis=0)).sum())


def test_the_ranking_by_total_cost_does_not_turn_with_the_hour_of_the_start(comparisons: list[Comparison]) -> None:
    assert count_contradictions(comparisons, "total_mad") == 0
    assert any(np.any(find_significant_signs(comparison, "total_mad")) for comparison in comparisons)


def test_without_the_energy_owed_the_ranking_turns(comparisons: list[Comparison]) -> None:
    assert count_contradictions(comparisons, "raw_total_mad") > 0


def test_the_sign_of_the_value_of_v2g_does_not_turn_with_the_hour_of_the_start(comparisons: list[Comparison]) -> None:
    mean = np.array([comparison.mean["v2g_net_mad"] for comparison in comparisons])
    half_width = np.array([comparison.interval["v2g_net_mad"] for comparison in comparisons])
    signs = np.where(np.abs(mean) > half_width, np.sign(mean), 0.0)
    assert not ((signs > 0.0).any(axis=0) & (signs < 0.0).any(axis=0)).any()
    assert (signs < 0.0).any()
