from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ev2gym_dashboard.core.engine.recorder import DERIVED
from ev2gym_dashboard.core.engine.step_series import StepSeries
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.simulation.simulation import Simulation

NAMES, COUNTS = ("a_kw", "n_a", "b_kw", "n_b"), {"n_a", "n_b"}


def make_rows(first: int, n_rows: int) -> np.ndarray:
    number = np.arange(first, first + n_rows)
    return np.stack([number / 7.0, number, -number / 3.0, 2 * number], axis=1)


def assert_holds(series: StepSeries, rows: np.ndarray) -> None:
    for name, column in zip(NAMES, rows.T, strict=True):
        assert series[name].tolist() == column.tolist(), name


@given(st.lists(st.one_of(st.integers(0, 5), st.integers(30, 200)), max_size=12), st.data())
def test_series_hold_what_was_appended_however_it_came(lengths: list[int], data: st.DataObject) -> None:
    series, n_steps = StepSeries.make_empty(NAMES, COUNTS), 0
    for length in lengths:
        if data.draw(st.booleans()):
            series.reserve(data.draw(st.integers(0, 300)))
        series.extend(make_rows(n_steps, length))
        n_steps += length
    assert list(series) == list(NAMES)
    assert_holds(series, make_rows(0, n_steps))


@given(st.integers(0, 70), st.lists(st.tuples(st.integers(0, 2), st.integers(1, 50)), max_size=10))
def test_forks_and_the_series_they_come_from_do_not_see_each_other(n_shared: int, calls: list[tuple[int, int]]) -> None:
    series = StepSeries.make_empty(NAMES, COUNTS)
    series.extend(make_rows(0, n_shared))
    runs = [series, series.fork(), series.fork()]
    rows = [make_rows(0, n_shared)] * 3
    for number, (fork, length) in enumerate(calls):
        more = make_rows(1000 * number, length)
        runs[fork].extend(more)
        rows[fork] = np.concatenate([rows[fork], more])
    for run, expected in zip(runs, rows, strict=True):
        assert_holds(run, expected)


def test_a_column_cannot_be_written_and_keeps_its_length() -> None:
    series = StepSeries.make_empty(NAMES, COUNTS)
    series.extend(make_rows(0, 3))
    before = series["a_kw"]
    series.extend(make_rows(3, 100))
    assert before.tolist() == make_rows(0, 3)[:, 0].tolist()
    with pytest.raises(ValueError, match="read-only"):
        before[0] = 1.0


def test_counts_take_4_bytes_and_energies_8() -> None:
    series = StepSeries.make_empty(NAMES, COUNTS)
    series.reserve(1000)
    assert series.nbytes == 1000 * (2 * 4 + 2 * 8)
    assert {series[name].dtype for name in COUNTS} == {np.dtype(np.int32)}


def test_steps_that_are_appended_one_by_one_seldom_copy_those_before() -> None:
    series, capacities = StepSeries.make_empty(NAMES, COUNTS), set()
    for step in range(5000):
        series.extend(make_rows(step, 1))
        capacities.add(series.nbytes)
    assert len(capacities) <= 9


def test_a_derived_column_takes_no_memory_and_follows_those_it_comes_from() -> None:
    derived = {"n_b": lambda series: 2 * series["n_a"]}
    series = StepSeries.make_empty(NAMES, COUNTS, derived)
    series.extend(make_rows(0, 40))
    assert list(series) == list(NAMES)
    assert_holds(series, make_rows(0, 40))
    assert_holds(series.fork(), make_rows(0, 40))
    assert series.nbytes == 40 * (4 + 2 * 8)
    with pytest.raises(ValueError, match="read-only"):
        series["n_b"][0] = 1


def test_derived_columns_are_those_that_each_step_writes() -> None:
    sunny = Scenario(fleet_size=40, days=2, pv_kwp_per_vehicle=9.0, limit_kw_per_vehicle=1.0)
    simulation = Simulation(sunny)
    rows = []
    for _ in range(sunny.n_steps):
        simulation.advance()
        rows.append(simulation.get_totals().to_row())
    for name in DERIVED:
        column = [row[name] for row in rows]
        assert np.any(column), name
        assert simulation.series(name).tolist() == pytest.approx(column, rel=1e-12, abs=1e-9), name


def test_the_records_of_a_run_take_less_than_160_bytes_per_step() -> None:
    simulation = Simulation(Scenario(fleet_size=3, days=60, timestep_min=60))
    simulation.advance(10)
    simulation.advance(simulation.scenario.n_steps)
    assert simulation.engine.records.series.nbytes / simulation.step < 160.0


def test_a_fork_shares_the_records_until_its_next_step() -> None:
    simulation = Simulation(Scenario(fleet_size=3, days=2))
    simulation.advance(90)
    (fork,) = simulation.fork(1)
    assert np.shares_memory(fork.series("net_load_kw"), simulation.series("net_load_kw"))
    fork.advance(1)
    simulation.advance(1)
    assert not np.shares_memory(fork.series("net_load_kw"), simulation.series("net_load_kw"))
    assert fork.series("net_load_kw").tolist() == simulation.series("net_load_kw").tolist()
