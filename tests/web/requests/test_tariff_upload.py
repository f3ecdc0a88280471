"""Tariff file of a user on the page: it becomes the tariff, can rest while another one is chosen, and be removed."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import OWN_TARIFF
from ev2gym_dashboard.service.scenarios.tariff import find_tariff
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, parse_run, serialize_run
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import get_translator
from ev2gym_dashboard.web.pages.live import callbacks
from ev2gym_dashboard.web.pages.site.sources import render_site_sources

TARIFF = """
name = "Mine"
currency = "EUR"
rate = 10.8
time_zone = "Europe/Paris"
export_per_kwh = 0.05
source = "My supplier"
[periods.all]
price_per_kwh = 0.25
"""
RUN = RunSpec(Scenario(fleet_size=50, tariff="mt_general"), (), 3, "tariff")
TEXT_ID = ids.make_file_text_id("tariff_spec")


def file(text: str = TARIFF) -> dict[str, str]:
    return {"name": "mine.toml", "contents": f"data:application/toml;base64,{b64encode(text.encode()).decode()}"}


def send(run: RunSpec = RUN, lang: str = "en", **request: Any) -> dict[str, Any]:
    values = {"number": 1, "lang": lang, "run": serialize_run(run), **request}
    reply: dict[str, Any] = callbacks.build_live_reply(values, "build")[ids.REPLY]
    return reply


def upload() -> RunSpec:
    return parse_run(send(restart=True, upload={"tariff_spec": file()})["run"])


def test_a_tariff_file_becomes_the_tariff_and_restarts_the_run() -> None:
    reply = send(restart=True, upload={"tariff_spec": file()})
    scenario = parse_run(reply["run"]).scenario
    assert (scenario.tariff, scenario.fleet_size, find_tariff(scenario).prices_mad_kwh) == (OWN_TARIFF, 50, (2.7,))
    assert reply["form"]["tariff"] == OWN_TARIFF
    assert reply["texts"][TEXT_ID] == "mine.toml: Mine, from 2.7 to 2.7 MAD/kWh"


def test_another_tariff_keeps_the_file_and_the_file_can_be_chosen_again() -> None:
    files = {"tariff_spec": "mine.toml"}
    reply = send(upload(), restart=True, scenario={"tariff": "mt_general"}, files=files)
    other = parse_run(reply["run"])
    assert find_tariff(other.scenario).key == "mt_general"
    assert "another tariff is selected" in reply["texts"][TEXT_ID]
    again = parse_run(send(other, restart=True, scenario={"tariff": OWN_TARIFF})["run"])
    assert find_tariff(again.scenario).name == "Mine"


def test_removing_the_file_in_use_gives_the_default_tariff() -> None:
    removed = parse_run(send(upload(), restart=True, upload={"tariff_spec": None})["run"]).scenario
    assert (removed.tariff, removed.tariff_spec) == (Scenario().tariff, "")


def test_removing_a_file_that_rests_keeps_the_tariff() -> None:
    other = parse_run(send(upload(), restart=True, scenario={"tariff": "flat"})["run"])
    assert parse_run(send(other, restart=True, upload={"tariff_spec": None})["run"]).scenario.tariff == "flat"


def test_choosing_the_own_tariff_without_a_file_is_an_issue_of_the_field() -> None:
    (issue,) = send(restart=True, scenario={"tariff": OWN_TARIFF})["issues"]
    assert (issue["field"], "give one" in issue["text"]) == ("tariff", True)


@pytest.mark.parametrize(("lang", "word"), [("en", "cannot be used; the run is unchanged"), ("fr", "fuseau horaire")])
def test_a_bad_file_lists_every_issue_and_changes_nothing(lang: str, word: str) -> None:
    bad = TARIFF.replace("Europe/Paris", "Mars").replace("0.25", '"dear"')
    reply = send(lang=lang, restart=True, upload={"tariff_spec": file(bad)})
    messages = " ".join(issue["text"] for issue in reply["issues"])
    assert len(reply["issues"]) == 3
    assert word in messages
    assert reply.get("run") is None


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_page_names_source_zone_rate_and_export_of_the_file(lang: str) -> None:
    items = render_site_sources(upload().scenario, get_translator(lang))
    text = " ".join(item.children for item in items)
    assert all(part in text for part in ("Mine", "My supplier", "Europe/Paris", "EUR"))
    assert "ANRE" not in text
