"""Worker pool: processes that share the tasks of one computation, report its progress and can be cancelled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ProcessPoolExecutor, wait
from functools import partial
from threading import Lock
from types import TracebackType
from typing import Any, Protocol, TypeVar

from ev2gym_dashboard.core.schema import Quantity
from ev2gym_dashboard.service.execution.process_context import make_preloaded_context, watch_parent
from ev2gym_dashboard.service.simulation.progress import Progress, StopCheck, ignore_progress, never_stop
from ev2gym_dashboard.strategies.door.plugins import with_strategy_files

TaskT = TypeVar("TaskT")
OutputT = TypeVar("OutputT")
POLL_INTERVAL_S = 0.1
WORKER_COUNT = Quantity(1, "", 1, 256, "Worker processes")


class Cancelled(Exception):
    """The computation was cancelled."""


class StepReporter(Protocol):
    """Counts finished steps; raises `Cancelled` if the computation was cancelled."""

    def __call__(self, steps: int, /) -> None: ...


def run_serially(
    function: Callable[[TaskT, StepReporter], OutputT],
    tasks: Iterable[TaskT],
    *,
    total: int,
    progress: Progress = ignore_progress,
    cancelled: StopCheck = never_stop,
) -> list[OutputT]:
    """Run the tasks one after the other in this process.

    Parameters
    ----------
    function : ``(task, report_steps) -> output``
    tasks : arguments of the calls
    total : number of steps that all tasks report together
    progress : called with the share that is done, 0 to 1
    cancelled : called after each report; the tasks stop once it returns True

    Raises
    ------
    Cancelled
        If ``cancelled`` returned True.
    """
    n_done = 0

    def report_steps(steps: int) -> None:
        nonlocal n_done
        n_done += steps
        progress(n_done / total)
        if cancelled():
            raise Cancelled

    return [function(task, report_steps) for task in tasks]


class WorkerPool:
    """A number of processes, started at the first task and kept for the next computation.

    A script that uses it must guard its start by ``if __name__ == "__main__"``, as with any process pool of Python.
    """

    def __init__(self, number: int) -> None:
        self.size = number
        context = make_preloaded_context()
        self._lock = Lock()
        self._done, self._stop = context.Value("q", 0), context.Event()
        self._executor = ProcessPoolExecutor(
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
        self._executor.shutdown(cancel_futures=True)

    def run(
        self,
        function: Callable[[TaskT, StepReporter], OutputT],
        tasks: Iterable[TaskT],
        *,
        total: int,
        progress: Progress = ignore_progress,
        cancelled: StopCheck = never_stop,
    ) -> list[OutputT]:
        """Run the tasks in parallel; return the outputs in the order of the tasks."""
        # The counter and the stop event belong to one computation at a time: a second call waits for the first.
        with self._lock:
            self._done.value = 0
            self._stop.clear()
            run_task = with_strategy_files(partial(_run_reported, function))
            futures = [self._executor.submit(run_task, task) for task in tasks]
            try:
                self._poll_futures(futures, lambda: progress(self._done.value / total), cancelled)
            finally:
                # After an error or a cancellation, tasks stop at their next report; none may run into the next call.
                self._stop.set()
                wait(futures)
            return [future.result() for future in futures]

    def _poll_futures(
        self, futures: list[Future[OutputT]], report_progress: Callable[[], None], cancelled: StopCheck
    ) -> None:
        pending = set(futures)
        while pending:
            # The timeout bounds how long progress is stale and a cancellation is unnoticed.
            done, pending = wait(pending, timeout=POLL_INTERVAL_S)
            for future in done:
                # Raises the error of a task at once, not after the other tasks.
                future.result()
            report_progress()
            if cancelled():
                raise Cancelled


# Synchronisation primitives can be inherited by a process, but not be sent with a task.
_shared_state: dict[str, Any] = {}


def _initialize_worker(done: Any, stop: Any) -> None:
    _shared_state.update(done=done, stop=stop)
    watch_parent()


def _run_reported(function: Callable[[TaskT, StepReporter], OutputT], task: TaskT) -> OutputT:
    return function(task, _report_steps)


def _report_steps(steps: int) -> None:
    if _shared_state["stop"].is_set():
        raise Cancelled
    with _shared_state["done"].get_lock():
        _shared_state["done"].value += steps
