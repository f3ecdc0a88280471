"""Legal time of Morocco: its offset from UTC, UTC+1 in part of the year until 20 September 2026, and UTC since."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats

UTC_PLUS_ONE = (
    ("2008-06-01T00:00", "2008-08-31T23:00"),
    ("2009-06-01T00:00", "2009-08-20T23:00"),
    ("2010-05-02T00:00", "2010-08-07T23:00"),
    ("2011-04-03T00:00", "2011-07-30T23:00"),
    ("2012-04-29T02:00", "2012-07-20T02:00"),
    ("2012-08-20T02:00", "2012-09-30T02:00"),
    ("2013-04-28T02:00", "2013-07-07T02:00"),
    ("2013-08-10T02:00", "2013-10-27T02:00"),
    ("2014-03-30T02:00", "2014-06-28T02:00"),
    ("2014-08-02T02:00", "2014-10-26T02:00"),
    ("2015-03-29T02:00", "2015-06-14T02:00"),
    ("2015-07-19T02:00", "2015-10-25T02:00"),
    ("2016-03-27T02:00", "2016-06-05T02:00"),
    ("2016-07-10T02:00", "2016-10-30T02:00"),
    ("2017-03-26T02:00", "2017-05-21T02:00"),
    ("2017-07-02T02:00", "2017-10-29T02:00"),
    ("2018-03-25T02:00", "2018-05-13T02:00"),
    ("2018-06-17T02:00", "2019-05-05T02:00"),
    ("2019-06-09T02:00", "2020-04-19T02:00"),
    ("2020-05-31T02:00", "2021-04-11T02:00"),
    ("2021-05-16T02:00", "2022-03-27T02:00"),
    ("2022-05-08T02:00", "2023-03-19T02:00"),
    ("2023-04-23T02:00", "2024-03-10T02:00"),
    ("2024-04-14T02:00", "2025-02-23T02:00"),
    ("2025-04-06T02:00", "2026-02-15T02:00"),
    ("2026-03-22T02:00", "2026-09-20T01:00"),
)
"""The periods of UTC+1 from 2000, from (included) to (not included), UTC: IANA tzdb 2026f. From 28 October 2018 to
20 September 2026 it was the standard time, with UTC around Ramadan."""
_EDGES = np.array(UTC_PLUS_ONE, dtype="datetime64[m]").ravel()


def compute_legal_offset_h(day: date, hour_h: Floats) -> Floats:
    """Return the offset of Morocco's legal time from UTC at times of a day.

    Parameters
    ----------
    day : the date, UTC
    hour_h : times of day, UTC, (k,), 0 <= hour_h < 24 [h]

    Returns
    -------
    (k,) offsets, 0 or 1 [h]
    """
    minutes = np.floor(hour_h * 60.0).astype("timedelta64[m]")
    return _count_offset_hours(np.datetime64(day, "m") + minutes).astype(np.float64)


def convert_to_legal_time(time: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    """Return Morocco's legal time at times in UTC, both (k,) to the minute."""
    return time + _count_offset_hours(time) * np.timedelta64(60, "m")


def _count_offset_hours(time: NDArray[np.datetime64]) -> NDArray[np.intp]:
    # The edges alternate: after an odd number of them a period of UTC+1 is open.
    return np.searchsorted(_EDGES, time, side="right") % 2


def includes_utc_plus_one(start: datetime, end: datetime) -> bool:
    """Return whether Morocco's legal time is UTC+1 at any time from ``start`` to ``end``, both included and aware."""
    first, last = (np.datetime64(time.replace(tzinfo=None), "m") for time in (start, end))
    n_edges = np.searchsorted(_EDGES, np.array([first, last]), side="right")
    return bool(n_edges[0] % 2 or n_edges[1] > n_edges[0])
