"""Progress of long computations, and requests to stop them."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[float], None]
"""Function that gets the share done, 0 to 1."""
StopCheck = Callable[[], bool]
"""Function that returns whether to stop."""


def ignore_progress(share: float) -> None:
    """Discard the progress."""


def never_stop() -> bool:
    """Return False."""
    return False
