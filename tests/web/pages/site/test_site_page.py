"""Page of the site: the data of its figures, its texts, and the requests of its buttons."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from dash import no_update

from ev2gym_dashboard import palette
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import SCENARIO_BAR
from ev2gym_dashboard.service.scenarios.tariff import list_tariff_keys
from ev2gym_dashboard.service.sessions import cache
from ev2gym_dashboard.service.sessions.process_cache import get_site_view
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec, serialize_run
from ev2gym_dashboard.service.sessions.site_view import MAX_PRICE_BANDS, SiteView
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.app import render_page
from ev2gym_dashboard.web.components.scenario_bar import render_scenario_bar
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.site import callbacks, figures, texts
from ev2gym_dashboard.web.pages.site.sources import render_site_sources
from ev2gym_dashboard.web.requests.reply import format_output_name
from ev2gym_dashboard.web.requests.schema import MalformedRequest
from ev2gym_dashboard.web.requests.values import list_form_fields

EMPTY_FIGURES = [
    figures.make_site_load_figure,
    figures.make_cost_figure,
    figures.make_co2_figure,
    figures.make_prices_figure,
    figures.make_model_value_figure,
]


def view_site(step: int = 24, **scenario: Any) -> SiteView:
    return get_site_view(RunSpec(Scenario(fleet_size=400, **scenario), (), step, "site"))


@pytest.fixture(scope="module")
def evening() -> SiteView:
    return view_site()


def values(patched: dict[str, Any]) -> dict[tuple[str | int, ...], Any]:
    return {tuple(operation["location"]): operation["params"]["value"] for operation in patched["operations"]}


def send(**request: Any) -> dict[str, Any]:
    return callbacks.build_site_reply({"number": 1, "lang": "fr", **request}, "build")


def test_net_load_is_base_and_vehicles_less_sun(evening: SiteView, french: Translator) -> None:
    data = values(figures.make_site_load_patch(evening, french))
    sun, base, _uncontrolled, _without, lifted, net, limit, _price = (data["data", place, "y"] for place in range(8))
    vehicles = evening.trends["net_power_kw"]
    for k, power_kw in enumerate(vehicles):
        assert net[k] == pytest.approx(base[k] + power_kw - sun[k], abs=2)
    assert max(net) <= max(limit) + 1
    v2g = data["data", figures.V2G_BAND_INDEX, "customdata"]
    assert max(v2g) > 0
    assert [a - b for a, b in zip(lifted, net, strict=True)] == pytest.approx(v2g, abs=2)


def test_an_event_is_a_dip_of_the_limit_and_the_load_keeps_it(french: Translator) -> None:
    view = view_site(event_start="2026-12-15T21:00", event_minutes=60.0, event_reduction=0.3)
    data = values(figures.make_site_load_patch(view, french))
    net, limit = data["data", 5, "y"], data["data", 6, "y"]
    assert limit[20:24] == [pytest.approx(0.7 * limit[0])] * 4
    assert all(load <= limit_kw + 1 for load, limit_kw in zip(net, limit, strict=True))


def test_the_rebound_is_marked_at_its_highest_load(french: Translator) -> None:
    view = view_site(step=64, limit_kw_per_vehicle=50.0)
    assert view.rebound is not None
    data = values(figures.make_site_load_patch(view, french))
    mark = {name: data["data", figures.REBOUND_INDEX, name] for name in ("x", "y", "customdata")}
    assert mark["y"] == pytest.approx([view.rebound.net_load_kw], rel=1e-3)
    assert mark["customdata"] == pytest.approx([view.kpis["rebound_kw"]], rel=1e-3)
    assert mark["x"][0].startswith("2026-12-15 21:00")


def test_without_a_rebound_there_is_no_mark(french: Translator) -> None:
    view = view_site(step=8, limit_kw_per_vehicle=50.0)
    assert view.rebound is None
    assert values(figures.make_site_load_patch(view, french))["data", figures.REBOUND_INDEX, "x"] == []


def test_the_trends_end_at_the_bill(evening: SiteView, french: Translator) -> None:
    data = values(figures.make_cost_patch(evening, french))
    counterfactuals = [evening.counterfactuals[name]["cost_mad"] for name in ("uncontrolled", "without_v2g")]
    ends = [data["data", place, "y"][-1] for place in range(3)]
    assert ends == pytest.approx([*counterfactuals, evening.kpis["cost_mad"]], rel=1e-3)
    co2 = values(figures.make_co2_patch(evening, french))
    assert co2["data", 2, "y"][-1] == pytest.approx(evening.kpis["co2_kg"], rel=1e-3)


def test_the_bars_by_price_hold_all_energy(evening: SiteView, french: Translator) -> None:
    data = values(figures.make_prices_patch(evening, french))
    assert data["data", 0, "x"] == ["1,3472 ", "2,4250 "]
    for place, name in enumerate(("g2v_kwh", "v2g_kwh")):
        assert sum(data["data", place, "customdata"]) == pytest.approx(evening.kpis[name], rel=1e-3)
    assert min(data["data", 1, "y"]) < 0 <= min(data["data", 0, "y"])


def test_many_prices_are_drawn_as_a_few_bands() -> None:
    prices = tuple(1.0 + k / 100.0 for k in range(96))
    view = view_site(96, price_profile=(prices,))
    assert len(view.price_bands["price_mad_kwh"]) == MAX_PRICE_BANDS
    assert view.price_bands["price_mad_kwh"] == sorted(view.price_bands["price_mad_kwh"])
    assert sum(view.price_bands["hours"]) == pytest.approx(24.0)


def test_the_models_add_up_and_red_is_a_loss(evening: SiteView, french: Translator) -> None:
    decided = replace(evening, value=evening.value | {"verdict": "profitable"})
    data = values(figures.make_model_value_patch(decided))
    assert data["data", 0, "hovertext"] == evening.models["model"]
    assert len(set(data["data", 0, "y"])) == len(evening.models["model"])
    each, colours = data["data", 0, "x"], data["data", 0, "marker", "color"]
    signs = {palette.CAPABLE: 1.0, palette.INCAPABLE: -1.0, palette.IDLE: 0.0}
    assert [signs[colour] for colour in colours] == np.sign(np.round(each, 2)).tolist()
    assert len(set(colours)) > 1
    assert sum(data["data", 0, "customdata"]) == pytest.approx(sum(evening.value["per_model_mad"]), abs=1)


def test_the_legend_names_what_is_on_the_chart(evening: SiteView, french: Translator) -> None:
    states = figures.compute_legend_states(evening)
    assert states == {
        "legend-site-load-sun": "on",
        "legend-site-load-v2g": "on",
        "legend-site-load-event": "off",
        "legend-site-load-peak": "on",
    }


def test_the_value_of_a_model_has_no_colour_while_that_of_v2g_is_open(evening: SiteView, french: Translator) -> None:
    assert evening.value["verdict"] == "open"
    assert set(values(figures.make_model_value_patch(evening))["data", 0, "marker", "color"]) == {palette.IDLE}


def test_a_name_with_markup_is_drawn_as_it_is(evening: SiteView, french: Translator) -> None:
    names = ["<b>A</b> & B", "2024", *evening.models["model"][2:]]
    view = replace(evening, models=evening.models | {"model": names})
    data = values(figures.make_model_value_patch(view))
    assert data["data", 0, "y"][:2] == ["&lt;b&gt;A&lt;/b&gt; &amp; B", "2024"]


def test_the_bill_shows_the_postes_of_the_tariff_and_adds_up(evening: SiteView, french: Translator) -> None:
    states = texts.compute_site_states(evening)
    assert [states[ids.make_bill_id(poste, "row")] for poste in ("HP", "HPL", "HC", "HN")] == ["on", "off", "off", "on"]
    shown = texts.format_site_texts(evening, french)
    costs = {line: french.parse_number(shown[ids.make_bill_id(line, "cost")]) or 0.0 for line in texts.BILL_LABELS}
    parts = sum(costs[line] for line in ("HP", "HPL", "HC", "HN", "export", "fixed", "excess"))
    assert parts == pytest.approx(costs["total"], abs=0.05)


@pytest.mark.parametrize(("tariff", "state"), [("mt_general", "on"), ("bt_bi_horaire", "off")])
def test_the_bill_has_a_line_for_excess_power_where_the_tariff_charges_for_power(tariff: str, state: str) -> None:
    view = view_site(tariff=tariff, subscribed_kva=100.0)
    assert texts.compute_site_states(view)[ids.make_bill_id("excess", "row")] == state


def test_the_sources_say_what_is_subscribed_and_assumed(french: Translator) -> None:
    lines = render_site_sources(Scenario(tariff="mt_general", subscribed_kva=500.0), french)
    text = " ".join(str(line.children) for line in lines)
    assert "Puissance souscrite\u00a0: 500\u00a0kVA." in text
    assert "coûte 1,5 fois un kVA souscrit" in text


def test_the_ledger_of_v2g_adds_up(evening: SiteView, english: Translator) -> None:
    shown = texts.format_site_texts(evening, english)
    amounts = {
        name: english.parse_number(shown[ids.make_v2g_value_id(name, "all")].lstrip("+")) or 0.0
        for name in texts.V2G_VALUE_LABELS
    }
    owed = amounts["stored_mad"] + amounts["owed_wear_mad"]
    *parts, net, raw = amounts.values()
    assert sum(parts) == pytest.approx(net, abs=0.05)
    assert raw == pytest.approx(net - owed, abs=0.05)


def test_an_event_does_not_change_the_past(french: Translator) -> None:
    run = RunSpec(Scenario(fleet_size=100), (), 12, "event")
    after = run.with_change({"event": {"minutes": 60, "reduction": 0.3}})
    assert (after.step, after.session, after.scenario) == (12, "event", run.scenario)
    before, now = (get_site_view(one).trends["net_load_kw"] for one in (run, after))
    assert now == before
    note = texts.format_note_texts(get_site_view(after), french)[ids.EVENT_NOTE]
    assert " ".join(note.split()) == "Effacement à partir du mar. 15 déc. 2026 19:00, 60 min, −30 %."


def test_the_response_and_the_rebound_of_an_event_are_differences_to_the_run_without_it(french: Translator) -> None:
    scenario = Scenario(fleet_size=100, strategy="uncontrolled")
    event = Change(12, (("event", (("minutes", 60.0), ("reduction", 0.3))),))
    with_event, without = (get_site_view(RunSpec(scenario, changes, 40)) for changes in ((event,), ()))
    net, baseline = with_event.trends["net_load_kw"], without.trends["net_load_kw"]
    assert with_event.trends["without_event_kw"] == [None] * 12 + baseline[12:]
    assert with_event.event is not None
    effect = with_event.event.effect
    assert effect["event_response_kwh"] == pytest.approx((sum(baseline[12:16]) - sum(net[12:16])) / 4)
    assert effect["event_rebound_kwh"] == pytest.approx((sum(net[16:]) - sum(baseline[16:])) / 4)
    assert effect["event_response_kwh"] > 0.0
    assert "de plus depuis" in texts.format_note_texts(with_event, french)[ids.EVENT_NOTE]
    data = values(figures.make_site_load_patch(with_event, french))
    assert data["data", 8, "y"][11:13] == [None, pytest.approx(baseline[12], rel=1e-3)]


def test_the_first_reply_fills_the_page_and_a_tick_draws_the_views_that_change() -> None:
    assert no_update not in send(fill=True).values()
    outputs = send(run=serialize_run(RunSpec(Scenario(fleet_size=50), (), 3)), steps=1)
    unchanged = {name for name, value in outputs.items() if value is no_update}
    assert unchanged == {format_output_name(view_id) for view_id in callbacks.STATIC_VIEWS}
    assert outputs[ids.REPLY]["step"] == 4


@pytest.mark.parametrize("request_", [{"steps": 1}, {"fill": True}], ids=str)
def test_the_site_does_not_draw_the_view_of_the_fleet(
    request_: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    views: list[type] = []
    draw_view = cache.SessionCache.render_view

    def record_view(self: cache.SessionCache, run: RunSpec, draw: Any) -> Any:
        view = draw_view(self, run, draw)
        views.append(type(view))
        return view

    monkeypatch.setattr(cache.SessionCache, "render_view", record_view)
    assert send(run=serialize_run(RunSpec(Scenario(fleet_size=50))), **request_)[ids.REPLY]["ok"]
    assert views == [SiteView]


@pytest.mark.parametrize("request_", [None, {"run": 7}, {"set": {"event": True}, "run": {"step": -1}}])
def test_a_malformed_request_is_refused(request_: Any) -> None:
    with pytest.raises(MalformedRequest):
        callbacks.build_site_reply(request_, "build")


def test_every_text_of_a_reply_has_an_element_on_the_page() -> None:
    reply = send(fill=True)[ids.REPLY]
    page = str(render_page("/site", "?lang=fr"))
    names = {*reply["texts"], *reply["shares"], *reply["states"]}
    assert names
    assert {name for name in names if f"id='{name}'" not in page} == set()


@pytest.mark.parametrize("make", EMPTY_FIGURES)
def test_empty_figures_are_plain_json_and_keep_the_zoom(make: Any, french: Translator) -> None:
    figure = make(french)
    assert json.loads(json.dumps(figure)) == figure
    assert figure["layout"]["uirevision"] == "kept"
    assert figure["layout"]["height"] in figures.FIGURE_HEIGHTS_PX.values()


def test_the_bar_has_the_settings_of_the_site_that_matter_most_and_every_tariff(french: Translator) -> None:
    assert set(list_form_fields(SCENARIO_BAR)) == {"tariff", "place", "limit_kw_per_vehicle"}
    data = str(render_scenario_bar(french))
    assert "event_start" in data
    assert all(f"'value': '{key}'" in data for key in list_tariff_keys())


def test_the_load_without_the_event_is_an_envelope_as_the_others_are() -> None:
    scenario = Scenario(fleet_size=20, timestep_min=1, start="2026-12-15T16:00")
    event = Change(180, (("event", (("minutes", 60.0), ("reduction", 0.3))),))
    with_event, without = (get_site_view(RunSpec(scenario, changes, 400)) for changes in ((event,), ()))
    assert (with_event.trend_axis.point_steps, with_event.trend_axis.bucket_steps) == (2, 4)
    assert with_event.trends["without_event_kw"][90:] == pytest.approx(without.trends["net_load_kw"][90:])
