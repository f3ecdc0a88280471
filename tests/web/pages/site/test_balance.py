"""Balance of the site: costs add up, savings are corrected for owed energy, and what does not apply is not a number."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ev2gym_dashboard.core.kpis import KPIS
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions.process_cache import get_site_view
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.sessions.site_view import SiteView
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.site import balance, balance_notes, tiles

COUNTERFACTUALS = ("without_v2g", "uncontrolled")


def view_site(step: int = 40, **scenario: Any) -> SiteView:
    return get_site_view(RunSpec(Scenario(fleet_size=60, **scenario), (), step, "balance"))


@pytest.fixture(scope="module")
def evening() -> SiteView:
    return view_site()


def with_savings(view: SiteView, *, saved_mad: float, raw_mad: float) -> SiteView:
    values = {"total_mad": saved_mad, "raw_total_mad": raw_mad}
    savings = {f"{name}_saved_vs_uncontrolled": value for name, value in values.items()}
    return replace(view, kpis=view.kpis | savings)


def test_every_line_is_a_kpi() -> None:
    assert {row.kpi for row in balance.BALANCE_ROWS} <= set(KPIS)


@pytest.mark.parametrize("column", balance.COLUMNS)
def test_the_parts_of_the_cost_add_up_to_the_total(evening: SiteView, column: str, english: Translator) -> None:
    texts = balance.format_balance_texts(evening, english)
    *parts, total = [
        english.parse_number(texts[ids.make_balance_id(row.kpi, column)]) or 0.0 for row in balance.COST_ROWS
    ]
    assert total > 0.0
    assert sum(parts) == pytest.approx(total, abs=0.5 * len(parts))


@pytest.mark.parametrize("column", balance.COLUMNS)
def test_the_part_for_evs_and_the_rest_add_up_to_the_bill(evening: SiteView, column: str, english: Translator) -> None:
    texts = balance.format_balance_texts(evening, english)
    bill, *parts = (
        english.parse_number(texts[ids.make_balance_id(row.kpi, column)]) or 0.0
        for row in (balance.COST_ROWS[0], *balance.EV_ROWS)
    )
    assert sum(parts) == pytest.approx(bill, abs=1.5)
    assert parts[1] > 0.0


@pytest.mark.parametrize("name", COUNTERFACTUALS)
def test_a_saving_is_the_difference_of_the_totals(evening: SiteView, name: str, english: Translator) -> None:
    texts = balance.format_balance_texts(evening, english)
    shown = english.parse_number(texts[ids.make_balance_id("saved", name)].lstrip("+"))
    expected = evening.counterfactuals[name]["total_mad"] - evening.kpis["total_mad"]
    assert shown == pytest.approx(expected, abs=0.5)


@pytest.mark.parametrize(
    ("saved_mad", "raw_mad", "verdict", "state"),
    [
        (1000.0, 1050.0, balance.LESS, "gain"),
        (-1000.0, -950.0, balance.MORE, "loss"),
        (1000.0, 1101.0, balance.OPEN, ""),
        (-50.0, 1000.0, balance.OPEN, ""),
        (0.0, 0.0, balance.SAME, ""),
    ],
)
def test_a_saving_is_open_while_more_than_a_tenth_of_it_is_owed(
    evening: SiteView, saved_mad: float, raw_mad: float, verdict: str, state: str, french: Translator
) -> None:
    view = with_savings(evening, saved_mad=saved_mad, raw_mad=raw_mad)
    assert balance.judge_saving(view, "uncontrolled") == verdict
    assert balance.compute_balance_states(view)[ids.make_balance_id("saved", "uncontrolled")] == state
    word = balance.format_balance_texts(view, french)[ids.make_balance_id("verdict", "uncontrolled")]
    assert word == french(balance.SAVING_VERDICTS[verdict])
    note = tiles.SITE_TILES[0].note
    assert note is not None
    assert ("ouvert" in note(view, french)) == (verdict == balance.OPEN)
    assert french.number(-raw_mad) in note(view, french)


def test_subscribed_power_applies_at_medium_voltage_only(evening: SiteView, english: Translator) -> None:
    medium = view_site(tariff="mt_general")
    for row in balance.SUBSCRIPTION_ROWS:
        cell = ids.make_balance_id(row.kpi, "run")
        assert balance.format_balance_texts(medium, english)[cell] != balance.NO_VALUE
        is_peak = row.kpi == "metered_peak_kva"
        assert (balance.format_balance_texts(evening, english)[cell] == balance.NO_VALUE) != is_peak
    assert "does not charge for it" in balance_notes.format_balance_notes(evening, english)[ids.SITE_SUBSCRIPTION_NOTE]
    assert "Assumption" in balance_notes.format_balance_notes(medium, english)[ids.SITE_SUBSCRIPTION_NOTE]


def test_without_panels_the_sun_has_no_figures(evening: SiteView, english: Translator) -> None:
    dark = view_site(pv_kwp_per_vehicle=0.0)
    assert balance_notes.format_balance_notes(dark, english)[ids.SITE_SUN_NOTE] == "The site has no solar panels."
    cell = ids.make_balance_id("ev_surplus_share", "run")
    assert balance.format_balance_texts(dark, english)[cell] == balance.NO_VALUE
    noon = view_site(start="2026-06-16T10:00")
    assert balance.format_balance_texts(noon, english)[cell].endswith("%")


def test_a_share_of_nothing_is_no_number_and_a_note_says_why(evening: SiteView, english: Translator) -> None:
    night = view_site(4, start="2026-12-15T20:00")
    cells = [ids.make_balance_id(name, "run") for name in ("self_consumption", "ev_surplus_share")]
    assert {balance.format_balance_texts(night, english)[cell] for cell in cells} == {balance.NO_VALUE}
    assert "have no value yet" in balance_notes.format_balance_notes(night, english)[ids.SITE_SUN_NOTE]
    exporting = replace(evening, kpis=evening.kpis | {"load_factor": -3.276})
    cell = ids.make_balance_id("load_factor", "run")
    assert balance.format_balance_texts(exporting, english)[cell] == balance.NO_VALUE
    assert balance.format_balance_texts(evening, english)[cell].endswith("%")


def test_a_connection_of_zero_has_no_share(english: Translator) -> None:
    view = view_site(8, limit_kw_per_vehicle=0.0)
    (note,) = (tile.note for tile in tiles.SITE_TILES if tile.key == "site-peak")
    assert note is not None
    assert "%" not in note(view, english)


@pytest.mark.parametrize(("owed_kwh", "words"), [(12.0, "hold 12 kWh less than"), (-12.0, "hold 12 kWh more than")])
def test_the_note_on_the_total_says_what_the_batteries_hold(
    evening: SiteView, owed_kwh: float, words: str, english: Translator
) -> None:
    view = replace(evening, kpis=evening.kpis | {"owed_kwh": owed_kwh})
    note = balance_notes.format_balance_notes(view, english)[ids.SITE_TOTAL_NOTE]
    assert words in " ".join(note.split())
    assert "5.00 MAD/kWh" in " ".join(note.split())


def test_incomes_are_negative_and_in_sight_only_where_the_scenario_pays_them(
    evening: SiteView, english: Translator
) -> None:
    row, cell = ids.make_balance_id("service_mad", "row"), ids.make_balance_id("service_mad", "run")
    scenario = replace(evening.run.scenario, service_mad_kw_h=0.2)
    paid = replace(evening, run=replace(evening.run, scenario=scenario), kpis=evening.kpis | {"service_mad": 12.0})
    states = [balance.compute_balance_states(view)[row] for view in (evening, paid)]
    assert states == ["off", "on"]
    assert balance.format_balance_texts(paid, english)[cell] == english.signed(-12.0)
