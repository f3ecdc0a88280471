"""Where independent work is done: on a cluster, by a scheduler of ``dask.distributed`` that runs already."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import partial
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from itertools import islice
from typing import Any

from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.execution.process_pool import KeyedTask, Pool, TaskFailure, try_task
from ev2gym_dashboard.service.simulation.backend import get_kernel_name

SCHEDULER_TIMEOUT_S = 10
MAX_TASKS_IN_FLIGHT = 512


class SchedulerLost(RuntimeError):
    """The scheduler is gone."""


def connect_scheduler(address: str) -> Any:
    """Return a client of a scheduler whose workers compute as this process does.

    Raises
    ------
    Invalid
        If ``distributed`` is not installed, nobody answers, there is no worker, or one has another version.
    """
    if find_spec("distributed") is None:
        raise _make_invalid('needs dask.distributed: pip install "ev2gym-dashboard[cluster]"')
    distributed: Any = import_module("distributed")
    try:
        client = distributed.Client(address, timeout=SCHEDULER_TIMEOUT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise _make_invalid("must be a dask.distributed scheduler that answers ({error})", error=error) from None
    issues = _check_workers(client)
    if issues:
        client.close()
        raise ValidationError(issues)
    return client


def make_cluster_pool(client: Any) -> Pool:
    """Return the pool of the workers of a client's scheduler."""
    return partial(_map_on_cluster, client=client)


def describe_software() -> str:
    """Return what decides on the last bits of a result."""
    return f"{version('ev2gym-dashboard')} with {get_kernel_name()}"


def _map_on_cluster(
    work: Callable[[Any], Any], tasks: Iterable[KeyedTask], *, client: Any
) -> Iterator[tuple[Hashable, object]]:
    """Do the tasks; the scheduler gives those of a lost worker to the others, and gives up after some."""
    distributed: Any = import_module("distributed")
    todo, keys, done = iter(tasks), dict[str, Hashable](), distributed.as_completed(loop=client.loop)

    def start(n: int) -> None:
        for key, given in islice(todo, n):
            future = client.submit(try_task, work, given, pure=False)
            keys[future.key] = key
            done.add(future)

    start(MAX_TASKS_IN_FLIGHT)
    for future in done:
        if future.status == "cancelled":
            raise SchedulerLost("the scheduler is gone")
        key = keys.pop(future.key)
        yield key, future.result() if future.status == "finished" else TaskFailure(_format_failure(future))
        start(1)


def _format_failure(future: Any) -> str:
    error = future.exception()
    return f"{type(error).__name__}: {error}"


def _check_workers(client: Any) -> list[Issue]:
    """Return what keeps the workers from giving the bits that this process gives."""
    try:
        client.wait_for_workers(1, timeout=SCHEDULER_TIMEOUT_S)
    except TimeoutError:
        return [Issue("--scheduler", "has no worker; start one: dask worker ADDRESS")]
    found = set(map(str, client.run(describe_software, on_error="return").values()))
    others = sorted(found - {describe_software()})
    shown = (("ours", describe_software()), ("others", ", ".join(others)))
    template = "its workers must have ev2gym-dashboard {ours} as here, not {others}"
    return [Issue("--scheduler", template, shown)] if others else []


def _make_invalid(template: str, **values: object) -> ValidationError:
    return ValidationError([Issue("--scheduler", template, tuple(values.items()))])
