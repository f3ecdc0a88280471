"""Times of the form: a date and 24 hours as text, in the order of the page's language whatever the browser's is."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from ev2gym_dashboard.core.scenario_checks import parse_time
from ev2gym_dashboard.web.i18n import DIRECTION_SIGNS, Translator

# "19:30", "19h30", "19 h".
_CLOCK = r"(?P<hour>\d{1,2}) ?(?::|h) ?(?P<minute>\d{2})?"
_DATES = {
    False: r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})",
    True: r"(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{4})",
}
_TIMES = {
    is_day_first: re.compile(rf"{date}(?:(?: | à |, ?|T){_CLOCK})?", re.IGNORECASE)
    for is_day_first, date in _DATES.items()
}
_CLOCK_ALONE = re.compile(_CLOCK, re.IGNORECASE)


def format_time_text(text: str, _: Translator) -> str:
    """Return an ISO time as its field shows it, in UTC; empty for none."""
    return _.numeric_time(parse_time(text)) if text else ""


def parse_time_text(text: str, _: Translator, start: datetime) -> str:
    """Return a typed time as ISO text; a time of day alone is the first one from ``start`` on.

    The order of the language is read, and that of ISO in all. Any other text stays as it is, and fails the check.
    """
    compact = " ".join(text.translate(DIRECTION_SIGNS).split())
    if match := _CLOCK_ALONE.fullmatch(compact):
        return _find_first(match, start) or text
    for is_day_first in {False, _.writes_day_first}:
        if match := _TIMES[is_day_first].fullmatch(compact):
            return _join_parts(match) or text
    return compact


def _join_parts(match: re.Match[str]) -> str:
    year, month, day, hour, minute = (int(match[name] or 0) for name in ("year", "month", "day", "hour", "minute"))
    try:
        return f"{datetime(year, month, day, hour, minute, tzinfo=UTC):%Y-%m-%dT%H:%M}"
    except ValueError:
        return ""


def _find_first(match: re.Match[str], start: datetime) -> str:
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    try:
        time = start.replace(hour=hour, minute=minute, second=0)
    except ValueError:
        return ""
    return f"{time + timedelta(days=time < start):%Y-%m-%dT%H:%M}"
