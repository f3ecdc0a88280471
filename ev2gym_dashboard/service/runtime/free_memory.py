"""Free memory of this process: given back to the system after work that took much of it."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache


def return_free_memory() -> None:
    """Give the pages that hold nothing back to the system, where the C library can.

    glibc keeps what a thread has freed for that thread: each of a server would keep the arrays of the largest fleet
    that it has stepped.
    """
    if trim := _find_trim():
        trim(0)


@cache
def _find_trim() -> Callable[[int], int] | None:
    """Return ``malloc_trim``, an addition of glibc, if there is one."""
    if not sys.platform.startswith("linux"):
        return None
    trim: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return trim
