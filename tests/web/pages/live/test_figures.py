"""Data of the fleet's figures."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ev2gym_dashboard import palette
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions.fleet_view import FleetView
from ev2gym_dashboard.service.sessions.process_cache import get_fleet_view
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.simulation.downsampling import MAX_TREND_POINTS
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.live import figures
from ev2gym_dashboard.web.pages.live.explanations import format_pie_texts
from ev2gym_dashboard.web.requests.parsing import PIE_BASES


def read_values(patch_: dict[str, Any]) -> dict[tuple[str | int, ...], Any]:
    return {tuple(operation["location"]): operation["params"]["value"] for operation in patch_["operations"]}


def test_power_goes_up_for_g2v_and_down_for_v2g(view: FleetView, french: Translator) -> None:
    data = read_values(figures.make_power_patch(view, french))
    g2v, v2g, net = (data["data", place, "y"] for place in range(3))
    assert min(g2v) >= 0 >= max(v2g)
    assert min(v2g) < 0
    assert net == pytest.approx([up + down for up, down in zip(g2v, v2g, strict=True)], rel=1e-2, abs=1)


def test_the_legends_name_what_is_on_the_charts(view: FleetView, first_view: FleetView) -> None:
    assert figures.compute_legend_states(view)["legend-power-v2g"] == "on"
    assert set(figures.compute_legend_states(first_view).values()) == {"off"}


def test_a_price_is_drawn_as_the_page_shows_it(view: FleetView, french: Translator) -> None:
    data = read_values(figures.make_power_patch(view, french))
    assert {round(price, 4) for price in view.trends["price_mad_kwh"]} == set(data["data", 3, "y"]) == {1.3472, 2.425}


def test_a_value_extends_to_the_end_of_its_step(view: FleetView, french: Translator) -> None:
    data = read_values(figures.make_power_patch(view, french))
    assert len(data["data", 0, "y"]) == view.run.step + 1
    assert data["data", 0, "y"][-1] == data["data", 0, "y"][-2]
    assert (data["data", 0, "x0"], data["data", 0, "dx"]) == ("2026-12-15 16:00", 15 * 60_000)


def test_the_peak_hours_lie_behind_the_curve_and_changes_are_marked(view: FleetView, french: Translator) -> None:
    shapes = read_values(figures.make_power_patch(view, french))["layout", "shapes"]
    below = [(shape["x0"], shape["x1"]) for shape in shapes if shape["layer"] == "below"]
    above = [shape["x0"] for shape in shapes if shape["layer"] == "above"]
    assert below == [("2026-12-15 17:00", "2026-12-15 18:45")]
    assert above == ["2026-12-15 16:30", "2026-12-15 17:00"]


def test_the_figures_of_the_first_view_are_empty(first_view: FleetView, french: Translator) -> None:
    data = read_values(figures.make_power_patch(first_view, french))
    assert data["data", 0, "y"] == []
    assert data["layout", "shapes"] == []
    assert data["layout", "xaxis", "range"] == ["2026-12-15 16:00", "2026-12-16 03:59"]
    assert data["layout", "xaxis", "showticklabels"]


def test_the_time_axis_has_no_labels_until_there_is_a_time(french: Translator) -> None:
    assert not figures.make_power_figure(french)["layout"]["xaxis"]["showticklabels"]


def test_a_long_run_is_downsampled_as_a_whole(french: Translator) -> None:
    view = get_fleet_view(RunSpec(Scenario(fleet_size=20), (), 10 * 96))
    data = read_values(figures.make_power_patch(view, french))
    points, minutes = len(data["data", 0, "y"]) - 1, data["data", 0, "dx"] / 60_000
    assert points <= MAX_TREND_POINTS
    assert points * minutes >= 10 * 1440
    assert data["layout", "xaxis", "range"] == ["2026-12-15 16:00", "2026-12-25 15:59"]


def test_modes_are_counts_and_the_mean_soc_a_share(view: FleetView, french: Translator) -> None:
    data = read_values(figures.make_modes_patch(view, french))
    assert data["data", 1, "y"][-1] == view.current["n_discharging"]
    assert 0 < data["data", 4, "y"][-1] < 1


@pytest.mark.parametrize("basis", PIE_BASES)
def test_the_pie_counts_every_model_registration_or_vehicle(view: FleetView, basis: str) -> None:
    totals = {
        "models": view.current["n_models"],
        "registrations": view.current["registrations"],
        "fleet": view.current["n_vehicles"],
    }
    (counts,) = read_values(figures.make_pie_patch(view, basis)).values()
    assert sum(counts) == totals[basis]


def test_the_pie_separates_capable_from_incapable_models(french: Translator) -> None:
    view = get_fleet_view(RunSpec(Scenario(catalog="2023", fleet_size=50)))
    assert figures.count_v2g_capable(view, "models") == (2, 11)
    assert figures.make_pie_figure(french)["data"][0]["marker"]["colors"] == [palette.CAPABLE, palette.INCAPABLE]


def test_models_sold_with_v2g_are_counted_beside_the_assumption(french: Translator) -> None:
    assumed = get_fleet_view(RunSpec(Scenario(fleet_size=50)))
    assert figures.count_v2g_capable(assumed, "models") == (assumed.current["n_models"], 0)
    assert figures.count_v2g_sold(assumed, "models") == 0
    older = get_fleet_view(RunSpec(Scenario(catalog="2023", fleet_size=50)))
    named = zip(older.models["model"], older.models["n_fleet"], strict=True)
    leafs = [size for model, size in named if "Leaf" in model]
    assert (figures.count_v2g_sold(older, "models"), figures.count_v2g_sold(older, "fleet")) == (1, sum(leafs))
    texts = format_pie_texts(older, "models", french)
    assert texts[ids.make_pie_legend_id("sold", "count")] == "1"
    assert texts[ids.make_pie_legend_id("sold", "share")] == "8\u202f%"


def test_the_top_models_are_the_five_with_most_registrations_in_order(view: FleetView, french: Translator) -> None:
    data = read_values(figures.make_top_models_patch(view, french))
    assert data["data", 0, "y"][0] == "Tesla Model 3"
    assert data["data", 0, "x"] == sorted(view.models["registrations"], reverse=True)[:5]
    assert figures.make_top_models_figure(french)["data"][0]["orientation"] == "h"


def test_a_mixed_fleet_counts_each_model_once_and_its_vehicles_by_part(french: Translator) -> None:
    parts = Scenario(catalog="2023", fleet_size=50, parts="50% home; 50% work", v2g_capability="as_sold")
    view, whole = get_fleet_view(RunSpec(parts)), get_fleet_view(RunSpec(replace(parts, parts="")))
    data = read_values(figures.make_top_models_patch(view, french))
    assert data["data", 0, "y"][:2] == ["Tesla Model 3", "Kia Niro"]
    assert figures.count_v2g_capable(view, "models") == (1, 12)
    assert sum(figures.count_v2g_capable(view, "fleet")) == 50
    assert (view.current["n_models"], view.current["registrations"]) == (13, whole.current["registrations"])
    assert len(view.loaded_catalog.v2g_sources) == 13


def test_a_name_with_markup_is_drawn_as_it_is(view: FleetView, french: Translator) -> None:
    names = ["<b>A</b> & B", *view.models["model"][1:]]
    data = read_values(figures.make_top_models_patch(replace(view, models=view.models | {"model": names}), french))
    assert "&lt;b&gt;A&lt;/b&gt; &amp; B" in data["data", 0, "y"]
    assert "&lt;b&gt;A&lt;/b&gt; &amp; B" in data["data", 0, "hovertext"]


def test_the_histogram_holds_every_connected_vehicle(view: FleetView, french: Translator) -> None:
    data = read_values(figures.make_soc_histogram_patch(view))
    assert sum(map(sum, data.values())) == view.current["n_connected"]


@pytest.mark.parametrize(
    "make",
    [figures.make_power_figure, figures.make_modes_figure, figures.make_pie_figure, figures.make_top_models_figure],
)
def test_empty_figures_are_plain_json_and_keep_the_zoom(make: Any, french: Translator) -> None:
    figure = make(french)
    assert json.loads(json.dumps(figure)) == figure
    assert figure["layout"]["uirevision"] == "kept"
    assert figure["layout"]["height"] in figures.FIGURE_HEIGHTS_PX.values()


def test_the_right_axis_shows_the_soc_in_percent_and_the_price_from_zero(french: Translator) -> None:
    soc, price = (draw(french)["layout"]["yaxis2"] for draw in (figures.make_modes_figure, figures.make_power_figure))
    assert (soc["range"], soc["tickformat"]) == ([0, 1.02], ".0%")
    assert (price["rangemode"], price["tickformat"]) == ("tozero", ".2f")


def test_the_day_draws_every_step_and_the_whole_run_its_envelope(french: Translator) -> None:
    run = RunSpec(Scenario(fleet_size=20), (), 10 * 96)
    day = read_values(figures.make_power_patch(get_fleet_view(run, window="day"), french))
    assert len(day["data", 3, "y"]) == 97
    assert day["data", 3, "dx"] == 15 * 60_000
    assert day["data", 3, "x0"] == "2026-12-24 16:00"
    assert day["layout", "xaxis", "range"] == ["2026-12-24 16:00", "2026-12-25 16:00"]
    everything = read_values(figures.make_power_patch(get_fleet_view(run), french))
    assert {min(everything["data", 3, "y"]), max(everything["data", 3, "y"])} == {min(day["data", 3, "y"]), 2.425}


def test_modes_are_stacked_only_where_their_numbers_belong_to_one_step(french: Translator) -> None:
    run = RunSpec(Scenario(fleet_size=20), (), 10 * 96)
    for window, stack in (("day", "modes"), ("all", "")):
        data = read_values(figures.make_modes_patch(get_fleet_view(run, window=window), french))
        assert {data["data", trace, "stackgroup"] for trace in range(3)} == {stack}


def test_another_window_shows_itself_whole_and_a_tick_keeps_the_zoom(french: Translator) -> None:
    run = RunSpec(Scenario(fleet_size=20), (), 200)
    day, later, week = (
        read_values(figures.make_power_patch(get_fleet_view(one, window=window), french))["layout", "uirevision"]
        for one, window in ((run, "day"), (run.advanced(1), "day"), (run, "week"))
    )
    assert day == later != week
