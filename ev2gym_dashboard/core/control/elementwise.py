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


def divide_where_positive(values: Any, by: Any, otherwise: float) -> Any:
    """Return quotients where the divisor is positive, and a number elsewhere."""
    return np.divide(values, by, out=np.full(by.shape, otherwise), where=by > 0.0)


def count_ahead(holds: Any) -> Any:
    """Return the number of steps after the first one, up to each one, in which a condition holds, (k,)."""
    counts = np.cumsum(holds * 1.0)
    return counts - counts[0]


def count_until(tables: Any, table: int, last_step: Any) -> Any:
    """Return the count of `count_ahead` up to a step, of tables (tables, k) that may begin before the present step."""
    return tables[table, last_step] - tables[table, 0]
