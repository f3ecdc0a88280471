"""Kept runs: compiled code reads the arrays and numbers that Python has put into the table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numba import njit

from ev2gym_dashboard.compiled.kept import KeptRuns, load_inputs


def make_inputs(scale: int) -> tuple[Any, ...]:
    table = np.arange(6.0).reshape(2, 3) * scale
    records = np.array([(0.5 * scale, scale)], [("power_kw", "f8"), ("step", "i8")])
    return table, (scale, scale > 1, -0.25 * scale), (np.arange(scale, dtype=np.uint16), records)


@njit
def read(runs: Any, number: int) -> Any:
    table, (count, is_large, share), (codes, records) = load_inputs(runs, number)
    return table[1, 2], table.shape, count, is_large, share, codes.sum(), records[0].power_kw, records[0].step


@njit
def write(runs: Any, number: int) -> None:
    table, _, _ = load_inputs(runs, number)
    table[0, 1] = 7.0


def test_compiled_code_reads_each_run() -> None:
    runs = KeptRuns([make_inputs(1), make_inputs(4)])
    assert read(runs, 0) == (5.0, (2, 3), 1, False, -0.25, 0, 0.5, 1)
    assert read(runs, 1) == (20.0, (2, 3), 4, True, -1.0, 6, 2.0, 4)


def test_compiled_code_writes_into_the_arrays_themselves() -> None:
    inputs = make_inputs(2)
    write(KeptRuns([inputs]), 0)
    assert inputs[0][0, 1] == 7.0


def test_a_part_is_replaced_alone() -> None:
    runs = KeptRuns([make_inputs(1), make_inputs(4)])
    runs.keep(1, 1, (9, False, 2.5))
    assert read(runs, 1)[2:5] == (9, False, 2.5)
    assert read(runs, 0)[2:5] == (1, False, -0.25)


def test_an_array_that_may_not_be_written_is_copied() -> None:
    table, numbers, last = make_inputs(3)
    table.flags.writeable = False
    runs = KeptRuns([(table, numbers, last)])
    write(runs, 0)
    assert table[0, 1] == 3.0
    assert read(runs, 0)[0] == 15.0


def test_parts_of_other_runs_are_not_laid_out_again() -> None:
    first, second = make_inputs(1), make_inputs(4)
    before = KeptRuns([first])
    runs = KeptRuns([second, first], [before])
    assert all(new is old for new, old in zip(runs.parts[1], before.parts[0], strict=True))
    assert read(runs, 0) == read(KeptRuns([second]), 0)
    assert read(runs, 1) == read(before, 0)


def test_a_part_of_another_type_is_refused_among_known_ones_too() -> None:
    other = KeptRuns([(np.zeros(3), (1, True, 0.5))])
    with pytest.raises(TypeError, match="part 0"):
        KeptRuns([make_inputs(1)[:2], (other.parts[0][0].values, (1, True, 0.5))], [other])


@pytest.mark.parametrize("table", [np.zeros((2, 3), np.float32), np.zeros(3)])
def test_another_type_is_refused(table: np.ndarray) -> None:
    runs = KeptRuns([make_inputs(1)])
    with pytest.raises(TypeError, match="part 0"):
        runs.keep(0, 0, table)
