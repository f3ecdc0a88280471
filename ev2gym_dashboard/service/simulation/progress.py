"""How long work tells how far it is, and is asked to stop."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[float], None]
"""Told the share that is done, 0 to 1."""
StopCheck = Callable[[], bool]
"""Asked whether to stop."""


def ignore_progress(share: float) -> None:
    """Tell nobody."""


def never_stop() -> bool:
    """Go on."""
    return False
