"""Gates of the sessions: one request of a session works at a time, and dear work needs a place."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from threading import TIMEOUT_MAX, Lock

from ev2gym_dashboard.service.runtime.client_name import client_name
from ev2gym_dashboard.service.runtime.free_memory import return_free_memory
from ev2gym_dashboard.service.sessions import request_place
from ev2gym_dashboard.service.sessions.step_times import CHEAP_S
from ev2gym_dashboard.service.sessions.work_places import PlacesTaken, WorkPlaces

MAX_REQUESTS = 2
"""Requests of a session that occupy a thread of the server: one that works, and one that waits for it."""


class ReplayIncomplete(Exception):
    """A request has done its share of a replay, or had no place for it, and the run has not reached its step yet."""

    has_place = True

    def __init__(self, step: int, end_step: int) -> None:
        self.step, self.end = step, end_step
        super().__init__(f"at step {step} of {end_step}")


@dataclass
class SessionGate:
    """The lock of a session, the requests that hold it or wait for it, and the step that its replay has reached."""

    lock: Lock = field(default_factory=Lock)
    n_requests: int = 0
    step: int = 0


@dataclass
class Turn:
    """The turn of a request of a session: the gate of that, the step that it asks for, its time, and its place.

    Parameters
    ----------
    is_over : whether its time is over
    places : places for dear work
    held : what is given back at its end
    start_cpu_s : CPU time of its thread at its begin [s]
    has_place : whether it has taken a place
    is_refused : whether it was refused one
    """

    session: str
    gate: SessionGate
    end_step: int
    is_over: Callable[[], bool]
    places: WorkPlaces
    held: ExitStack
    start_cpu_s: float
    has_place: bool = False
    is_refused: bool = False

    def require_place(self, work_s: float) -> None:
        """Take a place until the end of the turn, if its work is dear by an estimate of its CPU time [s].

        Raises
        ------
        ReplayIncomplete
            If there is none for this client at the moment.
        """
        if work_s > CHEAP_S and not self._take_place(work_s):
            raise ReplayIncomplete(min(self.gate.step, self.end_step), self.end_step)

    def keep_place(self) -> bool:
        """Keep the place for what the session asks next; False if it has none, or has had a turn while others wait."""
        return self.has_place and self.places.keep(client_name.get(), self.session)

    def must_stop(self) -> bool:
        """Return whether the work must stop: its time is over, or it took more than a cheap one without a place."""
        if self.is_over():
            return True
        return time.thread_time() - self.start_cpu_s > CHEAP_S and not self._take_place(CHEAP_S)

    def _take_place(self, work_s: float) -> bool:
        # A request that has read a large file goes on with its run in the same place.
        if not self.has_place and not request_place.has_place():
            try:
                self.held.enter_context(self.places.take(client_name.get(), self.session, work_s))
            except PlacesTaken:
                self.is_refused = True
                return False
            # Before the place is free again, so that the memory of two dear requests is never kept at once.
            self.held.callback(return_free_memory)
            self.has_place = True
        return True


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
    def enter(self, session: str, end_step: int, *, is_over: Callable[[], bool]) -> Iterator[Turn]:
        """Hold the gate of a session during the block, in which ``is_over`` tells that its time is over.

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
                    turn = Turn(session, gate, end_step, is_over, self._places, held, time.thread_time())
                    yield turn
            except ReplayIncomplete as incomplete:
                incomplete.has_place = not turn.is_refused
                raise
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
