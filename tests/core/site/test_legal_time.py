"""Legal time of Morocco: the table agrees with IANA's, whatever the system's own zone data say."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from ev2gym_dashboard.core.site.legal_time import UTC_PLUS_ONE, compute_legal_offset_h, includes_utc_plus_one

NOON_H = np.array([12.0])


def test_the_offset_is_that_of_the_tzdata_package_at_every_hour_and_beside_every_change() -> None:
    # The package's own file: zoneinfo would prefer an older copy of the system.
    with (files("tzdata") / "zoneinfo" / "Africa" / "Casablanca").open("rb") as file:
        zone = ZoneInfo.from_file(file)
    hours_h = np.arange(24.0)
    first, last = date(2000, 1, 1), date(2030, 1, 1)
    for day in (first + timedelta(days=n) for n in range((last - first).days)):
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        times = [(midnight + timedelta(hours=hour)).astimezone(zone) for hour in range(24)]
        expected = [(time.utcoffset() or timedelta()) / timedelta(hours=1) for time in times]
        assert compute_legal_offset_h(day, hours_h).tolist() == expected, day
    for edge in (datetime.fromisoformat(f"{text}+00:00") for period in UTC_PLUS_ONE for text in period):
        offsets = {(edge - timedelta(minutes=n)).astimezone(zone).utcoffset() for n in (0, 1)}
        assert len(offsets) == 2


@pytest.mark.parametrize(
    ("day", "offset_h"),
    [
        (date(2018, 1, 15), 0.0),
        (date(2018, 12, 15), 1.0),
        (date(2026, 2, 14), 1.0),
        (date(2026, 2, 16), 0.0),
        (date(2026, 3, 1), 0.0),
        (date(2026, 3, 21), 0.0),
        (date(2026, 3, 23), 1.0),
        (date(2026, 9, 19), 1.0),
        (date(2026, 9, 21), 0.0),
        (date(2026, 12, 15), 0.0),
        (date(2027, 7, 1), 0.0),
        (date(2100, 7, 1), 0.0),
    ],
)
def test_the_offset_at_noon_is_that_of_the_law(day: date, offset_h: float) -> None:
    assert compute_legal_offset_h(day, NOON_H).tolist() == [offset_h]


def test_the_offset_ends_at_one_oclock_on_20_september_2026() -> None:
    times_h = np.array([0.0, 59 / 60, 1.0, 2.0])
    assert compute_legal_offset_h(date(2026, 9, 20), times_h).tolist() == [1.0, 1.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("start", "end", "included"),
    [
        ("2026-09-19T16:00", "2026-09-19T16:00", True),
        ("2026-09-20T00:45", "2026-12-15T00:00", True),
        ("2026-09-20T01:00", "2026-12-15T00:00", False),
        ("2026-02-16T00:00", "2026-03-21T00:00", False),
        ("2026-02-16T00:00", "2026-03-22T02:00", True),
        ("2018-01-01T00:00", "2026-12-31T00:00", True),
        ("2026-12-15T16:00", "2036-12-15T16:00", False),
    ],
)
def test_a_period_includes_utc_plus_one_if_any_of_its_times_has_it(start: str, end: str, included: bool) -> None:
    times = (datetime.fromisoformat(f"{text}+00:00") for text in (start, end))
    assert includes_utc_plus_one(*times) is included
