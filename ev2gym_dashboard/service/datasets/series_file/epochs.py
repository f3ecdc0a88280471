"""Unix times: columns of seconds, or of their thousandths, since 1970 in UTC."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from ev2gym_dashboard.service.datasets.series_file.times import Times

EPOCH = re.compile(r"(?P<seconds>9[5-9][0-9]{7}|[1-3][0-9]{9}|40[0-9]{8})(?P<parts>(?:[0-9]{3}){0,3})(?:[.,]0+)?")
"""Seconds from 2000 to 2099, or their thousandths, millionths or billionths."""
MIN_DISTINCT_SHARE = 0.5


def is_epoch(cell: str) -> bool:
    """Return whether a cell has the form of a Unix time."""
    return EPOCH.fullmatch(cell) is not None


def are_epochs(cells: Sequence[str]) -> bool:
    """Return whether cells are Unix times: in order, up or down, unlike the numbers of meters."""
    if len(cells) < 2 or not all(map(is_epoch, cells)):
        return False
    seconds = np.array([_parse_seconds(cell) for cell in cells])
    steps = np.diff(seconds)
    is_ordered = bool((steps >= 0).all() or (steps <= 0).all())
    return is_ordered and len(np.unique(seconds)) >= MIN_DISTINCT_SHARE * len(seconds)


def read_epochs(cells: Sequence[str]) -> Times:
    """Return the times of Unix times, of which one that is no whole minute is not valid."""
    seconds = np.array([_parse_seconds(cell) if is_epoch(cell) else np.nan for cell in cells])
    is_valid = np.isfinite(seconds) & (np.nan_to_num(seconds) % 60 == 0)
    minutes = np.where(is_valid, np.nan_to_num(seconds) // 60, 0).astype(np.int64)
    return Times(minutes, is_valid, np.zeros(len(cells), dtype=np.int64), is_typical=False, has_offset=True)


def _parse_seconds(cell: str) -> float:
    match = EPOCH.fullmatch(cell)
    if match is None:
        return np.nan
    return int(match["seconds"]) + (int(match["parts"]) / 10 ** len(match["parts"]) if match["parts"] else 0)
