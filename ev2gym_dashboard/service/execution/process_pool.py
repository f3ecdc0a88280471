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

KILLED = "its process ended twice before it was done; was there too little memory?"

Given = TypeVar("Given")
Made = TypeVar("Made")
Task = tuple[Hashable, Any]
"""What tells a piece of work from the others, and what is given to it."""


@dataclass(frozen=True)
class Failed:
    """What is made where work fails."""

    error: str


Pool = Callable[[Callable[[Any], Any], Iterable[Task]], Iterator[tuple[Any, Any]]]
"""Does a work on each task, gives what it made, or `Failed`, as they are done, with the key of the task."""


def attempt(work: Callable[[Given], Made], given: Given) -> Made | Failed:
    """Do a work; an error of it is what it made."""
    try:
        return work(given)
    except Exception as error:  # noqa: BLE001 (whatever goes wrong in a run is told of that run)
        return Failed(f"{type(error).__name__}: {error}")


def in_this_process(work: Callable[[Any], Any], tasks: Iterable[Task]) -> Iterator[tuple[Any, Any]]:
    """Do one task after the other, here."""
    return ((key, attempt(work, given)) for key, given in tasks)


def in_processes(workers: int) -> Pool:
    """Return a pool of so many processes of this machine."""
    return partial(_in_processes, workers=workers)


def _in_processes(
    work: Callable[[Any], Any], tasks: Iterable[Task], *, workers: int
) -> Iterator[tuple[Hashable, object]]:
    """Do the tasks; what was in flight when a process was lost is tried again alone, which tells who ended it."""
    todo = iter(tasks)
    while True:
        lost: list[Task] = []
        yield from _until_lost(work, todo, lost, workers=workers)
        if not lost:
            return
        for task in lost:
            again: list[Task] = []
            yield from _until_lost(work, iter([task]), again, workers=1)
            yield from ((key, Failed(KILLED)) for key, _ in again)


def _until_lost(
    work: Callable[[Any], Any], todo: Iterator[Task], lost: list[Task], *, workers: int
) -> Iterator[tuple[Hashable, object]]:
    """Do tasks until none is left or a process is lost; adds to ``lost`` what was in flight then."""
    flying: dict[Future[object], Task] = {}
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_begin_worker)

    def start(n: int) -> None:
        for task in islice(todo, n):
            try:
                flying[pool.submit(attempt, work, task[1])] = task
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


def _begin_worker() -> None:
    """Let a process end quietly when the user interrupts, and when the process that started it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
