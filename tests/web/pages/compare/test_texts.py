"""Conclusions of a comparison."""

from __future__ import annotations

import pytest

from ev2gym_dashboard.service.comparison.result import Comparison
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.compare import table, texts


def test_the_conclusion_names_the_lowest_total_cost(comparison: Comparison, english: Translator) -> None:
    label = table.format_variant_label(comparison, int(comparison.mean["total_mad"].to_numpy().argmin()), english)
    assert f"Lowest total cost: {label}, " in texts.describe_lowest_variants(comparison, english)


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
