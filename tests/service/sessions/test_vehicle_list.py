"""Vehicle list: filters, order and pages over the arrays of the fleet."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ev2gym_dashboard import Scenario, Simulation
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.service.sessions.vehicle_list import VehicleRow, make_vehicle_list, select_smallest
from ev2gym_dashboard.service.sessions.vehicle_query import MAX_PAGE_ROWS, SORT_COLUMNS, VehicleQuery

MODES = ("away", "waiting", "idle", "g2v", "v2g")


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    """Return a fleet in the evening, with too few EVSEs."""
    simulation = Simulation(Scenario(fleet_size=230, evse_per_vehicle=0.3))
    simulation.advance(12)
    return simulation


def list_all(simulation: Simulation, query: VehicleQuery) -> list[VehicleRow]:
    first = make_vehicle_list(simulation, query)
    pages = [make_vehicle_list(simulation, replace(query, page=page)) for page in range(first.n_pages)]
    assert {page.n_found for page in pages} == {first.n_found}
    assert all(len(page.rows) <= MAX_PAGE_ROWS for page in pages)
    return [row for page in pages for row in page.rows]


@pytest.mark.parametrize("sort", SORT_COLUMNS)
@pytest.mark.parametrize("descending", [False, True])
def test_the_pages_hold_each_vehicle_once_in_the_order_of_the_column(
    simulation: Simulation, sort: str, *, descending: bool
) -> None:
    rows = list_all(simulation, VehicleQuery(sort=sort, descending=descending))
    assert sorted(row.number for row in rows) == list(range(230))
    # Those without a value come last, in either direction; equal ones are in the order of their numbers.
    values = [(read_value(row, sort), row.number) for row in rows]
    present = [(value, number) for value, number in values if value is not None]
    assert [number for value, number in values[len(present) :]] == sorted(n for value, n in values if value is None)
    sign = -1.0 if descending else 1.0
    if sort != "model":
        assert present == sorted(present, key=lambda pair: (sign * pair[0], pair[1]))
    else:
        names = [row.model for row in rows]
        assert names == sorted(names, reverse=descending)


def read_value(row: VehicleRow, sort: str) -> float | None:
    if sort in ("vehicle", "model"):
        return float(row.number if sort == "vehicle" else 0)
    if sort == "mode":
        return float(MODES.index(row.mode))
    if sort == "reason":
        return float(row.reason)
    if sort == "departure":
        return None if row.departure is None else row.departure.timestamp()
    if sort == "power_kw":
        return None if row.evse is None else row.power_kw
    value = getattr(row, sort)
    return None if value is None else float(value)


def test_every_mode_and_reason_is_a_filter_and_together_they_are_the_fleet(simulation: Simulation) -> None:
    whole = list_all(simulation, VehicleQuery())
    assert {row.mode for row in whole} >= {"away", "waiting", "g2v"}
    for mode in MODES:
        assert list_all(simulation, VehicleQuery(mode=mode)) == [row for row in whole if row.mode == mode]
    for reason in Reason:
        found = list_all(simulation, VehicleQuery(reason=reason.key))
        assert found == [row for row in whole if row.reason == reason]
    model = whole[0].model
    both = list_all(simulation, VehicleQuery(model=model, mode="away"))
    assert both == [row for row in whole if row.model == model and row.mode == "away"]


@pytest.mark.parametrize("search", ["1", "22", "0", "tesla", "TESLA 1", "model 3", "007", "²", "no such vehicle", "  "])
def test_a_search_finds_numbers_that_begin_so_and_parts_of_names(simulation: Simulation, search: str) -> None:
    def fits(row: VehicleRow, word: str) -> bool:
        return word in row.model.casefold() or str(row.number).startswith(word)

    words = search.casefold().split()
    expected = [row for row in list_all(simulation, VehicleQuery()) if all(fits(row, word) for word in words)]
    assert list_all(simulation, VehicleQuery(search=search)) == expected


def test_an_unknown_model_finds_none_and_a_late_page_is_the_last(simulation: Simulation) -> None:
    none = make_vehicle_list(simulation, VehicleQuery(model="no such model", page=3))
    assert (none.n_found, none.page, none.rows) == (0, 0, ())
    assert make_vehicle_list(simulation, VehicleQuery(page=999)).page == 4


def test_held_rows_stay_in_their_order(simulation: Simulation) -> None:
    held = make_vehicle_list(simulation, VehicleQuery(sort="soc", held=(7, 3, 229, 230)))
    assert [row.number for row in held.rows] == [7, 3, 229]
    assert held.n_found == 230


@given(st.lists(st.sampled_from([0.0, 1.0, 2.5, -3.0, np.inf]), max_size=40), st.integers(0, 40), st.integers(0, 12))
def test_the_smallest_are_those_of_a_stable_sort(values: list[float], first: int, n: int) -> None:
    keys = np.array(values)
    end = min(first + n, len(values))
    if first < end:
        expected = np.argsort(keys, kind="stable")[first:end]
        assert select_smallest(keys, first, end).tolist() == expected.tolist()


def test_the_rows_are_the_trace_of_the_step() -> None:
    simulation = Simulation(Scenario(fleet_size=60, evse_per_vehicle=0.3), trace=True)
    simulation.advance(30)
    vehicles = simulation.result().vehicles
    assert vehicles is not None
    last = vehicles.groupby("vehicle").last()
    for row in list_all(simulation, VehicleQuery()):
        expected = last.loc[row.number]
        assert (row.soc, row.mode, row.reason.key) == (expected["soc"], expected["mode"], expected["reason"])
        assert row.power_kw == pytest.approx(expected["power_kw"], rel=1e-6)
