"""Numbered steps: columns that count the hours, half hours or quarters of a day, from 0 or from 1."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ev2gym_dashboard.core.scenario_checks import MINUTES_PER_DAY
from ev2gym_dashboard.service.datasets.series_file.times import Minutes, Times, parse_times

STEP_NUMBER = re.compile(
    r"(?:[HhQqPp]\s?)?(?P<number>[0-9]{1,3})(?:[.,]0+)?\s?[hH]?(?:\s?[-–—]\s?[0-9]{1,3}\s?[hH]?)?",
)
"""A number of a step, such as 7, H07 or 07-08."""
LONGEST_DAYS = {25: 60, 50: 30, 100: 15}
"""Length of a step [min] by the steps of the longest day, on which the clock goes back."""
DAY_LENGTHS = (24, 48, 96)
MIN_COUNTED_SHARE = 0.9
NO_NUMBER = -1


def parse_step_numbers(cells: Sequence[str]) -> NDArray[np.int64]:
    """Return the numbers of steps, (n,); `NO_NUMBER` where a cell has none."""
    matches = [STEP_NUMBER.fullmatch(cell) for cell in cells]
    return np.array([int(match["number"]) if match else NO_NUMBER for match in matches], dtype=np.int64)


def counts_steps(dates: Sequence[str], cells: Sequence[str]) -> bool:
    """Return whether cells count the rows of each date, up or down, from 0 or 1."""
    numbers = parse_step_numbers(cells)
    if len(cells) < DAY_LENGTHS[0] or (numbers == NO_NUMBER).mean() > 1.0 - MIN_COUNTED_SHARE:
        return False
    is_same_day = np.array([date == before for before, date in pairwise(dates)])
    steps = np.diff(numbers)[is_same_day]
    is_counted = bool(len(steps)) and max((steps == 1).mean(), (steps == -1).mean()) >= MIN_COUNTED_SHARE
    return is_counted and int(numbers.max()) <= max(LONGEST_DAYS)


def counts_one_day(cells: Sequence[str]) -> bool:
    """Return whether cells count the steps of one day without a date."""
    numbers = parse_step_numbers(cells).tolist()
    return len(numbers) in DAY_LENGTHS and numbers in ([*range(len(numbers))], [*range(1, len(numbers) + 1)])


def read_numbered_times(dates: Sequence[str], cells: Sequence[str]) -> Times:
    """Return the times of numbered steps; without dates, those of a typical day."""
    numbers = parse_step_numbers(cells)
    first = 0 if (numbers == 0).any() else 1
    n_steps = int(numbers.max()) - first + 1
    step_min = next((minutes for steps, minutes in LONGEST_DAYS.items() if n_steps <= steps), 15)
    since_midnight = (numbers - first) * step_min
    if not dates:
        no_offset = np.zeros(len(numbers), dtype=np.int64)
        return Times(since_midnight, numbers != NO_NUMBER, no_offset, is_typical=True, has_offset=False)
    days = parse_times(dates, is_range=False, is_typical=False)
    is_valid = days.is_valid & (numbers != NO_NUMBER)
    return Times(
        np.where(is_valid, days.minutes + since_midnight, 0),
        is_valid,
        days.offset_min,
        is_typical=False,
        has_offset=False,
        is_day_first_assumed=days.is_day_first_assumed,
        elapsed_min=np.where(is_valid & _is_counted(days.minutes, numbers, first), since_midnight, NO_NUMBER),
    )


def _is_counted(days: Minutes, numbers: NDArray[np.int64], first: int) -> NDArray[np.bool_]:
    """Return whether the numbers of a row's day count its steps, and do not follow the clock over its change."""
    of_day = pd.Series(numbers).groupby(days // MINUTES_PER_DAY)
    n_rows, n_numbers = of_day.transform("count"), of_day.transform("nunique")
    is_whole = (of_day.transform("min") == first) & (of_day.transform("max") == first - 1 + n_rows)
    return (is_whole & (n_rows == n_numbers)).to_numpy(dtype=bool)
