"""Reads the measured day shapes of the base load, and the dates of Ramadan, out of their data file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ev2gym_dashboard.core.site.tariff import HOURS_PER_DAY, SEASONS, season_of
from ev2gym_dashboard.service.datasets.json_reader import Reader

RAMADAN = "ramadan"
MAX_DAYS_OF_RAMADAN = 30

Shape = tuple[float, ...]
Period = tuple[date, date]


@dataclass(frozen=True)
class LoadShapes:
    """Day shapes of a load.

    Parameters
    ----------
    shapes : by "winter", "summer" and "ramadan": 24 hourly means, as fractions of the highest one
    ramadan : first and last day of each Ramadan, both included
    source, note : where the shapes come from, and what is assumed of them
    ramadan_source, ramadan_note : the same of the dates
    """

    shapes: Mapping[str, Shape]
    ramadan: tuple[Period, ...]
    source: str
    note: str
    ramadan_source: str
    ramadan_note: str

    def shape_on(self, day: date) -> Shape:
        """Return the hourly means of a day, UTC."""
        fasting = any(first <= day <= last for first, last in self.ramadan)
        return self.shapes[RAMADAN if fasting else season_of(day)]


def parse_load_shapes(content: bytes) -> LoadShapes:
    """Return the load shapes of a file.

    Raises
    ------
    Invalid
        With every issue of the file.
    """
    reader = Reader(content)
    shapes = LoadShapes(
        shapes={name: _shape(reader, "shapes", name) for name in (*SEASONS, RAMADAN)},
        ramadan=_periods(reader, RAMADAN, "periods"),
        source=reader.text("source"),
        note=reader.text("note"),
        ramadan_source=reader.text(RAMADAN, "source"),
        ramadan_note=reader.text(RAMADAN, "note"),
    )
    reader.finish()
    return shapes


def _shape(reader: Reader, *path: str) -> Shape:
    shape = reader.numbers(*path, length=HOURS_PER_DAY, low=0, high=1)
    if shape.max() != 1:
        reader.refuse(path, "must be fractions of the highest value, which is 1")
    return tuple(shape.tolist())


def _periods(reader: Reader, *path: str) -> tuple[Period, ...]:
    return tuple(_period(reader, entry, *path, str(place)) for place, entry in enumerate(reader.entries(*path)))


def _period(reader: Reader, entry: object, *path: str) -> Period:
    values = entry if isinstance(entry, Mapping) else {}
    first, last = (reader.checked_day(values.get(name), *path, name) for name in ("first_day", "last_day"))
    if not 0 <= (last - first).days < MAX_DAYS_OF_RAMADAN:
        reader.refuse(path, "must end from 0 to {high} days after it begins", high=MAX_DAYS_OF_RAMADAN - 1)
    return first, last
