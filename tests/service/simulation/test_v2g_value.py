"""The verdict on V2G: it waits until what was given back is charged again, and then says why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.service.simulation.counterfactuals import CounterfactualRuns, start_counterfactual_runs

EVENING = Scenario(fleet_size=200)
DAY = 96


def after(n_steps: int, scenario: Scenario) -> CounterfactualRuns:
    runs = start_counterfactual_runs(scenario)
    runs.advance(n_steps)
    return runs


def test_an_evening_that_looks_like_a_gain_is_not_judged_before_it_is_charged_again() -> None:
    runs = after(32, EVENING)
    assert runs.value.net_mad > 0.0
    assert runs.value.verdict == "open"
    runs.advance(DAY - 32)
    assert runs.value.net_mad < 0.0
    assert runs.value.verdict == "no_spread"


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"v2g": False}, "not_used"),
        ({"pack_price_mad_kwh": 100.0}, "worth"),
        ({"tariff": "flat"}, "no_spread"),
    ],
)
def test_after_a_day_the_verdict_says_why(changes: dict[str, object], verdict: str) -> None:
    assert after(DAY, replace(EVENING, **changes)).value.verdict == verdict
