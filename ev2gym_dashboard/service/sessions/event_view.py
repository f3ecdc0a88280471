"""Event view: a page of the event log of a live run, the newest events first."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec
from ev2gym_dashboard.service.simulation.event_history import EventHistory
from ev2gym_dashboard.service.simulation.event_log import (
    ResponseSpan,
    RunEvent,
    list_scenario_responses,
    merge_events,
)
from ev2gym_dashboard.service.simulation.simulation import Simulation

EVENTS_PER_PAGE = 40
MAX_EVENTS = 10_000
"""Events of a whole log at most."""


@dataclass(frozen=True)
class EventQuery:
    """A choice of events.

    Parameters
    ----------
    group : entry of `EVENT_GROUPS`; empty for all
    page : page of the list, from 0
    is_whole : return all events in place of a page
    """

    group: str = ""
    page: int = 0
    is_whole: bool = False


@dataclass(frozen=True)
class EventPage:
    """The events that a query chooses, the newest ones first.

    Parameters
    ----------
    page, n_pages : the page, which is the last one if the query asks for a later one, and their number
    n_events : events of the group on all pages
    """

    query: EventQuery
    events: tuple[RunEvent, ...]
    page: int
    n_pages: int
    n_events: int


def make_event_page(run: RunSpec, simulation: Simulation, query: EventQuery) -> EventPage:
    """Return the events of a run up to its step that a query chooses."""
    events = list_run_events(run, simulation)[::-1]
    if query.group:
        events = [event for event in events if event.group == query.group]
    n_pages = max(math.ceil(len(events) / EVENTS_PER_PAGE), 1)
    page = min(query.page, n_pages - 1)
    shown = events[:MAX_EVENTS] if query.is_whole else events[page * EVENTS_PER_PAGE : (page + 1) * EVENTS_PER_PAGE]
    return EventPage(query, tuple(shown), page, n_pages, len(events))


def list_run_events(run: RunSpec, simulation: Simulation) -> list[RunEvent]:
    """Return the events of a run up to its step, with the changes by the user, in the order of their steps."""
    changes = (RunEvent(change.step, "settings_change", _list_settings(change)) for change in run.changes)
    history = simulation.folds.event_history if simulation.folds else EventHistory()
    return merge_events(
        run.scenario,
        history.extend(run.scenario, simulation.select, n_steps=simulation.step),
        n_steps=simulation.step,
        responses=list_responses(run),
        changes=tuple(event for event in changes if event.figures),
    )


def list_responses(run: RunSpec) -> tuple[ResponseSpan, ...]:
    """Return the demand-response events of a run: that of its scenario, and those that the user began."""
    events = ((change.step, change.settings.get("event")) for change in run.changes)
    begun = (_make_response(run, step, event) for step, event in events if event)
    return (*list_scenario_responses(run.scenario), *begun)


def _make_response(run: RunSpec, step: int, event: dict[str, float]) -> ResponseSpan:
    n_steps = math.ceil(event["minutes"] / run.scenario.timestep_min)
    return ResponseSpan(step, range(step, step + n_steps), event["reduction"])


def _list_settings(change: Change) -> dict[str, object]:
    # A demand-response event is one of its own.
    return {name: value for name, value in change.settings.items() if name != "event"}
