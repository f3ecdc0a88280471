"""Tests of the event view: the pages of the log of a live run, and the changes by the user in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions.cache import SessionCache
from ev2gym_dashboard.service.sessions.event_view import EVENTS_PER_PAGE, EventPage, EventQuery, list_responses
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec
from ev2gym_dashboard.service.simulation.event_log import EVENT_GROUPS, RunEvent

SCENARIO = Scenario(fleet_size=20, start="2026-12-15T16:00")
CHANGES = (
    Change(3, (("strategy", "price"),)),
    Change(5, (("event", (("minutes", 60.0), ("reduction", 0.4))),)),
    Change(6, (("v2g", False), ("params", (("price.price_threshold_mad_kwh", 0.5),)))),
)
CACHE = SessionCache()
SHORT = RunSpec(SCENARIO, CHANGES, 30, "short")
LONG = RunSpec(replace(SCENARIO, timestep_min=60), (), 700, "long")


def get_page(run: RunSpec, **choice: Any) -> EventPage:
    page = CACHE.get_fleet_view(run, events=EventQuery(**choice)).events
    assert page is not None
    return page


def test_a_view_has_no_events_where_none_are_asked_for() -> None:
    assert SessionCache().get_fleet_view(SHORT).events is None


def test_the_changes_by_the_user_are_events_with_their_settings() -> None:
    settings = [(event.step, event.figures) for event in get_page(SHORT, group="change").events]
    assert settings == [
        (6, {"v2g": False, "params": {"price.price_threshold_mad_kwh": 0.5}}),
        (3, {"strategy": "price"}),
    ]


def test_a_demand_response_event_of_the_user_begins_with_its_change() -> None:
    events = get_page(SHORT, group="demand_response").events
    assert [(event.step, event.kind) for event in events] == [(9, "response_ends"), (5, "response_begins")]
    assert list_responses(SHORT)[0].reduction == 0.4


def test_the_newest_event_comes_first_and_pages_follow_each_other() -> None:
    whole = get_page(LONG, is_whole=True)
    steps = [event.step for event in whole.events]
    assert steps == sorted(steps, reverse=True)
    assert whole.n_events == len(steps) > EVENTS_PER_PAGE
    pages = [get_page(LONG, page=page) for page in range(whole.n_pages)]
    assert [event for page in pages for event in page.events] == list(whole.events)
    assert len(pages[0].events) == EVENTS_PER_PAGE


def test_a_page_beyond_the_last_one_is_the_last_one() -> None:
    last = get_page(LONG, page=10_000)
    assert last.page == last.n_pages - 1
    assert last.events


@pytest.mark.parametrize("group", EVENT_GROUPS)
def test_a_group_has_its_events_alone(group: str) -> None:
    page, whole = get_page(SHORT, group=group), get_page(SHORT)
    assert page.events == tuple(event for event in whole.events if event.group == group)
    assert page.n_events == len(page.events)


def test_a_run_that_is_rebuilt_has_the_same_events() -> None:
    cache = SessionCache()
    stepped: list[RunEvent] = []
    for step in range(6, 31):
        view = cache.get_fleet_view(RunSpec(SCENARIO, CHANGES, step, "stepped"), events=EventQuery())
        stepped = list(view.events.events) if view.events else []
    rebuilt = SessionCache().get_fleet_view(SHORT, events=EventQuery()).events
    assert rebuilt
    assert stepped == list(rebuilt.events)
