"""Tests of the event log: its events follow from the series alone, and what is listed stays listed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ev2gym_dashboard import Simulation, simulate
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.site.exogenous import POSTES
from ev2gym_dashboard.service.simulation.event_log import (
    EVENT_FIGURES,
    EVENT_KINDS,
    EVENT_SERIES,
    ResponseSpan,
    RunEvent,
    find_spans,
    list_events,
)

HOURLY = Scenario(timestep_min=60)
QUARTERLY = Scenario(timestep_min=15)


def make_series(n_steps: int, **columns: list[float]) -> dict[str, Any]:
    """Return the series of a run in which nothing happens, but for the given columns."""
    still: dict[str, Any] = dict.fromkeys(EVENT_SERIES, 0.0) | {"limit_kw": 100.0, "price_mad_kwh": 1.0, "poste": 0}
    return {name: np.array(columns.get(name, [value] * n_steps)) for name, value in still.items()}


def list_kinds(events: list[RunEvent]) -> list[tuple[int, str]]:
    return [(event.step, event.kind) for event in events]


def test_nothing_is_listed_where_nothing_happens() -> None:
    assert list_events(HOURLY, make_series(5)) == []
    assert list_events(HOURLY, make_series(0)) == []


def test_v2g_begins_and_ends_with_its_figures() -> None:
    series = make_series(6, v2g_kw=[0, 20, 30, 0, 0, 0], n_discharging=[0, 2, 3, 0, 0, 0])
    begin, end = list_events(HOURLY, series)
    assert begin == RunEvent(1, "v2g_begins", {"n_vehicles": 2, "power_kw": 20.0})
    assert end == RunEvent(3, "v2g_ends", {"energy_kwh": 50.0, "power_kw": 30.0, "duration_h": 2.0})


def test_v2g_that_flickers_is_listed_once() -> None:
    # Gaps of 45 min at most, then one of an hour.
    v2g_kw = [4.0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 0, 4]
    events = list_events(QUARTERLY, make_series(len(v2g_kw), v2g_kw=v2g_kw, n_discharging=[1.0] * len(v2g_kw)))
    assert list_kinds(events) == [(0, "v2g_begins"), (7, "v2g_ends"), (11, "v2g_begins")]
    assert events[1].figures["energy_kwh"] == 3.0


def test_an_end_is_listed_when_an_hour_has_passed() -> None:
    v2g_kw = [4.0, 4.0, 0, 0, 0, 0]
    kinds = [list_kinds(list_events(QUARTERLY, make_series(n, v2g_kw=v2g_kw[:n]))) for n in (5, 6)]
    assert kinds == [[(0, "v2g_begins")], [(0, "v2g_begins"), (2, "v2g_ends")]]


def test_a_connection_at_its_limit_is_told_from_one_that_exceeds_it() -> None:
    reached, left = list_events(HOURLY, make_series(4, net_load_kw=[50, 100 - 1e-9, 104, 20]))
    assert (reached.step, reached.kind, reached.figures["limit_kw"]) == (1, "limit_reached", 100.0)
    assert (left.step, left.kind) == (3, "limit_left")
    assert left.figures == {"duration_h": 2.0, "overload_kw": 4.0}


def test_export_is_no_import_at_the_limit() -> None:
    assert list_events(HOURLY, make_series(3, net_load_kw=[-150, -100, 0], limit_kw=[100, 100, 0])) == []


def test_waiting_tells_the_most_vehicles_and_their_hours() -> None:
    begin, end = list_events(HOURLY, make_series(4, n_waiting=[0, 2, 5, 0]))
    assert begin.figures == {"n_vehicles": 2}
    assert end.figures == {"n_vehicles": 5, "duration_h": 2.0, "waited_h": 7.0}


def test_a_change_of_the_tariff_names_both_periods_and_prices() -> None:
    (event,) = list_events(HOURLY, make_series(3, poste=[3, 3, 0], price_mad_kwh=[1.2, 1.2, 2.4]))
    assert (event.step, event.kind) == (2, "tariff_changes")
    assert event.figures == {
        "poste": POSTES[0],
        "former_poste": POSTES[3],
        "price_mad_kwh": 2.4,
        "former_price_mad_kwh": 1.2,
    }


def test_a_price_that_changes_in_every_step_floods_nothing() -> None:
    prices = [1.0, 1.1, 1.2, 1.3, 1.4, 1.4, 1.4, 1.4, 1.5]
    events = list_events(QUARTERLY, make_series(len(prices), price_mad_kwh=prices))
    assert list_kinds(events) == [(4, "tariff_changes")]


def test_a_demand_response_event_of_the_scenario_is_announced_at_the_start() -> None:
    scenario = Scenario(start="2026-12-15T16:00", event_start="2026-12-15T18:00", event_minutes=60.0)
    kinds = [list_kinds(list_events(scenario, make_series(n))) for n in (7, 8, 12)]
    announced, begins, ends = (0, "response_announced"), (8, "response_begins"), (12, "response_ends")
    assert kinds == [[announced], [announced, begins], [announced, begins, ends]]


def test_a_later_demand_response_event_ends_the_one_before() -> None:
    responses = (ResponseSpan(1, range(1, 9), 0.3), ResponseSpan(3, range(3, 5), 0.5))
    events = list_events(HOURLY, make_series(9), responses=responses)
    ends = [event.figures["duration_h"] for event in events if event.kind == "response_ends"]
    assert list_kinds(events)[1:3] == [(3, "response_ends"), (3, "response_begins")]
    assert ends == [2.0, 2.0]


def test_a_demand_response_event_that_another_one_replaces_before_it_begins_never_begins() -> None:
    responses = (ResponseSpan(0, range(6, 8), 0.3), ResponseSpan(2, range(2, 3), 0.5))
    kinds = list_kinds(list_events(HOURLY, make_series(9), responses=responses))
    assert kinds == [(0, "response_announced"), (2, "response_begins"), (3, "response_ends")]


@given(st.lists(st.booleans(), max_size=30), st.integers(1, 5))
def test_spans_cover_every_step_and_are_apart(flags: list[bool], min_gap_steps: int) -> None:
    starts, ends = find_spans(np.array(flags, bool), min_gap_steps=min_gap_steps)
    covered = np.zeros(len(flags), bool)
    for start, end in zip(starts, [*ends, len(flags)][: len(starts)], strict=True):
        covered[start:end] = True
    assert not (np.array(flags, bool) & ~covered).any()
    assert len(starts) - len(ends) in (0, 1)
    assert all(starts[1:] - ends[: len(starts) - 1] >= min_gap_steps)


@settings(max_examples=50)
@given(st.lists(st.sampled_from([0.0, 40.0, 100.0, 120.0]), min_size=1, max_size=40), st.data())
def test_an_event_that_is_listed_stays_listed(values: list[float], data: st.DataObject) -> None:
    n_steps = data.draw(st.integers(0, len(values)))
    columns = {"v2g_kw": values, "net_load_kw": values, "n_waiting": values, "price_mad_kwh": values}
    whole = make_series(len(values), **columns)
    part = {name: column[:n_steps] for name, column in whole.items()}
    events = list_events(QUARTERLY, whole)
    assert all(event in events for event in list_events(QUARTERLY, part))


@pytest.fixture(scope="module")
def run() -> Simulation:
    simulation = Simulation(Scenario(fleet_size=100, start="2026-12-15T16:00", event_start="2026-12-15T19:00"))
    simulation.advance(192)
    return simulation


def test_the_events_of_a_run_are_in_order_and_declared(run: Simulation) -> None:
    events = list_events(run.scenario, run.engine.records.series)
    assert [event.step for event in events] == sorted(event.step for event in events)
    assert {"tariff_changes", "v2g_begins", "v2g_ends", "response_begins"} <= {event.kind for event in events}
    assert {event.kind for event in events} <= set(EVENT_KINDS)
    assert {name for event in events for name in event.figures} <= set(EVENT_FIGURES)


def test_the_table_of_a_result_has_the_events_of_its_run(run: Simulation) -> None:
    events, table = list_events(run.scenario, run.engine.records.series), run.result().events
    assert list(zip(table["step"], table["kind"], table["group"], strict=True)) == [
        (event.step, event.kind, event.group) for event in events
    ]
    assert list(table.index) == [run.scenario.get_step_time(event.step) for event in events]
    assert table["power_kw"].dropna().tolist() == [
        event.figures["power_kw"] for event in events if "power_kw" in event.figures
    ]


def test_a_run_without_events_has_an_empty_table_with_all_columns() -> None:
    table = simulate(Scenario(fleet_size=1, days=0.05, start="2026-12-15T01:00")).events
    assert list(table.columns) == ["step", "kind", "group", *EVENT_FIGURES]
    assert table.empty
