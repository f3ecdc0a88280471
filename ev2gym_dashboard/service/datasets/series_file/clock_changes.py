"""Clock changes: whether local times repeat or leave out an hour as in one of the usual time zones."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from ev2gym_dashboard.core.scenario_checks import MINUTES_PER_DAY
from ev2gym_dashboard.service.datasets.series_file.options import find_time_zone

ZONES = (
    "Europe/London", "Europe/Paris", "Europe/Athens", "Atlantic/Azores", "Africa/Casablanca", "Africa/Cairo",
    "Asia/Jerusalem", "Asia/Beirut", "America/New_York", "America/Havana", "America/Santiago", "Australia/Sydney",
    "Pacific/Auckland",
)  # fmt: skip
"""A time zone for each usual rule of changing the clock."""
NAIVE_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (a clock without a zone)


def goes_back(minute: int) -> bool:
    """Return whether a time [min since 1970, by the clock] comes twice in any of `ZONES`.

    Midnight counts also on the day after: a day of 25 numbered hours ends one hour into it.
    """
    time, day_before = _to_time(minute), _to_time(minute - MINUTES_PER_DAY)
    is_repeated = any(_find_offset(zone, time) > _find_offset(zone, time, fold=1) for zone in _load_zones())
    return is_repeated or (minute % MINUTES_PER_DAY == 0 and _changes_on(day_before) < 0)


def goes_forward(before: int, after: int) -> bool:
    """Return whether the clock goes forward in any of `ZONES` between two times, or on the day of the first."""
    first, last = _to_time(before), _to_time(after)
    is_between = any(_find_offset(zone, first) < _find_offset(zone, last) for zone in _load_zones())
    return is_between or _changes_on(first) > 0


def _changes_on(time: datetime) -> int:
    """Return 1 if the clock goes forward on the day of a time in any of `ZONES`, -1 if it goes back, else 0."""
    midnight = time.replace(hour=0, minute=0)
    changes = [
        _find_offset(zone, midnight + timedelta(days=1)) - _find_offset(zone, midnight) for zone in _load_zones()
    ]
    return int(max(changes) > timedelta(0)) or -int(min(changes) < timedelta(0))


def _to_time(minute: int) -> datetime:
    return NAIVE_EPOCH + timedelta(minutes=minute)


def _find_offset(zone: ZoneInfo, time: datetime, *, fold: int = 0) -> timedelta:
    return time.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta(0)


@cache
def _load_zones() -> tuple[ZoneInfo, ...]:
    return tuple(zone for name in ZONES if (zone := find_time_zone(name)))
