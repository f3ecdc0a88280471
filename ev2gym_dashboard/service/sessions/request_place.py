"""Place of a request: dear work that belongs to no session, such as reading a large file, is done in turn too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from ev2gym_dashboard.service.runtime.client_name import client_name
from ev2gym_dashboard.service.runtime.free_memory import return_free_memory
from ev2gym_dashboard.service.sessions.step_times import CHEAP_S
from ev2gym_dashboard.service.sessions.work_places import PlacesTaken, WorkPlaces

FILE_SESSION = "file"
"""Session under which all requests of a client that belong to none wait for a place."""


class PlaceMissing(Exception):
    """A request with dear work has no place at the moment: the same request may have one later."""


@dataclass
class _RequestPlaces:
    places: WorkPlaces
    held: ExitStack
    has_place: bool = False


_request_places: ContextVar[_RequestPlaces | None] = ContextVar("request_places", default=None)


@contextmanager
def use_places(places: WorkPlaces) -> Iterator[None]:
    """Let a request take a place during the block; it is given back at the end."""
    with ExitStack() as held:
        token = _request_places.set(_RequestPlaces(places, held))
        try:
            yield
        finally:
            _request_places.reset(token)


def has_place() -> bool:
    """Return whether the request in progress holds a place."""
    request = _request_places.get()
    return request is not None and request.has_place


def require_place(work_s: float) -> None:
    """Take a place until the end of the request, if its work is dear by an estimate of its CPU time [s].

    Outside of `use_places`, as in a notebook, nothing is shared and no place is needed.

    Raises
    ------
    PlaceMissing
        If there is none for this client at the moment.
    """
    request = _request_places.get()
    if request is None or request.has_place or work_s <= CHEAP_S:
        return
    try:
        request.held.enter_context(request.places.take(client_name.get(), FILE_SESSION, work_s))
    except PlacesTaken:
        raise PlaceMissing from None
    # Before the place is free again, so that the memory of two dear requests is never kept at once.
    request.held.callback(return_free_memory)
    request.has_place = True
