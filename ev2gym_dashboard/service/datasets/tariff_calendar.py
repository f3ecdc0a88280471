"""Calendar of a tariff file: seasons, the hours of each kind of day, and holidays."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from ev2gym_dashboard.core.schema import Issue, check_names
from ev2gym_dashboard.core.site.season import (
    DAY_KINDS,
    HOLIDAY,
    WEEKDAYS,
    MonthDay,
    PosteRule,
    RuleDay,
    Season,
    is_within,
)
from ev2gym_dashboard.core.site.tariff import HOURS_PER_DAY, WHOLE_YEAR
from ev2gym_dashboard.core.site.tariff_text import EVERY_DAY
from ev2gym_dashboard.service.datasets.json_reader import JsonReader

SEASON_KEYS = ("name", "dates", "hours")
GROUPS = {EVERY_DAY: DAY_KINDS, "weekday": WEEKDAYS[:5], "weekend": WEEKDAYS[5:]}
"""Names of several kinds of days; a single one has its own name, and goes before."""
LEAP_YEAR = 2028
SPAN = re.compile(r"\s*(\d\d?):(\d\d)\s*[-–]\s*(\d\d?):(\d\d)\s*")
DATES = re.compile(r"\s*(\d\d)-(\d\d)\s+to\s+(\d\d)-(\d\d)\s*")
MAX_SEASONS, MAX_HOLIDAYS, MAX_SHOWN_DAYS = 60, 1000, 3


def read_holidays(reader: JsonReader) -> tuple[str, ...]:
    """Return the holidays of a file: ISO dates, or month and day for one of every year."""
    entries = reader.get("holidays")
    if entries is None:
        return ()
    if not isinstance(entries, list) or len(entries) > MAX_HOLIDAYS:
        reader.add_issue(["holidays"], "must be a list of at most {high} dates", high=MAX_HOLIDAYS)
        return ()
    for index, entry in enumerate(entries):
        if not _is_holiday(entry):
            reader.add_issue(["holidays", str(index)], "must be a date such as 2026-12-25, or 12-25 for every year")
    return tuple(sorted({str(entry) for entry in entries}))


def _is_holiday(entry: object) -> bool:
    if not isinstance(entry, str) or len(entry) not in (5, 10):
        return False
    try:
        date.fromisoformat(entry if len(entry) == 10 else f"{LEAP_YEAR}-{entry}")
    except ValueError:
        return False
    return True


def read_seasons(reader: JsonReader, periods: Mapping[str, PosteRule]) -> tuple[Season, ...]:
    """Return the seasons of a file, which cover the year once, with the hours of its periods."""
    n_issues = len(reader.issues)
    entries = reader.read_entries("seasons")
    if len(entries) > MAX_SEASONS:
        reader.add_issue(["seasons"], "must be a list of at most {high}", high=MAX_SEASONS)
        return ()
    seasons = tuple(_read_season(reader, entry, index, periods) for index, entry in enumerate(entries))
    if not seasons:
        return ()
    if len(seasons) == 1 and not seasons[0].spans:
        seasons = (replace(seasons[0], spans=WHOLE_YEAR),)
    elif all(season.spans for season in seasons):
        _check_year(reader, seasons)
    used = {rule.name for season in seasons for rule in season.rules}
    # A wrong season could be the one that a period belongs to.
    for name in periods if len(reader.issues) == n_issues else ():
        if name not in used:
            reader.add_issue(["periods", name], "has no hours in any season")
    return seasons


def _read_season(reader: JsonReader, entry: Any, index: int, periods: Mapping[str, PosteRule]) -> Season:
    path = ("seasons", str(index))
    if not isinstance(entry, dict):
        reader.add_issue(path, "must be a table with dates and hours")
        return Season("", (), ((),) * len(DAY_KINDS))
    _add_unknown(reader, entry, SEASON_KEYS, path)
    spans = _read_dates(reader, entry.get("dates"), (*path, "dates")) if "dates" in entry else ()
    if not spans and "dates" not in entry and len(reader.get("seasons")) > 1:
        reader.add_issue([*path, "dates"], "is missing")
    name = entry.get("name", str(index + 1))
    if not isinstance(name, str):
        reader.add_issue([*path, "name"], "must be a text")
    return Season(str(name), spans, _read_days(reader, entry.get("hours"), (*path, "hours"), periods))


def _read_dates(reader: JsonReader, value: Any, path: tuple[str, ...]) -> tuple[tuple[MonthDay, MonthDay], ...]:
    entries = value if isinstance(value, list) else [value]
    matches = [DATES.fullmatch(entry) if isinstance(entry, str) else None for entry in entries]
    numbers = [tuple(map(int, match.groups())) for match in matches if match]
    if len(numbers) < len(entries) or not entries or not all(map(_is_span_of_days, numbers)):
        reader.add_issue(path, "must be the first and the last day, such as 11-01 to 03-31, or a list of them")
        return ()
    return tuple(((first, day), (last, last_day)) for first, day, last, last_day in numbers)


def _is_span_of_days(numbers: tuple[int, ...]) -> bool:
    return all(_is_holiday(f"{month:02d}-{day:02d}") for month, day in (numbers[:2], numbers[2:]))


def _check_year(reader: JsonReader, seasons: tuple[Season, ...]) -> None:
    """Add an issue for the days of a leap year that no season or several seasons cover."""
    days = [date(LEAP_YEAR, 1, 1) + timedelta(days=n) for n in range(366)]
    spans = [span for season in seasons for span in season.spans]
    wrong = [day for day in days if sum(is_within((day.month, day.day), span) for span in spans) != 1]
    if wrong:
        shown = ", ".join(f"{day:%m-%d}" for day in wrong[:MAX_SHOWN_DAYS])
        reader.add_issue(
            ["seasons"], "must cover every day of the year once; days that it does not: {n}, such as {days}",
            n=len(wrong), days=shown,
        )  # fmt: skip


def _read_days(
    reader: JsonReader, value: Any, path: tuple[str, ...], periods: Mapping[str, PosteRule]
) -> tuple[RuleDay, ...]:
    """Return the rules by kind of day."""
    if not isinstance(value, dict) or not value:
        reader.add_issue(path, "must be a table of days: {days}", days=", ".join((*GROUPS, *DAY_KINDS)))
        return ((),) * len(DAY_KINDS)
    _add_unknown(reader, value, (*GROUPS, *DAY_KINDS), path)
    given = {
        name: _read_hours(reader, value[name], (*path, name), periods)
        for name in (*GROUPS, *DAY_KINDS)
        if name in value
    }
    days: dict[str, RuleDay] = {}
    for group, names in GROUPS.items():
        days |= dict.fromkeys(names, given[group]) if group in given else {}
    # Without hours of its own, a holiday is like a Sunday.
    holiday = given.get("holiday", given.get("sunday", given.get("weekend", days.get("holiday"))))
    days |= {name: given[name] for name in WEEKDAYS if name in given}
    days |= {DAY_KINDS[HOLIDAY]: holiday} if holiday is not None else {}
    missing = [name for name in DAY_KINDS if name not in days]
    if missing:
        reader.add_issue(path, "must cover every day of the week; missing: {days}", days=", ".join(missing))
    return tuple(days.get(name, ()) for name in DAY_KINDS)


def _read_hours(reader: JsonReader, value: Any, path: tuple[str, ...], periods: Mapping[str, PosteRule]) -> RuleDay:
    """Return the rules of a day, whose hours cover it once."""
    if not isinstance(value, dict) or not value:
        reader.add_issue(path, "must be a table of periods and their hours")
        return ()
    _add_unknown(reader, value, tuple(periods), path)
    rules = [
        replace(periods[name], hours=_read_spans(reader, value[name], (*path, name)))
        for name in value
        if name in periods
    ]
    spans = sorted(span for rule in rules for span in rule.hours)
    edges = [0.0, *(edge for span in spans for edge in span), float(HOURS_PER_DAY)]
    # An issue of a span itself would only come again as a gap.
    if len(rules) == len(value) and all(rule.hours for rule in rules) and edges[::2] != edges[1::2]:
        reader.add_issue(path, "must cover the hours from 0 to 24 once, without a gap")
    # The order of a table means nothing: equal days are equal.
    return tuple(sorted(rules, key=lambda rule: rule.hours))


def _read_spans(reader: JsonReader, value: Any, path: tuple[str, ...]) -> tuple[tuple[float, float], ...]:
    entries = value if isinstance(value, list) else [value]
    matches = [SPAN.fullmatch(entry) if isinstance(entry, str) else None for entry in entries]
    numbers = [tuple(map(int, match.groups())) for match in matches if match]
    if not entries or len(numbers) < len(entries) or not all(map(_is_span_of_hours, numbers)):
        reader.add_issue(path, "must be hours such as 22:00-06:00, or a list of them")
        return ()
    # As the times of steps are computed, so that a span begins with its step to the bit.
    spans = [((60 * first + minute) / 60, (60 * end + last) / 60) for first, minute, end, last in numbers]
    # A span that ends before it starts passes midnight.
    parts = [part for a, b in spans for part in ([(a, b)] if a < b else [(0.0, b), (a, 24.0)])]
    return tuple(sorted((a, b) for a, b in parts if a < b))


def _is_span_of_hours(numbers: tuple[int, ...]) -> bool:
    first, minute, end, last = numbers
    valid = first < 24 and minute < 60 and last < 60 and (end < 24 or (end, last) == (24, 0))
    return valid and (first, minute) != (end, last)


def _add_unknown(reader: JsonReader, values: Mapping[str, Any], known: tuple[str, ...], path: tuple[str, ...]) -> None:
    prefix = "".join(f"{key}." for key in path)
    reader.issues += [Issue(prefix + issue.field, issue.template, issue.values) for issue in check_names(values, known)]
