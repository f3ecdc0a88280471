"""Gates of the sessions: one request of a session works at a time, and dear work needs a place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from threading import TIMEOUT_MAX, Lock

from ev2gym_dashboard.service.runtime.client_name import client_name
from ev2gym_dashboard.service.runtime.free_memory import return_free_memory
from ev2gym_dashboard.service.sessions.work_budget import CHEAP_WORK
from ev2gym_dashboard.service.sessions.work_places import PlacesTaken, WorkPlaces

MAX_REQUESTS = 2
"""Requests of a session that occupy a thread of the server: one that works, and one that waits for it."""


class ReplayIncomplete(Exception):
    """A request has done its share of a replay, or had no place for it, and the run has not reached its step yet."""

    def __init__(self, step: int, end_step: int, *, has_place: bool = True) -> None:
        self.step, self.end, self.has_place = step, end_step, has_place
        super().__init__(f"at step {step} of {end_step}")


@dataclass
class SessionGate:
    """The lock of a session, the requests that hold it or wait for it, and the step that its replay has reached."""

    lock: Lock = field(default_factory=Lock)
    n_requests: int = 0
    step: int = 0


@dataclass(frozen=True)
class Turn:
    """The turn of a request: the gate of its session, the step that it asks for, whether it must stop, its place."""

    gate: SessionGate
    end_step: int
    must_stop: Callable[[], bool]
    places: WorkPlaces
    held: ExitStack
    taken: list[str] = field(default_factory=list)

    def require_place(self, work: int) -> None:
        """Take a place until the end of the turn, if its work [vehicle-steps] is dear.

        Raises
        ------
        ReplayIncomplete
            If there is none for this client at the moment.
        """
        if work <= CHEAP_WORK or self.taken:
            return
        client = client_name.get()
        try:
            self.held.enter_context(self.places.take(client))
        except PlacesTaken:
            raise ReplayIncomplete(min(self.gate.step, self.end_step), self.end_step, has_place=False) from None
        # Before the place is free again, so that the memory of two dear requests is never kept at once.
        self.held.callback(return_free_memory)
        self.taken.append(client)


class SessionGates:
    """Gates of the sessions that have requests; the last request of a session removes its gate.

    Parameters
    ----------
    places : places for dear work
    wait_s : time for which a request waits for another one of its session at most [s]
    """

    def __init__(self, places: WorkPlaces, *, wait_s: float) -> None:
        self._places, self._wait_s = places, min(wait_s, TIMEOUT_MAX)
        self._gates: dict[str, SessionGate] = {}
        self._lock = Lock()

    @contextmanager
    def enter(self, session: str, end_step: int, *, must_stop: Callable[[], bool]) -> Iterator[Turn]:
        """Hold the gate of a session during the block.

        Raises
        ------
        ReplayIncomplete
            With the progress of the request that holds it, if that takes longer.
        """
        gate = self._join(session)
        try:
            # A waiting request occupies a thread: one of them waits, any further one is answered at once.
            if not gate.lock.acquire(timeout=self._wait_s if gate.n_requests <= MAX_REQUESTS else 0.0):
                raise ReplayIncomplete(min(gate.step, end_step), end_step)
            try:
                with ExitStack() as held:
                    yield Turn(gate, end_step, must_stop, self._places, held)
            finally:
                gate.lock.release()
        finally:
            self._leave(session, gate)

    def count_requests(self, session: str) -> int:
        """Count the requests of a session that hold its gate or wait for it."""
        with self._lock:
            gate = self._gates.get(session)
            return gate.n_requests if gate else 0

    def _join(self, session: str) -> SessionGate:
        with self._lock:
            gate = self._gates.setdefault(session, SessionGate())
            gate.n_requests += 1
        return gate

    def _leave(self, session: str, gate: SessionGate) -> None:
        with self._lock:
            gate.n_requests -= 1
            if not gate.n_requests:
                del self._gates[session]
