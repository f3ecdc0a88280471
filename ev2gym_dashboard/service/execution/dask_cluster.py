"""Where independent work is done: on a cluster, by a scheduler of ``dask.distributed`` that runs already."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import partial
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from itertools import islice
from typing import Any

from ev2gym_dashboard.core.schema import Invalid, Issue
from ev2gym_dashboard.service.execution.process_pool import Failed, Pool, Task, attempt
from ev2gym_dashboard.service.simulation.backend import kernel_name

SECONDS_TO_ANSWER = 10
TASKS_IN_FLIGHT = 512


class ClusterLost(RuntimeError):
    """The scheduler is gone."""


def connect(address: str) -> Any:
    """Return a client of a scheduler whose workers compute as this process does.

    Raises
    ------
    Invalid
        If ``distributed`` is not installed, nobody answers, there is no worker, or one has another version.
    """
    if find_spec("distributed") is None:
        raise _wrong('needs dask.distributed: pip install "ev2gym-dashboard[cluster]"')
    distributed: Any = import_module("distributed")
    try:
        client = distributed.Client(address, timeout=SECONDS_TO_ANSWER, set_as_default=False)
    except (OSError, ValueError) as error:
        raise _wrong("must be a dask.distributed scheduler that answers ({error})", error=error) from None
    issues = _worker_issues(client)
    if issues:
        client.close()
        raise Invalid(issues)
    return client


def on_cluster(client: Any) -> Pool:
    """Return the pool of the workers of a client's scheduler."""
    return partial(_on_cluster, client=client)


def computing() -> str:
    """Return what decides on the last bits of a result."""
    return f"{version('ev2gym-dashboard')} with {kernel_name()}"


def _on_cluster(work: Callable[[Any], Any], tasks: Iterable[Task], *, client: Any) -> Iterator[tuple[Hashable, object]]:
    """Do the tasks; the scheduler gives those of a lost worker to the others, and gives up after some."""
    distributed: Any = import_module("distributed")
    todo, keys, done = iter(tasks), dict[str, Hashable](), distributed.as_completed(loop=client.loop)

    def start(n: int) -> None:
        for key, given in islice(todo, n):
            future = client.submit(attempt, work, given, pure=False)
            keys[future.key] = key
            done.add(future)

    start(TASKS_IN_FLIGHT)
    for future in done:
        if future.status == "cancelled":
            raise ClusterLost("the scheduler is gone")
        key = keys.pop(future.key)
        yield key, future.result() if future.status == "finished" else Failed(_reason(future))
        start(1)


def _reason(future: Any) -> str:
    error = future.exception()
    return f"{type(error).__name__}: {error}"


def _worker_issues(client: Any) -> list[Issue]:
    """Return what keeps the workers from giving the bits that this process gives."""
    try:
        client.wait_for_workers(1, timeout=SECONDS_TO_ANSWER)
    except TimeoutError:
        return [Issue("--scheduler", "has no worker; start one: dask worker ADDRESS")]
    found = set(map(str, client.run(computing, on_error="return").values()))
    others = sorted(found - {computing()})
    shown = (("ours", computing()), ("others", ", ".join(others)))
    template = "its workers must have ev2gym-dashboard {ours} as here, not {others}"
    return [Issue("--scheduler", template, shown)] if others else []


def _wrong(template: str, **values: object) -> Invalid:
    return Invalid([Issue("--scheduler", template, tuple(values.items()))])
