"""Tests of the event log on the Fleet page: sentences, rows, file and states."""

from __future__ import annotations

from typing import Any

import pytest

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec, serialize_run
from ev2gym_dashboard.service.simulation.event_log import EVENT_GROUPS, EVENT_KINDS, RunEvent
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import get_translator
from ev2gym_dashboard.web.pages.live import callbacks
from ev2gym_dashboard.web.pages.live.event_texts import SENTENCES, describe_event
from ev2gym_dashboard.web.pages.live.events import FILE_FIGURES, GROUP_NAMES
from ev2gym_dashboard.web.requests.schema import MalformedRequest

SCENARIO = Scenario(fleet_size=100, start="2026-12-15T16:00")
RUN = RunSpec(SCENARIO, (Change(2, (("strategy", "price"),)),), 40, "events")
EXAMPLES: dict[str, dict[str, Any]] = {
    "tariff_changes": {
        "poste": "HP",
        "former_poste": "HN",
        "price_mad_kwh": 2.425,
        "former_price_mad_kwh": 1.3472,
    },
    "v2g_begins": {"n_vehicles": 74, "power_kw": 646.94},
    "v2g_ends": {"energy_kwh": 1052.4, "power_kw": 646.94, "duration_h": 3.0},
    "limit_reached": {"limit_kw": 3500.0},
    "limit_left": {"duration_h": 5.75, "overload_kw": 12.0},
    "waiting_begins": {"n_vehicles": 8},
    "waiting_ends": {"n_vehicles": 81, "duration_h": 4.75, "waited_h": 235.8},
    "response_announced": {"reduction": 0.3, "start_step": 12, "duration_h": 1.0},
    "response_begins": {"reduction": 0.3, "duration_h": 1.0},
    "response_ends": {"duration_h": 1.0},
    "settings_change": {"strategy": "price", "v2g": False, "params": {"price.v2g_min_soc": 0.4}},
}
ENGLISH = {
    "tariff_changes": "Peak hours (HP) begin: 2.4250 MAD/kWh instead of 1.3472 MAD/kWh",
    "v2g_begins": "V2G begins: 646.9 kW, vehicles: 74",
    "v2g_ends": "V2G ends after 3 h: 1,052 kWh fed back, at most 646.9 kW",
    "limit_reached": "The connection reaches its limit of 3,500 kW",
    "limit_left": "The connection leaves its limit after 5 h 45 min, exceeded by up to 12.0 kW",
    "waiting_begins": "Vehicles begin to wait for a charger: 8",
    "response_announced": "Demand response announced for Tue 15 Dec 19:00: connection limit reduced by 30% for 1 h",
    "response_begins": "Demand response begins: connection limit reduced by 30% for 1 h",
    "response_ends": "Demand response ends after 1 h",
}


def send(run: RunSpec = RUN, **request: Any) -> dict[str, Any]:
    outputs = callbacks.build_live_reply({"number": 1, "lang": "en", "run": serialize_run(run), **request}, "build")
    reply: dict[str, Any] = outputs[ids.REPLY]
    return reply


def describe(kind: str, lang: str = "en", **figures: Any) -> str:
    return describe_event(RunEvent(0, kind, EXAMPLES[kind] | figures), SCENARIO, get_translator(lang))


def test_every_kind_has_a_sentence_and_every_group_a_name() -> None:
    assert set(SENTENCES) == set(EVENT_KINDS) == set(EXAMPLES)
    assert tuple(GROUP_NAMES) == EVENT_GROUPS


@pytest.mark.parametrize("kind", ENGLISH)
def test_a_sentence_has_the_figures_of_its_event(kind: str) -> None:
    assert describe(kind).replace("\N{NO-BREAK SPACE}", " ") == ENGLISH[kind]


@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_each_sentence_is_translated(kind: str) -> None:
    assert describe(kind, "fr") != describe(kind)


def test_a_price_within_a_period_and_a_period_at_the_same_price_have_their_own_sentences() -> None:
    assert describe("tariff_changes", poste="HN").startswith("The price becomes 2.4250")
    assert describe("tariff_changes", price_mad_kwh=1.3472).endswith("as before")


def test_a_connection_that_was_not_overloaded_tells_no_excess() -> None:
    assert "exceeded" not in describe("limit_left", overload_kw=1e-12)


def test_a_change_names_the_strategy_the_switch_and_the_parameter_in_percent() -> None:
    strategy, v2g, parameter = describe("settings_change").split(" · ")
    assert strategy.startswith("Strategy: Price")
    assert v2g == "V2G off"
    assert parameter.endswith(": 40%")


def test_a_tick_carries_the_log_only_where_it_is_asked_for() -> None:
    reply = send(steps=1)
    assert "events" not in reply
    assert ids.EVENTS_COUNT not in reply["texts"]
    assert ids.EVENTS not in reply["states"]


def test_the_rows_are_the_newest_first_and_lead_to_the_step_after_each_event() -> None:
    reply = send(log={"group": "change"})
    (row,) = reply["events"]["rows"]
    assert row == {
        "step": 3,
        "group": "change",
        "cells": ["Tue 15 Dec 16:30", "Your changes", describe("settings_change").split(" · ")[0]],
    }
    assert reply["texts"][ids.EVENTS_COUNT] == "Events: 1"
    assert reply["states"][ids.EVENTS] == "list"
    steps = [row["step"] for row in send(log={})["events"]["rows"]]
    assert steps == sorted(steps, reverse=True)
    assert len(steps) > 3


def test_the_step_of_a_row_shows_the_figures_of_its_event() -> None:
    row = send(log={"group": "v2g"})["events"]["rows"][-1]
    n_discharging = send(past_step=row["step"])["texts"][ids.make_tile_id("discharging")]
    assert row["cells"][2].endswith(f"vehicles: {n_discharging}")


def test_a_log_without_events_is_empty() -> None:
    reply = send(RunSpec(SCENARIO, session="new"), log={"group": "v2g"})
    assert reply["events"]["rows"] == []
    assert reply["states"][ids.EVENTS] == "empty"


def test_a_long_log_tells_its_pages() -> None:
    run = RunSpec(Scenario(fleet_size=5, timestep_min=60), (), 500, "long")
    reply = send(run, log={"page": 1})
    assert ", page 2 of" in reply["texts"][ids.EVENTS_COUNT]
    assert reply["states"][ids.EVENTS_PAGER] == "on"


def test_the_file_has_all_events_with_their_numbers() -> None:
    reply = send(log={"whole": True, "group": "v2g"})
    headings, *lines = reply["events"]["file"]
    assert headings[:3] == ["Time (UTC)", "Kind", "Event"]
    assert len(headings) == 3 + len(FILE_FIGURES)
    assert len(lines) > 1
    energy = headings.index("Energy (kWh)")
    assert all(isinstance(line[energy], float) == (" ends " in line[2]) for line in lines)
    assert ids.EVENTS_COUNT not in reply["texts"]


@pytest.mark.parametrize("log", [{"group": "other"}, {"page": -1}, {"whole": 1}, {"kind": "v2g"}, [], 3])
def test_a_malformed_choice_of_events_is_refused(log: Any) -> None:
    with pytest.raises(MalformedRequest):
        send(log=log)
