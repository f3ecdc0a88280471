"""Pool of the workers of a Dask cluster, through a ``dask.distributed`` scheduler that is already running."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from functools import partial
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from itertools import islice
from typing import Any

from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.execution.pool_interface import KeyedTask, Pool, describe_failure, try_task
from ev2gym_dashboard.service.simulation.backend import get_kernel_name
from ev2gym_dashboard.strategies.door.plugins import with_strategy_files

SCHEDULER_TIMEOUT_S = 10
MAX_TASKS_IN_FLIGHT = 512
LOGGERS = ("distributed", "distributed.client")


class SchedulerLost(RuntimeError):
    """The connection to the scheduler was lost."""


def connect_scheduler(address: str) -> Any:
    """Connect to a scheduler whose workers run the same software as this process.

    Raises
    ------
    ValidationError
        If ``distributed`` is not installed, the scheduler does not answer, it has no worker, or a worker has other
        software.
    """
    if find_spec("distributed") is None:
        raise ValidationError([Issue("--scheduler", 'needs dask.distributed: pip install "ev2gym-dashboard[cluster]"')])
    distributed: Any = import_module("distributed")
    try:
        client = distributed.Client(address, timeout=SCHEDULER_TIMEOUT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ValidationError([_make_silent_issue(error)]) from None
    issues = _check_workers(client)
    if issues:
        _close_client(client)
        raise ValidationError(issues)
    return client


@contextmanager
def open_cluster_pool(address: str) -> Iterator[Pool]:
    """Open the pool of the workers of a scheduler, and close the connection at the end."""
    client = connect_scheduler(address)
    # The client logs a lost scheduler with a traceback; the caller gets `SchedulerLost` instead.
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        yield make_cluster_pool(client)
    finally:
        _close_client(client)


def make_cluster_pool(client: Any) -> Pool:
    """Return the pool of the workers of a connected scheduler."""
    return partial(_map_on_cluster, client=client)


def describe_software() -> str:
    """Return the version and the kernel, on which the last bits of a result depend."""
    return f"{version('ev2gym-dashboard')} with {get_kernel_name()}"


def _map_on_cluster(
    function: Callable[[Any], Any], tasks: Iterable[KeyedTask], *, client: Any
) -> Iterator[tuple[Hashable, object]]:
    distributed: Any = import_module("distributed")
    function = with_strategy_files(function)
    remaining, keys, completed = iter(tasks), dict[str, Hashable](), distributed.as_completed(loop=client.loop)

    def submit(n: int) -> None:
        for key, argument in islice(remaining, n):
            with _detect_lost_scheduler(client):
                # pure=False: Dask would otherwise merge tasks of equal arguments into one.
                future = client.submit(try_task, function, argument, pure=False)
                keys[future.key] = key
                completed.add(future)

    # The scheduler retries the tasks of a lost worker itself; too many tasks at once would fill its memory.
    submit(MAX_TASKS_IN_FLIGHT)
    while keys:
        with _detect_lost_scheduler(client):
            future = next(completed)
            outcome = _read_outcome(future)
        yield keys.pop(future.key), outcome
        submit(1)


@contextmanager
def _detect_lost_scheduler(client: Any) -> Iterator[None]:
    """Raise `SchedulerLost` in place of each error by which Dask reports a lost connection."""
    try:
        yield
    except (OSError, CancelledError) as error:
        # CommClosedError and TimeoutError are OSErrors, which a caller would take for a fault of its files.
        raise SchedulerLost("the scheduler is gone") from error
    except Exception as error:
        # A closed client raises errors of several types, which differ between the versions of Dask.
        if client.status == "running":
            raise
        raise SchedulerLost("the scheduler is gone") from error


def _read_outcome(future: Any) -> object:
    """Return the output of a completed task; a cancelled one raises its error."""
    # try_task catches the errors of a run; those left are of Dask, such as a worker that was killed repeatedly.
    return describe_failure(future.exception()) if future.status == "error" else future.result()


def _close_client(client: Any) -> None:
    # The results are in, or their loss is already reported: a close that fails changes neither.
    with suppress(Exception):
        client.close()


def _check_workers(client: Any) -> list[Issue]:
    """Return an issue if the results of the workers could differ in bits from those of this process."""
    try:
        client.wait_for_workers(1, timeout=SCHEDULER_TIMEOUT_S)
    except TimeoutError:
        return [Issue("--scheduler", "has no worker; start one: dask worker ADDRESS")]
    try:
        # on_error: a worker without the package is reported too.
        versions = set(map(str, client.run(describe_software, on_error="return").values()))
    except OSError as error:
        return [_make_silent_issue(error)]
    others = sorted(versions - {describe_software()})
    values = (("ours", describe_software()), ("others", ", ".join(others)))
    template = "its workers must have ev2gym-dashboard {ours} as here, not {others}"
    return [Issue("--scheduler", template, values)] if others else []


def _make_silent_issue(error: Exception) -> Issue:
    template = "must be a dask.distributed scheduler that answers ({error})"
    return Issue("--scheduler", template, (("error", error),))
