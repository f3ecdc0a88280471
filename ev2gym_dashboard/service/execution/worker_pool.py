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

from ev2gym_dashboard.service.simulation.progress import Progress, StopCheck, ignore_progress, never_stop

TaskT = TypeVar("TaskT")
OutputT = TypeVar("OutputT")
POLL_INTERVAL_S = 0.1
PRELOADED_MODULES = ("ev2gym_dashboard.service.comparison.runner", "ev2gym_dashboard.core.engine.step_numba")
"""What the processes need; the second one cannot be loaded where Numba is not installed, and is not needed there."""


class Cancelled(Exception):
    """The work was given up on request."""


class StepReporter(Protocol):
    """Counts what is done; raises `Cancelled` where the work is to stop."""

    def __call__(self, done: int, /) -> None: ...


def run_serially(
    work: Callable[[TaskT, StepReporter], OutputT],
    tasks: Iterable[TaskT],
    *,
    total: int,
    progress: Progress = ignore_progress,
    cancelled: StopCheck = never_stop,
) -> list[OutputT]:
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


class WorkerPool:
    """A number of processes, started when they are first needed and kept for what comes next.

    A script that uses them must start under ``if __name__ == "__main__"``, as with any process pool of Python's.
    """

    def __init__(self, number: int) -> None:
        context = _make_context()
        self._lock = Lock()
        self._done, self._stop = context.Value("q", 0), context.Event()
        self._pool = ProcessPoolExecutor(
            number, context, initializer=_initialize_worker, initargs=(self._done, self._stop)
        )

    def __enter__(self) -> WorkerPool:
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
        work: Callable[[TaskT, StepReporter], OutputT],
        tasks: Iterable[TaskT],
        *,
        total: int,
        progress: Progress = ignore_progress,
        cancelled: StopCheck = never_stop,
    ) -> list[OutputT]:
        """Run the tasks in parallel, results in the order of the tasks; a second call waits for the first."""
        with self._lock:
            self._done.value = 0
            self._stop.clear()
            answers = [self._pool.submit(partial(_run_reported, work), task) for task in tasks]
            try:
                self._poll_futures(answers, lambda: progress(self._done.value / total), cancelled)
            finally:
                self._stop.set()
                wait(answers)
            return [answer.result() for answer in answers]

    def _poll_futures(self, answers: list[Future[OutputT]], tell: Callable[[], None], cancelled: StopCheck) -> None:
        left = set(answers)
        while left:
            done, left = wait(left, timeout=POLL_INTERVAL_S)
            for answer in done:
                answer.result()
            tell()
            if cancelled():
                raise Cancelled


def _make_context() -> BaseContext:
    """Return processes that are forked off a small one, which has loaded what they need and has no threads."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED_MODULES))
    # Started first, since it would let interrupts through again.
    resource_tracker.ensure_running()
    with _block_interrupts():
        forkserver.ensure_running()
    return context


@contextmanager
def _block_interrupts() -> Iterator[None]:
    """Keep interrupts from what is started within: they reach the whole group, and the one that started it decides."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_shared_state: dict[str, Any] = {}


def _initialize_worker(done: Any, stop: Any) -> None:
    _shared_state.update(done=done, stop=stop)
    Thread(target=_exit_with_parent, daemon=True).start()


def _exit_with_parent() -> None:
    """End this process when the one that it works for has ended, however that came."""
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(1)


def _run_reported(work: Callable[[TaskT, StepReporter], OutputT], task: TaskT) -> OutputT:
    return work(task, _report_steps)


def _report_steps(steps: int) -> None:
    if _shared_state["stop"].is_set():
        raise Cancelled
    with _shared_state["done"].get_lock():
        _shared_state["done"].value += steps
