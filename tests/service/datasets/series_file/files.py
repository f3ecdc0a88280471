"""Series files of the tests, and their readings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ev2gym_dashboard.core.profile import Profile
from ev2gym_dashboard.service.datasets.series_file.options import ReadOptions, SeriesReading
from ev2gym_dashboard.service.datasets.series_file.reader import find_bounds, read_series

HOURS = range(24)
QUARTERS = range(96)
DAY = datetime(2026, 12, 15, tzinfo=UTC)


def read(content: str | bytes | Sequence[str], quantity: str = "kW", **options: Any) -> SeriesReading:
    text = content if isinstance(content, str | bytes) else "\n".join(content)
    low, high = find_bounds(quantity)
    return read_series(text, quantity=quantity, low=low, high=high, options=ReadOptions(**options))


def read_valid(content: str | bytes | Sequence[str], quantity: str = "kW", **options: Any) -> Profile:
    reading = read(content, quantity, **options)
    assert reading.profile is not None, list(map(str, reading.issues))
    return reading.profile


def list_sentences(content: str | bytes | Sequence[str], quantity: str = "kW", **options: Any) -> list[str]:
    reading = read(content, quantity, **options)
    assert reading.profile is None
    return [str(issue) for issue in reading.issues]


def write_day(
    heading: str, write_value: Callable[[int], object], *, separator: str = ",", step_min: int = 60
) -> list[str]:
    rows = [
        f"{minute // 60:02d}:{minute % 60:02d}{separator}{write_value(minute // step_min)}"
        for minute in range(0, 1440, step_min)
    ]
    return [heading, *rows] if heading else rows


def write_dated(times: Sequence[str], *, heading: str = "time,kW", first: float = 500) -> list[str]:
    return [heading, *(f"{time},{first + k:g}" for k, time in enumerate(times))]


def list_hours(pattern: str, *, n: int = 24, first: datetime = DAY, step_min: int = 60) -> list[str]:
    return [(first + timedelta(minutes=step_min * k)).strftime(pattern) for k in range(n)]


RISING = [500.0 + hour for hour in HOURS]
