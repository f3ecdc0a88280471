"""Pool of processes of this machine: tasks survive the loss of processes, and the task that kills them fails."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from itertools import islice
from multiprocessing.synchronize import Event
from threading import Thread
from typing import Any

from ev2gym_dashboard.service.execution.pool_interface import KeyedTask, Pool, TaskFailure, try_task
from ev2gym_dashboard.service.execution.process_context import make_preloaded_context, watch_parent
from ev2gym_dashboard.strategies.door.plugins import with_strategy_files

TASKS_PER_WORKER = 2
"""One that runs, and one that is queued, so that no process waits for the next."""

KILLED_MESSAGE = "its process ended twice before it was done; was there too little memory?"


def make_process_pool(workers: int) -> Pool:
    """Return a pool of ``workers`` processes of this machine."""
    return partial(_map_in_processes, workers=workers)


def _map_in_processes(
    function: Callable[[Any], Any], tasks: Iterable[KeyedTask], *, workers: int
) -> Iterator[tuple[Hashable, object]]:
    remaining = iter(tasks)
    while True:
        lost: list[KeyedTask] = []
        yield from _map_until_broken(function, remaining, lost, workers=workers)
        if not lost:
            return
        # A lost process breaks the whole executor and does not name its task: each task that was in flight is retried
        # alone, so that the one that ends its process again is known.
        for task in lost:
            lost_again: list[KeyedTask] = []
            yield from _map_until_broken(function, iter([task]), lost_again, workers=1)
            yield from ((key, TaskFailure(KILLED_MESSAGE)) for key, _ in lost_again)


def _map_until_broken(
    function: Callable[[Any], Any], remaining: Iterator[KeyedTask], lost: list[KeyedTask], *, workers: int
) -> Iterator[tuple[Hashable, object]]:
    """Run tasks until none remains or a process is lost; then add the tasks that were in flight to ``lost``."""
    in_flight: dict[Future[object], KeyedTask] = {}
    function = with_strategy_files(function)
    context = make_preloaded_context()
    stop = context.Event()
    executor = ProcessPoolExecutor(workers, context, initializer=_initialize_process, initargs=(stop,))

    def submit(n: int) -> None:
        for task in islice(remaining, n):
            try:
                in_flight[executor.submit(try_task, function, task[1])] = task
            except BrokenProcessPool:
                # The task has left the iterator, but no process has seen it.
                lost.append(task)

    try:
        # Tasks are taken as needed, because a sweep may list a hundred thousand.
        submit(workers * TASKS_PER_WORKER)
        while in_flight:
            for future in wait(in_flight, return_when=FIRST_COMPLETED).done:
                key, _ = task = in_flight.pop(future)
                if isinstance(future.exception(), BrokenProcessPool):
                    lost.append(task)
                else:
                    yield key, future.result()
                    submit(0 if lost else 1)
    except BaseException:
        # Nobody waits for the runs in flight, which may take minutes.
        stop.set()
        raise
    finally:
        executor.shutdown(cancel_futures=True)


def _initialize_process(stop: Event) -> None:
    # Ctrl-C reaches the children too; by default each would print a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    watch_parent()
    Thread(target=_exit_when_set, args=(stop,), daemon=True).start()


def _exit_when_set(stop: Event) -> None:
    stop.wait()
    # os._exit, because sys.exit in a thread ends only that thread.
    os._exit(1)
