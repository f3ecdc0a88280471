"""Figures of a comparison: their curves, points, colours and limits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ev2gym_dashboard.service.comparison.result import Comparison
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.compare import figures, table
from tests.web.pages.compare.conftest import SCENARIO


def test_the_load_figure_has_a_curve_per_variant_and_the_limit(comparison: Comparison, french: Translator) -> None:
    *curves, limit = figures.make_load_figure(comparison, french)["data"]
    assert [len(line["y"]) for line in curves] == [96] * len(comparison.variants)
    assert curves[0]["y"] == pytest.approx(comparison.net_load_kw[0].tolist(), rel=1e-3)
    assert set(limit["y"]) == {210}
    assert [line["line"]["dash"] for line in curves] == ["solid" if v.v2g else "dot" for v in comparison.variants]


def test_each_strategy_has_its_own_colour_in_both_figures(comparison: Comparison, french: Translator) -> None:
    colours = {
        table.format_variant_label(comparison, k, french): STRATEGIES[variant.strategy].colour
        for k, variant in enumerate(comparison.variants)
    }
    *curves, _limit = figures.make_load_figure(comparison, french)["data"]
    _front, *points = figures.make_trade_off_figure(comparison, french)["data"]
    assert {line["name"]: line["line"]["color"] for line in curves} == colours
    assert {point["name"]: point["marker"]["color"] for point in points} == colours


def test_each_curve_and_point_tells_its_strategy_to_the_legend(comparison: Comparison, french: Translator) -> None:
    listed = sorted(variant.strategy for variant in comparison.variants)
    *curves, limit = figures.make_load_figure(comparison, french)["data"]
    _front, *points = figures.make_trade_off_figure(comparison, french)["data"]
    assert [sorted(trace["legendgroup"] for trace in traces) for traces in (curves, points)] == [listed, listed]
    assert "legendgroup" not in limit


def test_an_event_lowers_the_limit_while_it_lasts() -> None:
    scenario = replace(SCENARIO, event_start="2026-12-15T21:00", event_minutes=60.0, event_reduction=0.5)
    limits = figures.compute_limit_kw(scenario)
    assert limits[19:25].tolist() == [210.0, 105.0, 105.0, 105.0, 105.0, 210.0]


def test_the_trade_off_has_a_point_per_variant_and_the_pareto_set_as_a_line(
    comparison: Comparison, english: Translator
) -> None:
    line, *points = figures.make_trade_off_figure(comparison, english)["data"]
    costs = comparison.mean["total_mad"]
    assert line["x"] == sorted(costs[comparison.pareto].tolist())
    assert sorted((point["x"][0], point["y"][0]) for point in points) == sorted(
        zip(costs, comparison.mean["site_peak_kw"], strict=True)
    )
    assert len(points) == len(comparison.variants)
    for point in points:
        assert (point["marker"]["symbol"] == "circle") == point["name"].endswith("with V2G")
