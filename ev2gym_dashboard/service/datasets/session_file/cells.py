"""Cells of a session table: numbers, texts and times; JSON and Python may hold anything else there."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from numbers import Number
from uuid import UUID

import numpy as np
import pandas as pd

from ev2gym_dashboard.core.arrays import Booleans
from ev2gym_dashboard.core.schema import format_value

PLAIN_TYPES = (Number, np.generic, date, time, timedelta, UUID)
INTEGER_END = 2**63
HALF_CHARACTER = re.compile("[\ud800-\udfff]")
"""No file or page can be given one."""


def simplify_cells(column: pd.Series) -> tuple[pd.Series, Booleans]:
    """Return a column with a word in place of each cell that is no number, text or time, and which cells these are."""
    if column.dtype != object:
        return column, np.zeros(len(column), np.bool_)
    is_odd = ~column.map(_is_plain).to_numpy(np.bool_)
    return column.mask(is_odd, column[is_odd].map(format_value)), is_odd


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return not HALF_CHARACTER.search(value)
    if isinstance(value, int):
        # Python writes no integer of more than 4,300 digits.
        return -INTEGER_END <= value < INTEGER_END
    return value is None or value is pd.NA or isinstance(value, PLAIN_TYPES)
