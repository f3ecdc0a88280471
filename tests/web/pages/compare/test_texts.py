"""Conclusions of a comparison."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ev2gym_dashboard.service.comparison import runner
from ev2gym_dashboard.service.comparison.request import make_comparison_request
from ev2gym_dashboard.service.comparison.result import Comparison
from ev2gym_dashboard.service.comparison.runner import run_comparison
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.compare import table, texts
from tests.web.pages.compare.conftest import SCENARIO


def test_the_conclusion_names_the_lowest_total_cost(english: Translator, monkeypatch: pytest.MonkeyPatch) -> None:
    # The plan owes energy at the end of a day, so that the lowest cost is open.
    monkeypatch.setattr(runner, "MAX_PLANNED_STEPS", 0)
    little_sun = run_comparison(replace(SCENARIO, pv_kwp_per_vehicle=0.5), seeds=3)
    label = table.format_variant_label(little_sun, int(little_sun.mean["total_mad"].to_numpy().argmin()), english)
    assert f"Lowest total cost: {label}, " in texts.describe_lowest_variants(little_sun, english)


def test_the_conclusion_names_no_lowest_total_cost_while_it_is_open(
    comparison: Comparison, english: Translator
) -> None:
    assert comparison.open["total_mad"].to_numpy()[int(comparison.mean["total_mad"].to_numpy().argmin())]
    assert "Lowest total cost: open, " in texts.describe_lowest_variants(comparison, english)


@pytest.mark.parametrize(
    ("net_mad", "half_width_mad", "start"),
    [
        (-1.0, 0.5, "V2G is not profitable"),
        (0.0, float("nan"), "V2G is not profitable"),
        (1.0, 2.0, "V2G: at best"),
        (2.0, 1.0, "V2G has its highest value"),
        (2.0, float("nan"), "V2G has its highest value"),
    ],
)
def test_the_verdict_on_v2g_follows_its_value_and_its_interval(
    net_mad: float, half_width_mad: float, start: str
) -> None:
    assert texts._choose_v2g_verdict(net_mad, half_width_mad).startswith(start)


def test_a_large_comparison_says_which_strategy_is_left_out(english: Translator) -> None:
    for vehicles, is_left_out in ((100, False), (5_000, True)):
        request = make_comparison_request(replace(SCENARIO, fleet_size=vehicles), "day", 1)
        workload = texts.describe_workload(request, english)
        assert ("Left out, as it plans in every step: Predictive." in workload) == is_left_out
        assert f": {request.n_variants} × " in workload
