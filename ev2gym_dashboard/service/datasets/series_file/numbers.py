"""Numbers of a column: its decimal and thousands marks, which all of its cells decide together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ev2gym_dashboard.core.arrays import Booleans, Floats
from ev2gym_dashboard.service.datasets.series_file.cells import EMPTY_TEXTS
from ev2gym_dashboard.service.datasets.series_file.options import make_issue, refuse_file

SPACES_BETWEEN_GROUPS = r"(?<=[0-9])[ '’\u00a0\u202f\u2009](?=[0-9]{3}(?![0-9]))"
MINUS = "−"
EXPONENT = r"(?:[eE][+-]?[0-9]{1,3})?"
PATTERNS = {
    decimal: re.compile(
        rf"[+-]?(?:(?:[0-9]+|[1-9][0-9]{{0,2}}(?:{re.escape(other)}[0-9]{{3}})+)(?:{re.escape(decimal)}[0-9]*)?"
        rf"|{re.escape(decimal)}[0-9]+){EXPONENT}"
    )
    for decimal, other in ((".", ","), (",", "."))
}
"""A number by decimal mark; the other mark may separate thousands."""


@dataclass(frozen=True)
class Numbers:
    """Numbers of a column.

    Parameters
    ----------
    values : (n,), NaN where a cell has none
    is_empty : whether a cell says that it has no value, (n,)
    decimal : the decimal mark
    has_thousands : whether a mark separates thousands in any cell
    """

    values: Floats
    is_empty: Booleans
    decimal: str
    has_thousands: bool


def parse_numbers(cells: Sequence[str], *, separator: str, decimal: str | None) -> Numbers:
    """Return the numbers of a column; raise `ValidationError` if its marks leave the values open.

    Parameters
    ----------
    cells : the texts, (n,)
    separator : separator of the columns; commas between quotes in a file with commas may be either mark
    decimal : decimal mark that the user says
    """
    texts = pd.Series(cells, dtype=object).str.replace(SPACES_BETWEEN_GROUPS, "", regex=True).str.replace(MINUS, "-")
    is_empty = texts.str.lower().isin(EMPTY_TEXTS).to_numpy(dtype=bool)
    fits = {mark: _fit(texts, mark) for mark in PATTERNS}
    mark = decimal or _choose_mark(texts, fits, separator)
    if mark is None:
        example = next(text for text in texts if "," in text)
        issue = make_issue(
            "decimal",
            "has numbers such as {value}, which can be read in two ways: choose the decimal mark",
            value=example,
        )
        raise refuse_file(issue)
    values = _convert(texts, fits[mark], mark)
    other = "," if mark == "." else "."
    return Numbers(values, is_empty, mark, bool(texts[fits[mark]].str.contains(other, regex=False).any()))


def _fit(texts: pd.Series, mark: str) -> Booleans:
    return texts.map(lambda text: PATTERNS[mark].fullmatch(text) is not None).to_numpy(dtype=bool)


def _convert(texts: pd.Series, fits: Booleans, mark: str) -> Floats:
    other = "," if mark == "." else "."
    plain = texts.str.replace(other, "", regex=False).str.replace(mark, ".", regex=False)
    return np.asarray(plain.where(fits, "nan"), dtype=np.float64)


def _choose_mark(texts: pd.Series, fits: dict[str, Booleans], separator: str) -> str | None:
    """Return the decimal mark; None if the column leaves it open."""
    n_point, n_comma = (int(fits[mark].sum()) for mark in (".", ","))
    if n_point != n_comma:
        return "." if n_point > n_comma else ","
    marked = texts[fits["."]].str.contains("[.,]", regex=True).to_numpy(dtype=bool)
    if not marked.any():
        return "."
    spreads = {mark: _compute_spread(_convert(texts, fits[mark], mark)[fits["."]], marked) for mark in PATTERNS}
    # Values of 980 and 1.000 side by side: the reading without a jump is the right one.
    if spreads["."] != spreads[","]:
        return min(spreads, key=lambda mark: spreads[mark])
    if texts[fits["."]].str.contains(",", regex=False).any():
        return None if separator == "," else ","
    return "."


def _compute_spread(values: Floats, marked: Booleans) -> float:
    """Return by how much the numbers with a mark and those without one differ in size; 0 without both kinds."""
    sizes = [np.abs(part[part != 0]) for part in (values[marked], values[~marked])]
    if not all(part.size for part in sizes):
        return 0.0
    logs = [float(np.median(np.log(part))) for part in sizes]
    return abs(logs[0] - logs[1])
