"""Kinds of cells: times, dates, ranges of times, numbers and texts, by their form alone."""

from __future__ import annotations

import re

# [0-9] and not \d, which matches the digits of every script.
CLOCK = r"(?:[01]?[0-9]|2[0-4])[:hH][0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9})?)?(?:\s?[AaPp]\.?[Mm]\.?)?"
DATE = (
    r"(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/. ](?:[0-9]{1,2}|[A-Za-z]{3})[-/. ](?:[0-9]{4}|[0-9]{2}))"
)
ZONE = r"(?:\s?(?:Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2}))?"
DATE_TIME = rf"{DATE}(?:T|,?\s+){CLOCK}{ZONE}"
COMPACT_DATE = re.compile(
    r"(20[0-9]{2})(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])(?:[T ]?([01][0-9]|2[0-4])([0-5][0-9])(?:00)?)?"
)
"""Date of eight digits, with or without its time of four or six."""
DASH = r"(?:\s?[-–—]\s?|\s(?:to|bis|à|au|a)\s)"
NUMBER = r"[+\-−]?(?:[0-9](?:[0-9 .,'’\u00a0\u202f\u2009]*[0-9.,])?|[.,][0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
KINDS = {
    kind: re.compile(pattern)
    for kind, pattern in {
        "clock": CLOCK,
        "date": DATE,
        "datetime": DATE_TIME,
        "clock_range": rf"{CLOCK}{DASH}{CLOCK}",
        "datetime_range": rf"{DATE_TIME}(?:\s[-–—]\s|\s(?:to|bis|à|au|a)\s)(?:{DATE_TIME}|{CLOCK})",
        "number": NUMBER,
    }.items()
}
"""Patterns of the kinds; a cell has the first that fits."""
TIME_KINDS = frozenset(KINDS) - {"number"}
RANGE_KINDS = frozenset({"clock_range", "datetime_range"})
EMPTY_TEXTS = frozenset({"", "-", "--", "na", "n/a", "nan", "null", "none", "#n/a", "n.a.", "?", "."})
MAX_CELL_LENGTH = 80


def find_kind(cell: str) -> str:
    """Return the kind of a cell: one of `KINDS`, "empty" or "text"."""
    if cell.lower() in EMPTY_TEXTS:
        return "empty"
    # Longer cells are texts; the patterns would take long to find out.
    if len(cell) > MAX_CELL_LENGTH:
        return "text"
    return next((kind for kind, pattern in KINDS.items() if pattern.fullmatch(cell)), "text")


def is_time(cell: str) -> bool:
    """Return whether a cell has the form of a time, a date, or a range of either."""
    return find_kind(cell) in TIME_KINDS


def is_compact_date(cell: str) -> bool:
    """Return whether a cell has the form of a date of eight digits."""
    return COMPACT_DATE.fullmatch(cell) is not None


def is_number(cell: str) -> bool:
    """Return whether a cell has the form of a number."""
    return find_kind(cell) == "number"
