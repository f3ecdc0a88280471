"""Checks of a scenario beyond its declared quantities: times, and fields that depend on each other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache

import numpy as np

from ev2gym_dashboard.core.schema import Issue, format_value

MINUTES_PER_DAY, MINUTES_PER_HOUR = 1440, 60
MAX_PARSED_TIMES = 256
"""Texts whose times are kept: a step reads the start of its run a dozen times."""
EXAMPLE_TIME = "2026-12-15T16:00"
FIRST_YEAR, LAST_YEAR = 2000, 2100
SHARE_TOLERANCE = 1e-6
TEXT_TEMPLATES = {
    "catalog_spec": "must be the text of a spec file",
    "tariff_spec": "must be the text of a tariff file, or a tariff that read_tariff returns",
}


def coerce_time(value: object) -> object:
    """Return a time of Python, pandas or NumPy as ISO text to the minute or finer; any other value as it is."""
    if isinstance(value, np.datetime64):
        return str(value)
    # NaT of pandas is a time that compares unequal to itself.
    return value.isoformat() if isinstance(value, date) and value == value else value  # noqa: PLR0124


@lru_cache(maxsize=MAX_PARSED_TIMES)
def parse_time(text: str) -> datetime:
    """Return an ISO time as an aware time in UTC; a time without a zone counts as UTC."""
    time = datetime.fromisoformat(text)
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def check_time(name: str, value: object) -> list[Issue]:
    """Return an issue if an external value is not an ISO time within the supported years."""
    try:
        time = parse_time(value)
    except (TypeError, ValueError, OverflowError):
        return [
            Issue(
                name,
                "must be a date and time in UTC such as {example_time}, not {value}",
                (("example_time", EXAMPLE_TIME), ("value", format_value(value))),
            )
        ]
    if FIRST_YEAR <= time.year <= LAST_YEAR:
        return []
    return [Issue(name, "must be between the years {low} and {high}", (("low", FIRST_YEAR), ("high", LAST_YEAR)))]


def check_start(start: str, timestep_min: int) -> list[Issue]:
    """Return the issues of a start and of steps [min], which divide a day; the start is that of a step."""
    value = ("value", timestep_min)
    template = "must divide a day of 1440 minutes, not {value}"
    issues = [Issue("timestep_min", template, (value,))] if MINUTES_PER_DAY % timestep_min else []
    if issues := issues + check_time("start", start):
        return issues
    time = parse_time(start)
    if (time.hour * MINUTES_PER_HOUR + time.minute) % timestep_min or time.second or time.microsecond:
        return [Issue("start", "must be the start of a step of {value} min", (value,))]
    return []


def check_metering_interval(interval_min: int) -> list[Issue]:
    """Return an issue if the interval does not divide an hour [min]."""
    if MINUTES_PER_HOUR % interval_min == 0:
        return []
    value = ("value", interval_min)
    return [Issue("metering_interval_min", "must divide an hour of 60 minutes, not {value}", (value,))]


def check_text(name: str, value: object) -> list[Issue]:
    """Return an issue if the content of a user's file is not its text."""
    return [] if isinstance(value, str) else [Issue(name, TEXT_TEMPLATES[name])]


def check_shares(shares: Mapping[str, float]) -> list[Issue]:
    """Return an issue for each share of the EVSE kinds if they do not add up to 1."""
    total = sum(shares.values())
    if abs(total - 1.0) <= SHARE_TOLERANCE:
        return []
    return [
        Issue(name, "the four shares of EVSE kinds must add up to 1, not {value}", (("value", round(total, 6)),))
        for name in shares
    ]
