"""Interface of the pools that execute independent tasks, and the pool of this process."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

ArgumentT = TypeVar("ArgumentT")
OutputT = TypeVar("OutputT")
KeyedTask = tuple[Hashable, Any]
"""Key of a task, and the argument of its function."""


@dataclass(frozen=True)
class TaskFailure:
    """Output of a task that failed."""

    error: str


Pool = Callable[[Callable[[Any], Any], Iterable[KeyedTask]], Iterator[tuple[Any, Any]]]
"""Calls a function on each task, and yields each key with the output, or a `TaskFailure`, in order of completion."""


def try_task(function: Callable[[ArgumentT], OutputT], argument: ArgumentT) -> OutputT | TaskFailure:
    """Call a function; return its output, or its error as a `TaskFailure`."""
    try:
        return function(argument)
    except Exception as error:  # noqa: BLE001 (any error of a run is reported as that run's result)
        return describe_failure(error)


def describe_failure(error: BaseException) -> TaskFailure:
    """Return the failure of a task that ended with an error."""
    return TaskFailure(f"{type(error).__name__}: {error}")


def map_serially(function: Callable[[Any], Any], tasks: Iterable[KeyedTask]) -> Iterator[tuple[Any, Any]]:
    """Run the tasks one after the other in this process."""
    return ((key, try_task(function, argument)) for key, argument in tasks)
