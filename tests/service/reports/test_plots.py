"""Charts of reports: colours of strategies and palette, and values of the results."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ev2gym_dashboard import Comparison, Scenario, palette, run_comparison, simulate
from ev2gym_dashboard.service.reports.plots import compute_marker_sizes_px, plot_load_curves, plot_power, plot_trade_off
from ev2gym_dashboard.strategies import STRATEGIES

SCENARIO = Scenario(fleet_size=30, days=0.25)


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return run_comparison(SCENARIO)


def test_a_strategy_has_its_colour_in_both_charts_whatever_else_is_compared(comparison: Comparison) -> None:
    one_strategy = run_comparison({"price": replace(SCENARIO, strategy="price")})
    for result in (comparison, one_strategy):
        colours = [STRATEGIES[variant.strategy].colour for variant in result.variants]
        assert [line["line"]["color"] for line in plot_load_curves(result)["data"]] == colours
        markers = [trace["marker"] for trace in plot_trade_off(result)["data"] if "marker" in trace]
        assert [marker["color"] for marker in markers] == colours


def test_a_load_curve_is_dotted_without_v2g(comparison: Comparison) -> None:
    dashes = [line["line"]["dash"] for line in plot_load_curves(comparison)["data"]]
    assert dashes == ["solid" if variant.v2g else "dot" for variant in comparison.variants]


def test_the_power_of_the_fleet_has_the_colours_of_the_palette() -> None:
    series = simulate(SCENARIO).series
    g2v, v2g, net = plot_power(series)["data"]
    assert [trace["line"]["color"] for trace in (g2v, v2g, net)] == [palette.G2V, palette.V2G, palette.INK]
    assert g2v["y"] == series["g2v_kw"].round(4).tolist()
    assert max(v2g["y"]) <= 0.0


def test_equal_wear_has_equal_markers(comparison: Comparison) -> None:
    wear_mad = comparison.mean["wear_mad"].to_numpy()
    assert len(set(compute_marker_sizes_px(0.0 * wear_mad).tolist())) == 1
