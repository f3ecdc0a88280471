"""Day shapes of the base load and the dates of Ramadan, read from their data file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ev2gym_dashboard.core.site.tariff import HOURS_PER_DAY, SEASONS, find_season
from ev2gym_dashboard.service.datasets.json_reader import JsonReader

RAMADAN = "ramadan"
MAX_RAMADAN_DAYS = 30

DayShape = tuple[float, ...]
DateRange = tuple[date, date]


@dataclass(frozen=True)
class LoadShapes:
    """Day shapes of a load.

    Parameters
    ----------
    shapes : by "winter", "summer" and "ramadan": 24 hourly means, as fractions of the highest one
    ramadan : first and last day of each Ramadan, both included
    source, note : source of the shapes, and the assumptions about them
    ramadan_source, ramadan_note : source of the dates, and the assumptions about them
    """

    shapes: Mapping[str, DayShape]
    ramadan: tuple[DateRange, ...]
    source: str
    note: str
    ramadan_source: str
    ramadan_note: str

    @property
    def ramadan_years(self) -> frozenset[int]:
        """The years whose Ramadan is listed."""
        # Every year has the beginning of a Ramadan: twelve lunar months are shorter than a year.
        return frozenset(first.year for first, _ in self.ramadan)

    def find_shape(self, day: date) -> DayShape:
        """Return the hourly means of a day, UTC."""
        fasting = any(first <= day <= last for first, last in self.ramadan)
        return self.shapes[RAMADAN if fasting else find_season(day)]


def parse_load_shapes(content: bytes) -> LoadShapes:
    """Return the load shapes of a file.

    Raises
    ------
    ValidationError
        With every issue of the file.
    """
    reader = JsonReader(content)
    shapes = LoadShapes(
        shapes={name: _read_shape(reader, "shapes", name) for name in (*SEASONS, RAMADAN)},
        ramadan=_read_date_ranges(reader, RAMADAN, "periods"),
        source=reader.read_text("source"),
        note=reader.read_text("note"),
        ramadan_source=reader.read_text(RAMADAN, "source"),
        ramadan_note=reader.read_text(RAMADAN, "note"),
    )
    reader.raise_issues()
    return shapes


def _read_shape(reader: JsonReader, *path: str) -> DayShape:
    shape = reader.read_numbers(*path, length=HOURS_PER_DAY, low=0, high=1)
    # An hour that is null is NaN, and so is the maximum then.
    if shape.max() != 1:
        reader.add_issue(path, "must be fractions of the highest value, which is 1")
    return tuple(shape.tolist())


def _read_date_ranges(reader: JsonReader, *path: str) -> tuple[DateRange, ...]:
    return tuple(
        _read_date_range(reader, entry, *path, str(index)) for index, entry in enumerate(reader.read_entries(*path))
    )


def _read_date_range(reader: JsonReader, entry: object, *path: str) -> DateRange:
    values = entry if isinstance(entry, Mapping) else {}
    first, last = (reader.parse_day(values.get(name), *path, name) for name in ("first_day", "last_day"))
    if not 0 <= (last - first).days < MAX_RAMADAN_DAYS:
        reader.add_issue(path, "must end from 0 to {high} days after it begins", high=MAX_RAMADAN_DAYS - 1)
    return first, last
