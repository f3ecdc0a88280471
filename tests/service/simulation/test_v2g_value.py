"""The value of V2G: no verdict before the discharged energy is recharged, then one with its reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.service.simulation.counterfactuals import CounterfactualRuns, start_counterfactual_runs

# Without a surplus, which would be the cheapest charging of the day and hide the price spread of the tariff.
EVENING = Scenario(fleet_size=200, pv_kwp_per_vehicle=0.5)
DAY = 96


def run_steps(n_steps: int, scenario: Scenario) -> CounterfactualRuns:
    runs = start_counterfactual_runs(scenario)
    runs.advance(n_steps)
    return runs


def test_an_evening_that_looks_like_a_gain_is_not_judged_before_it_is_charged_again() -> None:
    runs = run_steps(32, replace(EVENING, tariff="mt_general", pack_price_mad_kwh=630.0))
    assert runs.value.bill_mad > 0.0
    assert runs.value.verdict == "open"
    runs.advance(DAY - 32)
    assert runs.value.net_mad < 0.0
    # The spread exceeds the losses and the wear of a kWh, but not all is charged again in the cheapest hours.
    assert runs.value.verdict == "wear"


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"v2g": False}, "not_used"),
        ({"pack_price_mad_kwh": 100.0}, "worth"),
        ({"tariff": "flat"}, "no_spread"),
    ],
)
def test_after_a_day_the_verdict_names_the_reason(changes: dict[str, Any], verdict: str) -> None:
    assert run_steps(DAY, replace(EVENING, **changes)).value.verdict == verdict


def test_v2g_that_is_exported_for_nothing_has_no_spread() -> None:
    """BT pays nothing for export: grid support exports most of its V2G, which saves less than its energy costs."""
    loaded = replace(EVENING, pv_kwp_per_vehicle=0.0, limit_kw_per_vehicle=10.0, bidirectional_share=1.0)
    value, loaded_value = (run_steps(DAY, replace(loaded, base_load_kw_per_vehicle=kw)).value for kw in (0.0, 2.0))
    assert value.spread_mad_kwh < 0.0 < value.breakeven_mad_kwh
    assert value.bill_mad < 0.0
    assert value.verdict == "no_spread"
    assert loaded_value.spread_mad_kwh == pytest.approx(2.4250 - 1.3472)


def test_the_spread_of_prices_below_zero_ends_at_the_highest_of_them() -> None:
    prices = ((-2.0,) * 12 + (-1.0,) * 12,)
    scenario = replace(EVENING, v2g=False, pv_kwp_per_vehicle=0.0, price_profile=prices, start="2026-12-15T00:00")
    assert run_steps(DAY, scenario).value.spread_mad_kwh == pytest.approx(1.0)
