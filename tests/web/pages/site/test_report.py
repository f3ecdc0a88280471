"""Report of a run: its facts, its link, and the reply of its page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from dash import html

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions.process_cache import get_site_view
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec, serialize_run
from ev2gym_dashboard.service.sessions.share_link import decode_share_link
from ev2gym_dashboard.service.sessions.site_view import SiteView
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import Translator, get_translator
from ev2gym_dashboard.web.pages.site.balance import COLUMNS, RESULT_ROWS
from ev2gym_dashboard.web.pages.site.report.callbacks import REPORT_VIEWS, build_report_reply
from ev2gym_dashboard.web.pages.site.report.facts import MAX_CHANGED_FIELDS, SHOWN_FIELDS, format_run_line, render_facts
from ev2gym_dashboard.web.pages.site.report.layout import render_report_layout
from ev2gym_dashboard.web.requests.issues import get_field_label
from ev2gym_dashboard.web.requests.reply import format_output_name

RUN = RunSpec(Scenario(fleet_size=60, pv_kwp_per_vehicle=2.5), (Change(4, (("v2g", False),)),), 12, "report")
ODD = Scenario(
    fleet_size=60,
    target_soc=0.85,
    reserve_soc=0.15,
    drive_scale=1.1,
    evse_per_vehicle=0.4,
    cloud_factor=0.7,
    latitude_deg=30.0,
    altitude_m=60.0,
    tilt_deg=20.0,
    cell_temperature_c=30.0,
    days=3.0,
)
N_ODD = 10


@pytest.fixture(scope="module")
def run_view() -> SiteView:
    return get_site_view(RUN)


def read_texts(component: Any) -> str:
    """Return the texts of a component and of all below it."""
    if isinstance(component, list | tuple):
        return " ".join(map(read_texts, component))
    return component if isinstance(component, str) else read_texts(getattr(component, "children", None) or "")


def list_terms(facts: list[html.Div]) -> list[str]:
    return [read_texts(fact.children[0]) for fact in facts]


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_facts_name_the_scenario_and_its_changes(run_view: SiteView, lang: str) -> None:
    _ = get_translator(lang)
    facts = render_facts(run_view, {}, _)
    assert [get_field_label(name, _) for name in SHOWN_FIELDS] == list_terms(facts)[2:-1]
    assert list_terms(facts)[-1] == _("Changes of settings during the run")
    assert _.number(2.5, 1) in read_texts(facts)


def test_more_differences_than_fit_are_counted(run_view: SiteView, english: Translator) -> None:
    view = replace(run_view, run=RunSpec(ODD))
    facts = render_facts(view, {}, english)
    shown = sum("instead of" in read_texts(fact) for fact in facts)
    assert shown == MAX_CHANGED_FIELDS
    assert f"{N_ODD - shown}, in the link below" in read_texts(facts)


def test_the_name_of_a_file_is_text(run_view: SiteView, english: Translator) -> None:
    name = "<img src=x onerror=alert(1)>.csv"
    profile = Scenario(base_load_profile=(500.0,) * 24)
    facts = render_facts(replace(run_view, run=RunSpec(profile)), {"base_load_profile": name}, english)
    assert facts[-1].children[1].children == name


def test_the_line_of_the_run_says_strategy_and_period(run_view: SiteView, french: Translator) -> None:
    line = format_run_line(run_view, french)
    assert line == "Support réseau, V2G désactivé, du mar. 15 déc. 2026 16:00 au mar. 15 déc. 2026 19:00"


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_reply_fills_the_report_and_its_link_is_the_run(lang: str) -> None:
    outputs = build_report_reply({"number": 1, "lang": lang, "run": serialize_run(RUN), "full": True}, "build")
    reply = outputs[ids.REPLY]
    assert reply["ok"]
    assert decode_share_link(reply["report"]["link"]) == RUN
    cells = {ids.make_balance_id(row.kpi, column) for row in RESULT_ROWS for column in COLUMNS}
    assert cells | {ids.SITE_VERDICT, ids.REPORT_RUN} <= set(reply["texts"])
    assert set(map(format_output_name, REPORT_VIEWS)) <= set(outputs)


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_each_cell_of_the_reply_has_its_place_in_the_layout(lang: str) -> None:
    layout = str(render_report_layout(get_translator(lang)))
    for row in RESULT_ROWS:
        for column in COLUMNS:
            assert ids.make_balance_id(row.kpi, column) in layout
