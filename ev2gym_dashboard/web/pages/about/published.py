"""Published figures and ours on the page About, from the file that ``python -m tools.reality`` writes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

PUBLISHED_FILE = Path(__file__).with_name("published.json")
MET, MISSED, INCOMPARABLE = "met", "missed", "cannot be compared"
UNITLESS, PERCENT = "", "%"


@dataclass(frozen=True)
class PublishedFigure:
    """A published figure with ours; title, texts and a unit in words are msgids.

    Parameters
    ----------
    title : the name of the figure
    figure, source : the published figure, and who published it
    address : page on which it was read; empty where none is known
    conditions : how our conditions differ
    scenarios : names of the files of our scenarios
    mean, ci95 : our figure, and half its 95 % interval [unit]
    decimals : number of decimals that both are shown with
    unit : of our figure
    tolerance : lowest and highest mean that meet it; empty where there is nothing to compare
    verdict : `MET`, `MISSED` or `INCOMPARABLE`
    reason : why it is not met; empty where it is
    """

    title: str
    figure: str
    source: str
    address: str
    conditions: str
    scenarios: tuple[str, ...]
    mean: float
    ci95: float
    decimals: int
    unit: str
    tolerance: tuple[float, ...]
    verdict: str
    reason: str


@dataclass(frozen=True)
class PublishedFigures:
    """The figures, and the number of seeds over which ours are means."""

    seeds: int
    figures: tuple[PublishedFigure, ...]


@cache
def read_published_figures() -> PublishedFigures:
    """Return the figures of the file."""
    content = json.loads(PUBLISHED_FILE.read_text(encoding="utf-8"))
    return PublishedFigures(content["seeds"], tuple(map(_parse_figure, content["figures"])))


def _parse_figure(row: dict[str, Any]) -> PublishedFigure:
    return PublishedFigure(**row | {name: tuple(row[name]) for name in ("scenarios", "tolerance")})


def list_published_texts() -> set[str]:
    """Return the msgids of the figures."""
    texts = {
        text
        for figure in read_published_figures().figures
        for text in (figure.title, figure.figure, figure.source, figure.conditions, figure.reason, figure.unit)
    }
    return texts - {UNITLESS, PERCENT}
