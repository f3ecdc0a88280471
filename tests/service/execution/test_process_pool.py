"""Process pool: every task runs once, also when tasks fail or processes are lost."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from itertools import count, islice

import pytest

from ev2gym_dashboard.service.execution.pool_interface import KeyedTask, Pool, TaskFailure, map_serially
from ev2gym_dashboard.service.execution.process_pool import KILLED_MESSAGE, make_process_pool
from tests.service.execution.work import POISON, half, halve_slowly


@pytest.mark.parametrize("pool", [map_serially, make_process_pool(2)])
def test_every_task_runs_once_and_an_error_belongs_to_its_task(pool: Pool) -> None:
    outcomes = list(pool(half, [("a", 2), ("b", 3), ("c", 4)]))
    assert sorted(outcomes, key=lambda pair: str(pair[0])) == [
        ("a", 1),
        ("b", TaskFailure("ValueError: 3 is odd")),
        ("c", 2),
    ]


def test_tasks_are_taken_as_needed() -> None:
    taken: list[int] = []

    def list_tasks() -> Iterator[KeyedTask]:
        for n in count():
            taken.append(n)
            yield n, 2

    outcomes = make_process_pool(1)(half, list_tasks())
    assert len(list(islice(outcomes, 5))) == 5
    outcomes.close()  # type: ignore[attr-defined]
    assert len(taken) < 12


def test_a_task_that_ends_its_process_fails_and_the_others_do_not() -> None:
    outcomes = dict(make_process_pool(2)(half, [(n, POISON if n == 3 else 2 * n) for n in range(8)]))
    assert outcomes == {n: TaskFailure(KILLED_MESSAGE) if n == 3 else n for n in range(8)}


def test_a_process_killed_from_outside_loses_no_task() -> None:
    outcomes = make_process_pool(2)(halve_slowly, [(n, 2 * n) for n in range(8)])
    first = next(outcomes)
    _kill(multiprocessing.active_children()[0])
    assert dict([first, *outcomes]) == {n: n for n in range(8)}


def test_processes_leave_an_interrupt_to_the_one_that_waits() -> None:
    outcomes = make_process_pool(2)(halve_slowly, [(n, 2 * n) for n in range(8)])
    first = next(outcomes)
    processes = multiprocessing.active_children()
    for process in processes:
        _kill(process, signal.SIGINT)
    others = list(islice(outcomes, 5))
    assert all(process.is_alive() for process in processes)
    assert dict([first, *others, *outcomes]) == {n: n for n in range(8)}


def _kill(process: multiprocessing.process.BaseProcess, number: signal.Signals = signal.SIGKILL) -> None:
    assert process.pid
    os.kill(process.pid, number)
