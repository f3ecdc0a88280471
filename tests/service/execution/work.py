"""Functions for the pools under test, in a module that their processes can import."""

from __future__ import annotations

import os
import time

POISON = -1


def half(number: int) -> int:
    if number == POISON:
        os._exit(1)
    if number % 2:
        raise ValueError(f"{number} is odd")
    return number // 2


def halve_slowly(number: int) -> int:
    time.sleep(0.05)
    return half(number)
