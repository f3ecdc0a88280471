"""Pools of processes: what is asked is done once, whatever fails on the way."""

from __future__ import annotations

import multiprocessing
import os
import signal
from itertools import count, islice

import pytest

from ev2gym_dashboard.service.execution.pool import Pool, TaskFailure, map_serially
from ev2gym_dashboard.service.execution.process_pool import KILLED_MESSAGE, make_process_pool
from tests.service.execution.work import POISON, half, halve_slowly


@pytest.mark.parametrize("pool", [map_serially, make_process_pool(2)])
def test_every_task_is_done_once_and_an_error_is_that_of_its_task(pool: Pool) -> None:
    made = list(pool(half, [("a", 2), ("b", 3), ("c", 4)]))
    assert sorted(made, key=lambda pair: str(pair[0])) == [
        ("a", 1),
        ("b", TaskFailure("ValueError: 3 is odd")),
        ("c", 2),
    ]


def test_tasks_are_taken_as_they_are_needed() -> None:
    taken: list[int] = []
    tasks = ((taken.append(n) or n, 2) for n in count())  # type: ignore[func-returns-value]
    made = make_process_pool(1)(half, tasks)
    assert len(list(islice(made, 5))) == 5
    made.close()  # type: ignore[attr-defined]
    assert len(taken) < 12


def test_work_that_ends_its_process_fails_and_what_ran_beside_it_does_not() -> None:
    made = dict(make_process_pool(2)(half, [(n, POISON if n == 3 else 2 * n) for n in range(8)]))
    assert made == {n: TaskFailure(KILLED_MESSAGE) if n == 3 else n for n in range(8)}


def test_a_process_that_is_killed_from_outside_costs_no_task() -> None:
    made = make_process_pool(2)(halve_slowly, [(n, 2 * n) for n in range(8)])
    first = next(made)
    _kill(multiprocessing.active_children()[0])
    assert dict([first, *made]) == {n: n for n in range(8)}


def _kill(process: multiprocessing.process.BaseProcess) -> None:
    assert process.pid
    os.kill(process.pid, signal.SIGKILL)
