"""Places for dear work: a process does few dear requests at a time, those of the clients that had the least first.

A client may be many people behind one address: its sessions that have waited for some time come first, those with the
least work before the others.

A request without a place is not kept waiting, since it would hold a thread of the server: it is answered with the
progress of its run, and the page asks again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import takewhile
from threading import Lock

N_PLACES = 1
"""Dear requests at a time in a process; a server has a process per core."""
ASKING_S = 3.0
"""Time after its last request for which a client or session without a place counts as waiting for one [s]."""
PATIENCE_S = 3.0
"""Time after which a session comes before those of its client that have not waited as long [s].

Before that, who asks while a place is free has it: a place that is kept for somebody lies idle until that one asks.
"""
TURN_S = 5.0
"""Work of a session after which it may not keep its place while others wait [s]."""
KEPT_S = 2.0
"""Time for which a place is kept for a session that goes on [s]; its page asks at once."""
MAX_WAITING = 10_000
"""Sessions of a client that are noted as waiting at most."""
WAIT_PER_WORK = 10.0
"""Time by which a session must have waited longer than another one for each second of work that it needs more [s/s]."""
HALF_LIFE_S = 60.0
"""Time after which half of the work of a client is forgotten [s]."""
FORGOTTEN_S = 0.01
"""Work below which a client that does not wait is forgotten [s]."""


class PlacesTaken(Exception):
    """No place is open to a session: all are taken or kept, or another client or session comes first."""


@dataclass(frozen=True)
class Wait:
    """The wait of a session without a place: its begin, its last request, and the work that it needs [s]."""

    since_s: float
    asked_s: float
    work_s: float

    @property
    def rank_s(self) -> float:
        """Its begin, later for more work: neither short nor long work waits for ever [s]."""
        return self.since_s + WAIT_PER_WORK * self.work_s


@dataclass
class ClientUse:
    """The work of a client [s], the moment for which it holds [s], and that of its last request without a place.

    ``waiting`` are its sessions without a place, from the one on that waits longest.
    """

    work_s: float
    at_s: float
    asked_s: float
    waiting: dict[str, Wait] = field(default_factory=dict)


@dataclass
class Hold:
    """The hold of a session on a place: its work in this turn so far, and until when the place is kept for it [s]."""

    work_s: float = 0.0
    kept_until_s: float = 0.0


class WorkPlaces:
    """Places for dear work, given to the client that had the least of it lately.

    Parameters
    ----------
    n_places : dear requests at a time
    now : monotonic clock [s]
    """

    def __init__(self, n_places: int = N_PLACES, *, now: Callable[[], float] = time.monotonic) -> None:
        self._n_free, self._now = n_places, now
        self._uses: dict[str, ClientUse] = {}
        self._held: dict[tuple[str, str], Hold] = {}
        self._kept: dict[tuple[str, str], Hold] = {}
        self._lock = Lock()

    @contextmanager
    def take(self, client: str, session: str = "", work_s: float = 0.0) -> Iterator[None]:
        """Hold a place during the block, for work of about so much time [s].

        Raises
        ------
        PlacesTaken
            If no place is free or all are kept, if a client that had less work waits for one, or if another session of
            this client has waited for long.
        """
        start_s = self._now()
        with self._lock:
            self._enter(client, session, work_s, start_s)
        try:
            yield
        finally:
            with self._lock:
                self._leave(client, session, self._now() - start_s)

    def keep(self, client: str, session: str) -> bool:
        """Keep the place that a session holds for what it asks next; False if it has had a turn, and others wait."""
        now_s = self._now()
        with self._lock:
            hold = self._held[client, session]
            if hold.work_s >= TURN_S and self._is_awaited(client, session, now_s):
                return False
            hold.kept_until_s = now_s + KEPT_S
            return True

    def _is_awaited(self, client: str, session: str, now_s: float) -> bool:
        """Return whether anybody else waits for a place."""
        waits = [(name, one, wait) for name, use in self._uses.items() for one, wait in use.waiting.items()]
        return any(now_s - wait.asked_s < ASKING_S for name, one, wait in waits if (name, one) != (client, session))

    def _enter(self, client: str, session: str, work_s: float, now_s: float) -> None:
        self._forget(now_s)
        use = self._uses.setdefault(client, ClientUse(0.0, now_s, now_s))
        use.asked_s = now_s
        if not self._may_enter(client, session, now_s):
            _note_wait(use, session, work_s, now_s)
            raise PlacesTaken
        self._n_free -= 1
        before = self._kept.pop((client, session), Hold())
        self._held[client, session] = Hold(before.work_s)
        use.asked_s = -ASKING_S
        use.waiting.pop(session, None)

    def _may_enter(self, client: str, session: str, now_s: float) -> bool:
        if (client, session) in self._kept:
            return self._n_free > 0
        is_open = self._n_free > len(self._kept)
        return is_open and not self._has_rival(client, now_s) and _has_turn(self._uses[client], session, now_s)

    def _leave(self, client: str, session: str, work_s: float) -> None:
        now_s = self._now()
        hold = self._held.pop((client, session))
        hold.work_s += work_s
        if now_s < hold.kept_until_s:
            self._kept[client, session] = hold
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
        self._kept = {key: hold for key, hold in self._kept.items() if now_s < hold.kept_until_s}
        self._uses = {
            name: use for name, use in self._uses.items() if _is_waiting(use, now_s) or _fade(use, now_s) > FORGOTTEN_S
        }


def _fade(use: ClientUse, now_s: float) -> float:
    return float(use.work_s * 0.5 ** ((now_s - use.at_s) / HALF_LIFE_S))


def _is_waiting(use: ClientUse, now_s: float) -> bool:
    return now_s - use.asked_s < ASKING_S


def _has_turn(use: ClientUse, session: str, now_s: float) -> bool:
    """Return whether no other session of a client comes first of those that have lost their patience."""
    impatient = _list_impatient(use, now_s)
    return not impatient or session == min(impatient, key=lambda name: use.waiting[name].rank_s)


def _list_impatient(use: ClientUse, now_s: float) -> list[str]:
    """Return the sessions that have waited long; those of them that ask no more are forgotten."""
    # Those that came lately are not looked at: there may be thousands.
    old = list(takewhile(lambda name: now_s - use.waiting[name].since_s >= PATIENCE_S, use.waiting))
    for name in old:
        if now_s - use.waiting[name].asked_s >= ASKING_S:
            del use.waiting[name]
    return [name for name in old if name in use.waiting]


def _note_wait(use: ClientUse, session: str, work_s: float, now_s: float) -> None:
    wait = use.waiting.get(session)
    if wait and now_s - wait.asked_s < ASKING_S:
        use.waiting[session] = Wait(wait.since_s, now_s, work_s)
    elif len(use.waiting) < MAX_WAITING:
        # At the end, also if it had asked before: they are in the order of their begins.
        use.waiting.pop(session, None)
        use.waiting[session] = Wait(now_s, now_s, work_s)
