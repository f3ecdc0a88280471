"""Places for dear work: a process does few dear requests at a time, those of the clients that had the least first.

Of a client, which may be many people behind one address, the sessions take turns.

A request without a place is not kept waiting, since it would hold a thread of the server: it is answered with the
progress of its run, and the page asks again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

N_PLACES = 1
"""Dear requests at a time in a process; a server has a process per core."""
ASKING_S = 3.0
"""Time after its last request for which a client or session without a place counts as waiting for one [s]."""
PATIENCE_S = 3.0
"""Time after which a session of a client has its turn before those that come later [s].

Before that, who asks while a place is free has it: a place that is kept for somebody lies idle until that one asks.
"""
MAX_WAITING = 10_000
"""Sessions of a client that are noted as waiting at most."""
HALF_LIFE_S = 60.0
"""Time after which half of the work of a client is forgotten [s]."""
FORGOTTEN_S = 0.01
"""Work below which a client that does not wait is forgotten [s]."""


class PlacesTaken(Exception):
    """All places are taken, or a client that had less work waits for one."""


@dataclass
class ClientUse:
    """The work of a client [s], the moment for which it holds [s], and that of its last request without a place.

    ``waiting`` are its sessions without a place by length of the wait: since when, and when each asked last.
    """

    work_s: float
    at_s: float
    asked_s: float
    waiting: dict[str, tuple[float, float]] = field(default_factory=dict)


class WorkPlaces:
    """Places for dear work, given to the client that had the least of it lately, and there to who waits longest.

    Parameters
    ----------
    n_places : dear requests at a time
    now : monotonic clock [s]
    """

    def __init__(self, n_places: int = N_PLACES, *, now: Callable[[], float] = time.monotonic) -> None:
        self._n_free, self._now = n_places, now
        self._uses: dict[str, ClientUse] = {}
        self._lock = Lock()

    @contextmanager
    def take(self, client: str, session: str = "") -> Iterator[None]:
        """Hold a place during the block.

        Raises
        ------
        PlacesTaken
            If no place is free, or if a client that had less work waits for one, or a session of this client that waits
            longer than it has patience.
        """
        start_s = self._now()
        with self._lock:
            self._enter(client, session, start_s)
        try:
            yield
        finally:
            with self._lock:
                self._leave(client, self._now() - start_s)

    def _enter(self, client: str, session: str, now_s: float) -> None:
        self._forget(now_s)
        use = self._uses.setdefault(client, ClientUse(0.0, now_s, now_s))
        use.asked_s = now_s
        if not self._n_free or self._has_rival(client, now_s) or not _has_turn(use, session, now_s):
            since_s, _ = use.waiting.get(session, (now_s, now_s))
            if session in use.waiting or len(use.waiting) < MAX_WAITING:
                use.waiting[session] = since_s, now_s
            raise PlacesTaken
        self._n_free -= 1
        use.asked_s = -ASKING_S
        use.waiting.pop(session, None)

    def _leave(self, client: str, work_s: float) -> None:
        now_s = self._now()
        use = self._uses.setdefault(client, ClientUse(0.0, now_s, -ASKING_S))
        use.work_s, use.at_s = _fade(use, now_s) + work_s, now_s
        self._n_free += 1

    def _has_rival(self, client: str, now_s: float) -> bool:
        """Return whether another client waits that had less work."""
        own_s = _fade(self._uses[client], now_s)
        return any(
            _is_waiting(use, now_s) and _fade(use, now_s) < own_s for name, use in self._uses.items() if name != client
        )

    def _forget(self, now_s: float) -> None:
        self._uses = {
            name: use for name, use in self._uses.items() if _is_waiting(use, now_s) or _fade(use, now_s) > FORGOTTEN_S
        }


def _fade(use: ClientUse, now_s: float) -> float:
    return float(use.work_s * 0.5 ** ((now_s - use.at_s) / HALF_LIFE_S))


def _is_waiting(use: ClientUse, now_s: float) -> bool:
    return now_s - use.asked_s < ASKING_S


def _has_turn(use: ClientUse, session: str, now_s: float) -> bool:
    """Return whether no other session of a client has lost its patience; those that ask no more leave."""
    while use.waiting:
        first, (since_s, asked_s) = next(iter(use.waiting.items()))
        if now_s - asked_s < ASKING_S:
            return first == session or now_s - since_s < PATIENCE_S
        del use.waiting[first]
    return True
