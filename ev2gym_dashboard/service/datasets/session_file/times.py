"""Times of a session file: texts, dates and offsets as seconds since 1970 in UTC."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ev2gym_dashboard.core.schema import Issue, ValidationError

RFC_1123 = "%a, %d %b %Y %H:%M:%S GMT"
LOCAL_DATE = re.compile(r"\s*(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
UTC_NAME = re.compile(r"\s*(?:UTC|GMT)$")
OFFSET = re.compile(r"[T\s:].*(?:Z|[+-]\d{2}(?::?\d{2})?)$")
LOCAL_TIME = re.compile(r"^[\d/.\-]+(?:[T\s]\s*[\d:.,]+)?\s*(?:[AaPp]\.?[Mm]\.?)?$")
NO_TIME = np.iinfo(np.int64).min


def parse_times(column: pd.Series, time_zone: str) -> NDArray[np.int64]:
    """Return times (n,) [s since 1970, UTC], `NO_TIME` where a value is none.

    Times without an offset are those of ``time_zone``; where a clock is put back, the first of the two hours counts.
    """
    times = _parse_texts(column, time_zone)
    if times.dt.tz is None:
        times = _localize(times, time_zone)
    utc = times.dt.tz_convert("UTC").dt.tz_localize(None)
    seconds = utc.to_numpy("datetime64[s]").astype(np.int64)
    return np.where(utc.isna(), NO_TIME, seconds)


def check_time_zone(name: str) -> None:
    """Raise `ValidationError` if a time zone is unknown."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValidationError(
            [Issue("time_zone", "must be a time zone such as Africa/Casablanca, not {value}", (("value", name[:40]),))]
        ) from None


def _localize(times: pd.Series, time_zone: str) -> pd.Series:
    first_of_two = np.ones(len(times), np.bool_)
    localized: pd.Series = times.dt.tz_localize(time_zone, ambiguous=first_of_two, nonexistent="shift_forward")
    return localized


def _parse_texts(column: pd.Series, time_zone: str) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(column):
        return column
    if pd.api.types.is_numeric_dtype(column):
        # Whole seconds since 1970; smaller numbers are no times.
        return pd.to_datetime(column.where(column > 1e8), unit="s", errors="coerce", utc=True)
    texts = column.astype("string").str.strip()
    sample = texts.dropna()
    first = str(sample.iloc[0]) if len(sample) else ""
    if re.match(r"[A-Za-z]{3},", first):
        return pd.to_datetime(texts, format=RFC_1123, errors="coerce", utc=True)
    texts = texts.str.replace(UTC_NAME, "Z", regex=True)
    is_local_date = LOCAL_DATE.match(first) is not None
    how = {"format": "mixed", "dayfirst": _is_day_first(sample)} if is_local_date else {"format": "ISO8601"}
    # Each row for what it is: some exports write an offset only where there is one.
    has_offset, is_local = (texts.str.contains(one).fillna(value=False).astype(bool) for one in (OFFSET, LOCAL_TIME))
    # As if all were UTC: otherwise pandas refuses a column of several offsets, as of summer and winter.
    times = pd.to_datetime(texts.where(has_offset | is_local), errors="coerce", utc=True, **how)
    local = _localize(times.dt.tz_localize(None), time_zone).dt.tz_convert("UTC")
    return times.where(has_offset, local)


def _is_day_first(texts: pd.Series) -> bool:
    # Months go to 12: a larger second number means that the month comes first. Ambiguous dates are European.
    seconds = texts.str.extract(LOCAL_DATE, expand=True)[1]
    return not bool((pd.to_numeric(seconds, errors="coerce") > 12).any())
