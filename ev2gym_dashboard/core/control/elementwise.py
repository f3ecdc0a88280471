"""Elementwise operations that hold for arrays of vehicles and, compiled, for one vehicle.

`compiled.elementwise` has the meaning of each for a single number; NumPy's own functions that take both are used as
they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def select(condition: Any, yes: Any, no: Any) -> Any:
    """Return ``yes`` where the condition holds, ``no`` elsewhere."""
    return np.where(condition, yes, no)


def truncate(values: Any) -> Any:
    """Return the whole part of numbers, as indices."""
    return values.astype(np.intp)


def divide_or_zero(values: Any, by: Any) -> Any:
    """Return quotients, 0 where the divisor is not positive."""
    return np.divide(values, by, out=np.zeros(values.shape), where=by > 0.0)
