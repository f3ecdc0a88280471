"""Panel of the next hours: the sentence holds, and figure and legend show nothing that is not there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ev2gym_dashboard.service.sessions.ahead_view import AheadView, PlannedHours, Span
from ev2gym_dashboard.service.sessions.fleet_view import FleetView
from ev2gym_dashboard.service.simulation.v2g_readiness import ReadyVehicles
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.ahead.figures import PLAN, PRICE, SHADOW_PRICE, SUN, V2G, make_ahead_patch
from ev2gym_dashboard.web.components.ahead.panel import compute_ahead_states
from ev2gym_dashboard.web.components.ahead.texts import format_ahead_sentence
from ev2gym_dashboard.web.i18n import Translator

NOW = datetime(2026, 12, 15, 17, 15, tzinfo=UTC)
FLAT = AheadView(NOW, 15, [1.2] * 48, [], (), (), ())


def make_span(first_h: float, last_h: float, *, is_open: bool = False) -> Span:
    return Span(NOW + timedelta(hours=first_h), NOW + timedelta(hours=last_h), is_open)


def say(view: FleetView, _: Translator, **ahead: Any) -> str:
    return (
        format_ahead_sentence(replace(view, ahead=replace(FLAT, **ahead)), _)
        .replace("\u00a0", " ")
        .replace("\u202f", " ")
    )


def test_v2g_ahead_is_announced_with_those_that_are_ready(view: FleetView, french: Translator) -> None:
    windows, ready = (make_span(0.75, 3.75),), ReadyVehicles(128, 610.2)
    said = say(view, french, v2g_windows=windows, ready=ready)
    assert said == "V2G dans 45 min : 128 véhicules prêts à présent, jusqu’à 610 kW"


@pytest.mark.parametrize(
    ("n", "window", "sentence"),
    [
        (1, make_span(2.25, 3), "V2G in 2 h 15 min: 1 vehicle ready now, up to 7 kW"),
        (0, make_span(1, 3), "V2G in 1 h: no vehicle ready now"),
        (3, make_span(0, 3), "V2G until 20:15: 3 vehicles ready now, up to 7 kW"),
        (0, make_span(0, 12, is_open=True), "V2G for the next 12 h at least: no vehicle ready now"),
    ],
)
def test_v2g_is_said_as_of_now(view: FleetView, english: Translator, n: int, window: Span, sentence: str) -> None:
    assert say(view, english, v2g_windows=(window,), ready=ReadyVehicles(n, 7.0 if n else 0.0)) == sentence


@pytest.mark.parametrize(
    ("ahead", "sentence"),
    [
        ({}, ""),
        (
            {"price_mad_kwh": [1.0] * 4 + [2.5] * 44, "peaks": (make_span(1, 12, is_open=True),)},
            "Peak hours in 1 h, at 2.5000 MAD/kWh",
        ),
        (
            {"price_mad_kwh": [2.5] * 4 + [1.0] * 44, "peaks": (make_span(0, 1),)},
            "Peak hours until 18:15, then 1.0000 MAD/kWh",
        ),
        ({"peaks": (make_span(0, 12, is_open=True),)}, "Peak hours for the next 12 h at least"),
        ({"price_mad_kwh": [1.0] * 8 + [-0.1] * 40}, "Lowest price of the next 12 h from 19:15: \u22120.1000 MAD/kWh"),
        ({"price_mad_kwh": [1.0] * 8 + [1.5] * 40}, "The price rises to 1.5000 MAD/kWh at 19:15"),
        ({"surpluses": (make_span(1, 2),)}, "More sun than load from 18:15"),
        ({"surpluses": (make_span(0, 2),)}, "More sun than load until 19:15"),
    ],
)
def test_other_changes_are_said_and_none_where_nothing_changes(
    view: FleetView, english: Translator, ahead: dict[str, Any], sentence: str
) -> None:
    assert say(view, english, **ahead) == sentence


@pytest.mark.parametrize(
    ("loads_kw", "sentence"),
    [
        ([0.0, 5.0, -20.0, -80.0] + [0.0] * 92, "Plan: up to 80 kW back to the site from 17:30"),
        ([9.0, 5.0, 70.0, 8.0] + [900.0] * 92, "Plan: charges most at 18:00, 900 kW"),
        ([0.0] * 96, ""),
        # The cell before the present is over, and those after the hours that are shown are not.
        ([900.0] + [0.0] * 48 + [900.0] * 47, ""),
    ],
)
def test_the_plan_is_said_where_a_strategy_plans(
    view: FleetView, english: Translator, loads_kw: list[float], sentence: str
) -> None:
    plan = PlannedHours(NOW - timedelta(minutes=15), 15, loads_kw, [1.0] * 96)
    assert say(view, english, plan=plan, v2g_windows=None) == sentence


def get_patched(view: FleetView, ahead: AheadView) -> dict[tuple[Any, ...], Any]:
    operations = make_ahead_patch(replace(view, ahead=ahead))["operations"]
    return {tuple(operation["location"]): operation["params"]["value"] for operation in operations}


def test_the_figure_draws_only_what_is_there(view: FleetView) -> None:
    patched = get_patched(view, FLAT)
    assert [patched["data", trace, "y"] for trace in (SUN, PLAN, SHADOW_PRICE, V2G)] == [[], [], [], []]
    assert patched["data", PRICE, "y"] == [1.2] * 49
    assert patched["layout", "shapes"] == []
    assert patched["layout", "xaxis", "range"] == ["2026-12-15 17:15", "2026-12-16 05:15"]
    assert patched["layout", "yaxis", "visible"] is False


def test_the_figure_draws_windows_and_the_plan_from_its_own_begin(view: FleetView) -> None:
    plan = PlannedHours(NOW - timedelta(minutes=15), 15, [float(k) for k in range(96)], [1.0] * 96)
    patched = get_patched(view, replace(FLAT, v2g_windows=(make_span(1, 2),), peaks=(make_span(0, 3),), plan=plan))
    assert patched["data", V2G, "x"] == ["2026-12-15 18:15", "2026-12-15 19:15", None]
    assert patched["data", PLAN, "x0"] == "2026-12-15 17:00"
    assert patched["data", PLAN, "y"] == [*range(49), 48]
    assert [(shape["x0"], shape["x1"]) for shape in patched["layout", "shapes"]] == [
        ("2026-12-15 17:15", "2026-12-15 20:15")
    ]


def test_the_legend_names_only_what_is_there(view: FleetView) -> None:
    plan = PlannedHours(NOW, 15, [0.0] * 96, [1.0] * 96)
    flat, planned = (compute_ahead_states(replace(view, ahead=ahead)) for ahead in (FLAT, replace(FLAT, plan=plan)))
    assert [key for key in flat if flat[key] == "on"] == [ids.make_ahead_key_id("price")]
    assert [key for key in planned if planned[key] == "on"] == [
        ids.make_ahead_key_id(key) for key in ("price", "plan", "shadow-price")
    ]
