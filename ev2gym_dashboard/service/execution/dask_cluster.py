"""Pool of the workers of a Dask cluster, through a ``dask.distributed`` scheduler that is already running."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import partial
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from itertools import islice
from typing import Any

from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.execution.pool_interface import KeyedTask, Pool, TaskFailure, try_task
from ev2gym_dashboard.service.simulation.backend import get_kernel_name

SCHEDULER_TIMEOUT_S = 10
MAX_TASKS_IN_FLIGHT = 512


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
    """Return the pool of the workers of a connected scheduler."""
    return partial(_map_on_cluster, client=client)


def describe_software() -> str:
    """Return the version and the kernel, on which the last bits of a result depend."""
    return f"{version('ev2gym-dashboard')} with {get_kernel_name()}"


def _map_on_cluster(
    function: Callable[[Any], Any], tasks: Iterable[KeyedTask], *, client: Any
) -> Iterator[tuple[Hashable, object]]:
    distributed: Any = import_module("distributed")
    remaining, keys, completed = iter(tasks), dict[str, Hashable](), distributed.as_completed(loop=client.loop)

    def submit(n: int) -> None:
        for key, argument in islice(remaining, n):
            # pure=False: Dask would otherwise merge tasks of equal arguments into one.
            future = client.submit(try_task, function, argument, pure=False)
            keys[future.key] = key
            completed.add(future)

    # The scheduler retries the tasks of a lost worker itself; too many tasks at once would fill its memory.
    submit(MAX_TASKS_IN_FLIGHT)
    for future in completed:
        # A lost scheduler cancels every future, which must not look like runs that failed.
        if future.status == "cancelled":
            raise SchedulerLost("the scheduler is gone")
        key = keys.pop(future.key)
        yield key, future.result() if future.status == "finished" else TaskFailure(_format_failure(future))
        submit(1)


def _format_failure(future: Any) -> str:
    error = future.exception()
    return f"{type(error).__name__}: {error}"


def _check_workers(client: Any) -> list[Issue]:
    """Return an issue if the results of the workers could differ in bits from those of this process."""
    try:
        client.wait_for_workers(1, timeout=SCHEDULER_TIMEOUT_S)
    except TimeoutError:
        return [Issue("--scheduler", "has no worker; start one: dask worker ADDRESS")]
    # on_error: a worker without the package is reported too.
    versions = set(map(str, client.run(describe_software, on_error="return").values()))
    others = sorted(versions - {describe_software()})
    values = (("ours", describe_software()), ("others", ", ".join(others)))
    template = "its workers must have ev2gym-dashboard {ours} as here, not {others}"
    return [Issue("--scheduler", template, values)] if others else []


def _make_invalid(template: str, **values: object) -> ValidationError:
    return ValidationError([Issue("--scheduler", template, tuple(values.items()))])
