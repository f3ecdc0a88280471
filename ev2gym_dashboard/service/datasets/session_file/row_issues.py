"""Row issues of a session file: all of them found, the first of them listed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Booleans
from ev2gym_dashboard.core.charging_sessions import format_time
from ev2gym_dashboard.core.schema import Issue, IssueValues, ValidationError, format_value
from ev2gym_dashboard.service.datasets.session_file.times import NO_TIME

MAX_LISTED = 20


class RowIssues:
    """Issues of the rows of a table, with the numbers that a user counts."""

    def __init__(self, named: pd.DataFrame, *, first_row: int) -> None:
        # The index of a file counts its rows; that of a user's data frame may be anything.
        is_counted = isinstance(named.index, pd.RangeIndex) or pd.api.types.is_integer_dtype(named.index)
        self._numbers = (named.index.to_numpy() if is_counted else np.arange(len(named))) + first_row
        self._issues: list[tuple[int, Issue]] = []
        self.n_found = 0

    def add_issue(
        self, name: str, template: str, wrong: Booleans, given: pd.Series | None = None, values: IssueValues = ()
    ) -> None:
        """Add an issue for each row that is wrong; ``given`` holds the values of the rows."""
        rows = np.flatnonzero(wrong)
        self.n_found += len(rows)
        for row in rows[:MAX_LISTED].tolist():
            value = () if given is None else (("value", _format_given(given.iloc[row])),)
            self._add_issue(name, template, row=row, values=values + value)

    def check_overlaps(
        self,
        name: str,
        codes: NDArray[np.int64],
        ids: list[str],
        order: NDArray[np.intp],
        arrival_s: NDArray[np.int64],
        departure_s: NDArray[np.int64],
    ) -> None:
        """Add an issue for each stay that begins while a vehicle, or an EVSE, is still in another one."""
        rows = order[(codes[order] >= 0) & (departure_s[order] > arrival_s[order]) & (arrival_s[order] != NO_TIME)]
        rows = rows[np.argsort(codes[rows], kind="stable")]
        earlier, later = rows[:-1], rows[1:]
        overlaps = (codes[earlier] == codes[later]) & (arrival_s[later] < departure_s[earlier])
        self.n_found += int(overlaps.sum())
        for before, row in zip(earlier[overlaps][:MAX_LISTED], later[overlaps][:MAX_LISTED], strict=True):
            values = (
                ("id", ids[codes[row]]),
                ("row", int(self._numbers[before])),
                ("time", format_time(departure_s[before])),
            )
            self._add_issue(name, "{id} is still in the stay of row {row}, until {time}", row=int(row), values=values)

    def raise_any(self) -> None:
        """Raise `ValidationError` with the issues, the first rows first, if there are any."""
        if not self._issues:
            return
        listed = [issue for _, issue in sorted(self._issues, key=lambda pair: pair[0])][:MAX_LISTED]
        n_more = self.n_found - len(listed)
        if n_more:
            listed.append(Issue("file", "has more issues in its rows: {n}", (("n", n_more),)))
        raise ValidationError(listed)

    def _add_issue(self, name: str, template: str, *, row: int, values: IssueValues) -> None:
        self._issues.append((row, Issue(f"row {int(self._numbers[row])}, {name}", template, values)))


def _format_given(value: Any) -> str:
    return "nothing" if pd.isna(value) else format_value(str(value))
