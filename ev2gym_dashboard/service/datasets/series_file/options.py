"""Options of reading a series file, and the issues and notes of a reading."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, fields, replace
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from ev2gym_dashboard.core.profile import Profile
from ev2gym_dashboard.core.schema import Issue, ValidationError, check_key, check_names, format_value

MAX_SERIES_ISSUES = 20
WHOLE_FILE = "file"
STAMPS = START_STAMP, END_STAMP = "start", "end"
FILLS = NO_FILL, LINEAR_FILL = "no", "linear"
DECIMALS = (".", ",")
MAX_RATE_MAD = 1e6
OPTION_HELP = {
    "time_column": "column of the times, by its heading or its number from 1, where the file has several",
    "column": "column of the values, by its heading or its number from 1",
    "unit": "unit of the values, such as W, kWh, EUR/MWh, in place of the one in the file",
    "time_zone": "time zone of times without one, such as Europe/Paris; UTC without it",
    "stamp": "what a time marks: the start or the end of its step",
    "fill": "linear fills single gaps by the mean of their neighbours; no refuses them",
    "decimal": "decimal mark, point or comma, where the numbers leave it open",
    "rate": "MAD for one unit of the currency of the file, such as 10.8 for EUR",
}
"""Options of a reading: name and meaning."""


@dataclass(frozen=True)
class ReadOptions:
    """What a user says about a series file; None where the file is to tell.

    The fields are those of `OPTION_HELP`.
    """

    time_column: str | int | None = None
    column: str | int | None = None
    unit: str | None = None
    time_zone: str | None = None
    stamp: str | None = None
    fill: str | None = None
    decimal: str | None = None
    rate: float | None = None

    def check(self) -> list[Issue]:
        """Return every issue of the options."""
        keys: dict[str, Collection[str]] = {"stamp": STAMPS, "fill": FILLS, "decimal": DECIMALS}
        issues = [
            issue
            for name, options in keys.items()
            if getattr(self, name) is not None
            for issue in check_key(name, getattr(self, name), options)
        ]
        issues += [
            make_issue(name, "must be a text, not {value}", value=getattr(self, name))
            for name in ("unit", "time_zone")
            if not isinstance(getattr(self, name), str | None)
        ]
        for name in ("time_column", "column"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, str | int | None):
                issues.append(make_issue(name, "must be a text, not {value}", value=value))
        return issues + self._check_rate() + self._check_time_zone()

    def _check_rate(self) -> list[Issue]:
        rate = self.rate
        if rate is None or (isinstance(rate, int | float) and not isinstance(rate, bool) and 0 < rate <= MAX_RATE_MAD):
            return []
        return [make_issue("rate", "must be MAD for one unit of the currency, above 0, not {value}", value=rate)]

    def _check_time_zone(self) -> list[Issue]:
        if not isinstance(self.time_zone, str) or find_time_zone(self.time_zone):
            return []
        return [make_issue("time_zone", "must be a time zone such as Europe/Paris, not {value}", value=self.time_zone)]


@dataclass(frozen=True)
class Proposal:
    """What a reading took the file for, as far as it came; the options of the same names change it.

    Parameters
    ----------
    time_columns, columns : the columns of times and of numbers, each as the options take it
    currency : currency of a price that needs a rate, "" for none
    time_zone : "" where the times name their offset, or have no date
    is_dated : whether the times have a date
    """

    time_columns: tuple[str, ...]
    columns: tuple[str, ...]
    is_dated: bool
    time_column: str
    column: str = ""
    unit: str = ""
    currency: str = ""
    decimal: str = ""
    time_zone: str = ""
    stamp: str = ""
    step_min: int = 0


@dataclass(frozen=True)
class SeriesReading:
    """Result of reading a file: the series and what the file was taken for, or every issue.

    Parameters
    ----------
    profile : the series in the unit of its field; None with issues
    proposal : what the file was taken for; None where it was not understood so far
    notes : assumptions and conversions, as sentences
    issues : the first `MAX_SERIES_ISSUES`, those of the whole file first, and the number of the others
    """

    profile: Profile | None = None
    proposal: Proposal | None = None
    notes: tuple[Issue, ...] = ()
    issues: tuple[Issue, ...] = ()


@dataclass
class Notes:
    """Collects the notes and the proposal of a reading while its stages run."""

    proposal: Proposal
    notes: list[Issue] = field(default_factory=list)

    def propose(self, **found: Any) -> None:
        """Set fields of the proposal: it outlasts an error of a later stage."""
        self.proposal = replace(self.proposal, **found)

    def add_issue(self, name: str, template: str, **values: object) -> None:
        """Add a note; of the name of an issue, so that its text is collected for translation."""
        self.notes.append(make_issue(name, template, **values))


def parse_options(values: dict[str, Any]) -> tuple[ReadOptions, list[Issue]]:
    """Return the options of external values, and every issue; with issues, do not use them."""
    issues = check_names(values, OPTION_HELP)
    known = {f.name: values[f.name] for f in fields(ReadOptions) if f.name in values}
    options = ReadOptions(**known)
    return options, issues + options.check()


def find_time_zone(name: str) -> ZoneInfo | None:
    """Return a time zone of the tzdata package; None if it has none of this name."""
    # The package's own file: zoneinfo would prefer an older copy of the system, which puts Morocco at UTC+1 for ever.
    parts = name.split("/")
    if not all(part.replace("_", "").replace("-", "").replace("+", "").isalnum() and part.isascii() for part in parts):
        return None
    path = (files("tzdata") / "zoneinfo").joinpath(*parts)
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            return ZoneInfo.from_file(file, key=name)
    except ValueError:
        return None


def make_issue(name: str, template: str, **values: object) -> Issue:
    """Return an issue; values that are not numbers as short printable texts."""
    shown = {key: value if isinstance(value, int | float) else format_value(value) for key, value in values.items()}
    return Issue(name, template, tuple(shown.items()))


def refuse_file(issue: Issue) -> ValidationError:
    """Return the error of a file that cannot be read any further."""
    return ValidationError([issue])


def limit_issues(issues: Collection[Issue]) -> tuple[Issue, ...]:
    """Return the first issues by row, those of the whole file before them, and the number of the others."""
    # A file of a year can have a hundred thousand issues: nobody reads them, and each is a row on the page.
    by_row = sorted(dict.fromkeys(issues), key=lambda issue: int(issue.field.partition(" ")[2] or 0))
    n_omitted = len(by_row) - MAX_SERIES_ISSUES
    if n_omitted <= 0:
        return tuple(by_row)
    return (*by_row[:MAX_SERIES_ISSUES], make_issue(WHOLE_FILE, "more issues: {count}", count=n_omitted))
