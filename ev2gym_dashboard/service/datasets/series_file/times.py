"""Times of a column: clock times of a typical day, or dated times with or without an offset from UTC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Booleans
from ev2gym_dashboard.core.scenario_checks import MINUTES_PER_DAY

Minutes = NDArray[np.int64]
DAY_FIRST = ("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%y", "%d.%m.%y", "%d-%m-%y")
MONTH_FIRST = ("%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y")
DATE_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", *DAY_FIRST, *MONTH_FIRST, "%d-%b-%Y", "%d %b %Y", "%d-%b-%y")
CLOCK_FORMATS = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p")
MAX_SAMPLE = 200
OFFSET = r"(?<=:[0-9]{2}) ?(Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})$"
END_OF_DAY = r"(?:^| )24:00(?::00)?$"
RANGE_END = r"^(.*?[0-9]:[0-9]{2}(?::[0-9]{2})?(?: ?[AaPp][Mm])?)(?: ?[-–—] ?| (?:to|bis|à|au|a) ).*$"
REPLACEMENTS = (
    (r"(?<=[0-9])[T,](?=[ 0-9])", " "),
    (r"\s+", " "),
    (r"(?<=[0-9])[hH](?=[0-5][0-9])", ":"),
    (r"(?<=:[0-9]{2})[.,]0+", ""),
    (r" ?([AaPp])\.?[Mm]\.?$", r" \1M"),
)


@dataclass(frozen=True)
class Times:
    """Times of the rows of a file.

    Parameters
    ----------
    minutes : minutes since midnight, or since 1970 by the clock of the file, (n,); 0 where a cell has no valid time
    is_valid : whether a cell has a time, (n,)
    offset_min : offset from UTC that each cell names, (n,); 0 where it names none [min]
    is_typical : whether the times have no date
    has_offset : whether the times name their offset
    is_day_first_assumed : whether the dates could also be read with the month first
    elapsed_min : time since the midnight of its date that a numbered step counts, (n,); -1 where the clock counts [min]
    """

    minutes: Minutes
    is_valid: Booleans
    offset_min: Minutes
    is_typical: bool
    has_offset: bool
    is_day_first_assumed: bool = False
    elapsed_min: Minutes | None = None


def parse_times(cells: Sequence[str], *, is_range: bool, is_typical: bool) -> Times:
    """Return the times of texts of one form, of which a range counts from its first time."""
    texts = pd.Series(cells, dtype=object)
    for pattern, replacement in REPLACEMENTS:
        texts = texts.str.replace(pattern, replacement, regex=True)
    if is_range:
        texts = texts.str.replace(RANGE_END, r"\1", regex=True)
    offsets = texts.str.extract(OFFSET, expand=False)
    texts = texts.str.replace(OFFSET, "", regex=True)
    ends_day = texts.str.contains(END_OF_DAY, regex=True)
    texts = texts.str.replace(r"24:00(?=$|:00$)", "00:00", regex=True)
    parsed, is_assumed = _parse(texts, CLOCK_FORMATS if is_typical else _list_date_formats(texts))
    has_offset = bool(offsets.notna().mean() > 0.5)
    is_whole = parsed.notna() & (parsed.dt.second == 0) & (offsets.notna() == has_offset)
    # Its regular expressions take the digits of every script.
    is_valid = (is_whole & texts.map(str.isascii)).to_numpy(dtype=bool)
    since_1970 = parsed.to_numpy("datetime64[m]").astype(np.int64)
    minutes: Minutes = np.where(is_valid, since_1970 % MINUTES_PER_DAY if is_typical else since_1970, 0)
    return Times(
        minutes + MINUTES_PER_DAY * np.asarray(ends_day, dtype=np.int64),
        is_valid,
        np.asarray(offsets.map(_parse_offset_min), dtype=np.int64),
        is_typical,
        has_offset,
        is_assumed,
    )


def _list_date_formats(texts: pd.Series) -> tuple[str, ...]:
    dates: tuple[str, ...] = DATE_FORMATS
    # Who writes AM and PM writes the month first.
    if texts.iloc[:1].str.endswith("M").any():
        dates = tuple(sorted(dates, key=lambda date: date not in MONTH_FIRST))
    return tuple(f"{date} {clock}" for date, clock in product(dates, CLOCK_FORMATS)) + DATE_FORMATS


def _parse(texts: pd.Series, formats: Sequence[str]) -> tuple[pd.Series, bool]:
    """Return the times in the format that most texts have, and whether another one would fit as well."""
    sample = texts.iloc[np.unique(np.linspace(0, len(texts) - 1, MAX_SAMPLE).astype(int))]
    counts = {form: int(_convert(sample, form).notna().sum()) for form in formats}
    best = [form for form in formats if counts[form] == max(counts.values())]
    if len(best) == 1 or not max(counts.values()):
        return _convert(texts, best[0]), False
    # Day or month first: the order that gives equal steps is the right one.
    readings = [_convert(texts, form) for form in best]
    regular = [_count_commonest_step(reading) for reading in readings]
    return readings[regular.index(max(regular))], regular.count(max(regular)) > 1


def _convert(texts: pd.Series, form: str) -> pd.Series:
    return pd.to_datetime(texts, format=form, errors="coerce")


def _count_commonest_step(times: pd.Series) -> int:
    counts = times.diff().value_counts()
    return int(counts.iloc[0]) if len(counts) else 0


def _parse_offset_min(text: object) -> int:
    if not isinstance(text, str) or text in {"Z", "UTC", "GMT"}:
        return 0
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return -minutes if text[0] == "-" else minutes


def format_minute(minute: int, *, is_typical: bool) -> str:
    """Return a time of `Times` for a sentence."""
    return f"{np.datetime64(minute, 'm').item():{'%H:%M' if is_typical else '%Y-%m-%d %H:%M'}}"
