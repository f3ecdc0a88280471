"""Excel workbooks: their dates and numbers are those of the text files, a damaged one is a sentence."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pandas as pd
import pytest

from ev2gym_dashboard.core.profile import Profile
from ev2gym_dashboard.service.datasets.series_file.reader import read_series
from ev2gym_dashboard.service.datasets.series_file.table import MAX_UNPACKED_BYTES

DAY = datetime(2026, 12, 15, tzinfo=UTC)
STARTS = [DAY.replace(tzinfo=None) + timedelta(minutes=15 * k) for k in range(96)]


def write_workbook(**sheets: list[list[Any]]) -> bytes:
    file = io.BytesIO()
    with pd.ExcelWriter(file, engine="openpyxl") as writer:
        for name, rows in sheets.items():
            pd.DataFrame(rows).to_excel(writer, sheet_name=name, header=False, index=False)
    return file.getvalue()


def read(content: bytes) -> Profile | list[str]:
    reading = read_series(content, quantity="kW", low=0.0, high=1e7)
    return reading.profile if reading.profile is not None else [str(issue) for issue in reading.issues]


@pytest.mark.parametrize(
    "times",
    [
        STARTS,
        [f"{start:%d/%m/%Y %H:%M}" for start in STARTS],
        # A spreadsheet stores times as fractions of a day, whose rounding errors are below a second.
        [start + timedelta(microseconds=(-1) ** k * 400) for k, start in enumerate(STARTS)],
    ],
)
def test_a_sheet_of_dates_and_energies_is_read(times: list[Any]) -> None:
    rows: list[list[Any]] = [["Site", "Dépôt", None], ["Horodate", "Énergie (kWh)", "Qualité"]]
    rows += [[at, 12.5 + k, "VAL"] for k, at in enumerate(times)]
    profile = read(write_workbook(Notes=[["see the next sheet", 1]], Courbe=rows))
    assert isinstance(profile, Profile)
    assert (profile.start, profile.step_min) == (DAY, 15)
    assert profile.days.tolist() == [[4 * (12.5 + k) for k in range(96)]]


def test_a_sheet_of_clock_times_is_a_typical_day() -> None:
    profile = read(write_workbook(Jour=[["Heure", "kW"], *([time(hour), 500 + hour] for hour in range(24))]))
    assert isinstance(profile, Profile)
    assert (profile.start, profile.days.tolist()) == (None, [[500.0 + hour for hour in range(24)]])


def test_an_empty_cell_is_a_gap_of_its_row() -> None:
    rows: list[list[Any]] = [["Heure", "kW"], *([time(hour), None if hour == 5 else 7] for hour in range(24))]
    assert read(write_workbook(Jour=rows)) == ["row 7: has no value: add it, or let single gaps be filled (fill)"]


def test_a_workbook_without_a_series_or_damaged_or_huge_is_a_sentence() -> None:
    assert "must contain rows with a time and a value" in str(read(write_workbook(A=[["x", "y"]])))
    whole = write_workbook(A=[["x", "y"]])
    assert read(whole[: len(whole) // 2]) == ["file: is a damaged Excel workbook: save it again, or as CSV"]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (MAX_UNPACKED_BYTES + 1))
    assert len(file.getvalue()) < 1_000_000
    assert "must not be longer than" in str(read(file.getvalue()))
