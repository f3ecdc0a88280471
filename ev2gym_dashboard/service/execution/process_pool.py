"""Where independent work is done: in processes of this machine, however many of them are lost on the way."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from itertools import islice
from multiprocessing import get_context, parent_process
from typing import Any, TypeVar

TASKS_PER_WORKER = 2
"""One that runs and one that waits for it."""

KILLED_MESSAGE = "its process ended twice before it was done; was there too little memory?"

ArgumentT = TypeVar("ArgumentT")
OutputT = TypeVar("OutputT")
KeyedTask = tuple[Hashable, Any]
"""What tells a piece of work from the others, and what is given to it."""


@dataclass(frozen=True)
class TaskFailure:
    """What is made where work fails."""

    error: str


Pool = Callable[[Callable[[Any], Any], Iterable[KeyedTask]], Iterator[tuple[Any, Any]]]
"""Does a work on each task, gives what it made, or `TaskFailure`, as they are done, with the key of the task."""


def try_task(work: Callable[[ArgumentT], OutputT], given: ArgumentT) -> OutputT | TaskFailure:
    """Do a work; an error of it is what it made."""
    try:
        return work(given)
    except Exception as error:  # noqa: BLE001 (whatever goes wrong in a run is told of that run)
        return TaskFailure(f"{type(error).__name__}: {error}")


def map_serially(work: Callable[[Any], Any], tasks: Iterable[KeyedTask]) -> Iterator[tuple[Any, Any]]:
    """Do one task after the other, here."""
    return ((key, try_task(work, given)) for key, given in tasks)


def make_process_pool(workers: int) -> Pool:
    """Return a pool of so many processes of this machine."""
    return partial(_map_in_processes, workers=workers)


def _map_in_processes(
    work: Callable[[Any], Any], tasks: Iterable[KeyedTask], *, workers: int
) -> Iterator[tuple[Hashable, object]]:
    """Do the tasks; what was in flight when a process was lost is tried again alone, which tells who ended it."""
    todo = iter(tasks)
    while True:
        lost: list[KeyedTask] = []
        yield from _map_until_broken(work, todo, lost, workers=workers)
        if not lost:
            return
        for task in lost:
            again: list[KeyedTask] = []
            yield from _map_until_broken(work, iter([task]), again, workers=1)
            yield from ((key, TaskFailure(KILLED_MESSAGE)) for key, _ in again)


def _map_until_broken(
    work: Callable[[Any], Any], todo: Iterator[KeyedTask], lost: list[KeyedTask], *, workers: int
) -> Iterator[tuple[Hashable, object]]:
    """Do tasks until none is left or a process is lost; adds to ``lost`` what was in flight then."""
    flying: dict[Future[object], KeyedTask] = {}
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_initialize_process)

    def start(n: int) -> None:
        for task in islice(todo, n):
            try:
                flying[pool.submit(try_task, work, task[1])] = task
            except BrokenProcessPool:
                lost.append(task)

    try:
        start(workers * TASKS_PER_WORKER)
        while flying:
            for future in wait(flying, return_when=FIRST_COMPLETED).done:
                key, _ = task = flying.pop(future)
                if isinstance(future.exception(), BrokenProcessPool):
                    lost.append(task)
                else:
                    yield key, future.result()
                    start(0 if lost else 1)
    finally:
        pool.shutdown(cancel_futures=True)


def _initialize_process() -> None:
    """Let a process end quietly when the user interrupts, and when the process that started it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_exit_with_parent, daemon=True).start()


def _exit_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
