"""Processes that do parts of a long work side by side, tell how far they are, and stop when they are told to."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from functools import partial
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import BaseContext
from threading import Lock, Thread
from types import TracebackType
from typing import Any, Protocol, TypeVar

from ev2gym_dashboard.service.simulation.progress import Asked, Progress, never, silent

Task = TypeVar("Task")
Answer = TypeVar("Answer")
LOOK_EVERY_S = 0.1
LOADED = ("ev2gym_dashboard.service.comparison.runner", "ev2gym_dashboard.core.engine.step_numba")
"""What the processes need; the second one cannot be loaded where Numba is not installed, and is not needed there."""


class Cancelled(Exception):
    """The work was given up on request."""


class Watch(Protocol):
    """Counts what is done; raises `Cancelled` where the work is to stop."""

    def __call__(self, done: int, /) -> None: ...


def do_here(
    work: Callable[[Task, Watch], Answer],
    tasks: Iterable[Task],
    *,
    total: int,
    progress: Progress = silent,
    cancelled: Asked = never,
) -> list[Answer]:
    """Do the tasks one after the other in this process.

    Parameters
    ----------
    work : ``(task, watch) -> answer``
    tasks : what is to be done
    total : what all tasks together report to ``watch``
    progress, cancelled : told how far it is, asked whether to stop

    Raises
    ------
    Cancelled
        Where ``cancelled`` said so.
    """
    so_far = 0

    def watch(done: int) -> None:
        nonlocal so_far
        so_far += done
        progress(so_far / total)
        if cancelled():
            raise Cancelled

    return [work(task, watch) for task in tasks]


class Workers:
    """A number of processes, started when they are first needed and kept for what comes next.

    A script that uses them must start under ``if __name__ == "__main__"``, as with any process pool of Python's.
    """

    def __init__(self, number: int) -> None:
        context = _context()
        self._one_work = Lock()
        self._done, self._stop = context.Value("q", 0), context.Event()
        self._pool = ProcessPoolExecutor(number, context, initializer=_hand_over, initargs=(self._done, self._stop))

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the processes."""
        self._pool.shutdown(cancel_futures=True)

    def do(
        self,
        work: Callable[[Task, Watch], Answer],
        tasks: Iterable[Task],
        *,
        total: int,
        progress: Progress = silent,
        cancelled: Asked = never,
    ) -> list[Answer]:
        """Do the tasks as `do_here`, side by side, answers in the order of the tasks; another work waits its turn."""
        with self._one_work:
            self._done.value = 0
            self._stop.clear()
            answers = [self._pool.submit(partial(_watched, work), task) for task in tasks]
            try:
                self._look_after(answers, lambda: progress(self._done.value / total), cancelled)
            finally:
                self._stop.set()
                wait(answers)
            return [answer.result() for answer in answers]

    def _look_after(self, answers: list[Future[Answer]], tell: Callable[[], None], cancelled: Asked) -> None:
        left = set(answers)
        while left:
            done, left = wait(left, timeout=LOOK_EVERY_S)
            for answer in done:
                answer.result()
            tell()
            if cancelled():
                raise Cancelled


def _context() -> BaseContext:
    """Return processes that are forked off a small one, which has loaded what they need and has no threads."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(LOADED))
    # Started first, since it would let interrupts through again.
    resource_tracker.ensure_running()
    with _without_interrupts():
        forkserver.ensure_running()
    return context


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Keep interrupts from what is started within: they reach the whole group, and the one that started it decides."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_handed_over: dict[str, Any] = {}


def _hand_over(done: Any, stop: Any) -> None:
    _handed_over.update(done=done, stop=stop)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process when the one that it works for has ended, however that came."""
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(1)


def _watched(work: Callable[[Task, Watch], Answer], task: Task) -> Answer:
    return work(task, _count)


def _count(steps: int) -> None:
    if _handed_over["stop"].is_set():
        raise Cancelled
    with _handed_over["done"].get_lock():
        _handed_over["done"].value += steps
