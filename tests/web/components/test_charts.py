"""Data of the figures, and the undocumented form of Dash's partial updates."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from dash import Patch
from hypothesis import given
from hypothesis import strategies as st

from ev2gym_dashboard.web import theme
from ev2gym_dashboard.web.components import charts
from ev2gym_dashboard.web.components.dash_patch import make_patch
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.live import figures
from ev2gym_dashboard.web.pages.site import figures as site_figures


def test_a_patch_has_the_form_of_a_patch_of_dash() -> None:
    patch = Patch()
    patch["data"][0]["y"] = [1, 2]
    patch["layout"]["shapes"] = []
    assert make_patch({("data", 0, "y"): [1, 2], ("layout", "shapes"): []}) == patch.to_plotly_json()


@pytest.mark.parametrize("make", [figures.make_top_models_figure, site_figures.make_model_value_figure])
def test_an_axis_of_names_takes_digits_as_a_name(make: Any, french: Translator) -> None:
    assert make(french)["layout"]["yaxis"]["type"] == "category"


def test_a_long_name_keeps_its_make_and_its_part() -> None:
    names = ["Kia Niro", "Volkswagen ID.4 Pro Performance (home)", "Volkswagen ID.3 Pro (night depot of the north)"]
    labels = charts.abbreviate_labels(names)
    assert labels[:2] == ["Kia Niro", "Volkswagen I… (home)"]
    assert labels[2].startswith("Volkswag")
    assert labels[2].endswith("north)")
    assert max(map(len, labels)) <= charts.MAX_LABEL_LENGTH


def test_two_long_names_never_share_a_bar() -> None:
    names = [f"Mercedes-Benz EQE {k} SUV 4MATIC Avantgarde" for k in (300, 350, 500)]
    labels = charts.abbreviate_labels([*names, charts.abbreviate_labels(names[:1])[0]])
    assert len(set(labels)) == 4


@pytest.mark.parametrize("make", [figures.make_top_models_figure, site_figures.make_model_value_figure])
def test_a_pointer_shows_the_whole_name(make: Any, french: Translator) -> None:
    assert make(french)["data"][0]["hovertemplate"].startswith("%{hovertext}:")


def test_values_are_rounded_to_four_significant_digits() -> None:
    assert charts.round_significant([1234.567, 0.123456, 12.0, 0.0]) == [1235, 0.1235, 12, 0]


def test_a_rounded_number_has_its_shortest_form_in_json() -> None:
    values = charts.round_significant([12.0, 12.5, None, -0.0, 1e20])
    assert [repr(value) for value in values] == ["12", "12.5", "None", "0", "100000000000000000000"]


@given(st.lists(st.lists(st.none() | st.floats(-1e12, 1e12), max_size=5), max_size=5))
def test_series_are_rounded_together_as_each_alone(series: list[list[float | None]]) -> None:
    together = charts.round_together(series)
    assert repr(together) == repr([charts.round_significant(values) for values in series])


def test_a_time_has_the_form_of_plotly() -> None:
    assert charts.format_plotly_time(datetime(2026, 3, 7, 5, 9, 59, tzinfo=UTC)) == "2026-03-07 05:09"


def test_no_figure_offers_to_send_itself_to_a_cloud() -> None:
    for tools in ((), ("toImage",)):
        config = theme.build_figure_config("fr", tools=tools)
        assert config["showSendToCloud"] is False
        assert config["locale"] == "fr"
        assert "sendDataToCloud" not in str(config)


@pytest.mark.parametrize(
    "make", [figures.make_power_figure, figures.make_modes_figure, site_figures.make_site_load_figure]
)
def test_labels_that_fit_are_not_measured_at_each_drawing(make: Any, french: Translator) -> None:
    layout = make(french)["layout"]
    axes = [layout[name] for name in ("xaxis", "yaxis", "yaxis2")]
    assert [axis["ticklabeloverflow"] for axis in axes] == ["allow"] * 3


def test_plotly_hides_labels_that_narrow_margins_would_cut(french: Translator) -> None:
    layout = figures.make_top_models_figure(french)["layout"]
    assert "ticklabeloverflow" not in layout["xaxis"]
