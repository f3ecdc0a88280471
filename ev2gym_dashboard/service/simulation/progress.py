"""How long work tells how far it is, and is asked to stop."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[float], None]
"""Told the share that is done, 0 to 1."""
Asked = Callable[[], bool]
"""Asked whether to stop."""


def silent(share: float) -> None:
    """Tell nobody."""


def never() -> bool:
    """Go on."""
    return False
