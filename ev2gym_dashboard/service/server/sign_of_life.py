"""Sign of life: reports to the parent of a worker while one long call keeps its loop from doing so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread


@contextmanager
def report_regularly(report: Callable[[], None], *, interval_s: float, limit_s: float) -> Iterator[None]:
    """Call a function at an interval [s] until the block ends, for ``limit_s`` at most: a hang is noticed."""
    is_over = Event()

    def report_until_over() -> None:
        for _ in range(round(limit_s / interval_s)):
            if is_over.wait(interval_s):
                return
            report()

    thread = Thread(target=report_until_over, name="sign-of-life", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
