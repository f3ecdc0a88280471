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
from ev2gym_dashboard.service.datasets.series_file.workbook import MAX_CELL_LENGTH, MAX_UNPACKED_BYTES, read_sheets

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


def change_part(name: str, before: str, after: str) -> bytes:
    """Return a small workbook with a text in one of its parts replaced."""
    file = io.BytesIO()
    whole = write_workbook(Jour=[["Heure", "kW"], *([time(hour), 7] for hour in range(24))])
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            text = old.read(part).decode()
            assert part != name or before in text
            new.writestr(part, text.replace(before, after) if part == name else text)
    return file.getvalue()


SHEET, END = "xl/worksheets/sheet1.xml", "</sheetData>"
RELATION = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="rId1"'
BOMBS = {
    "a row far below": (SHEET, END, f'<row r="{10**12}"><c><v>1</v></c></row>{END}'),
    "columns far to the right": (SHEET, END, '<row><c r="ZZZ1"><v>1</v></c></row>' * 1_000 + END),
    "cells": (SHEET, END, f"<row>{'<c/>' * 2_000_000}</row>{END}"),
    "attributes": (SHEET, END, "<row><c" + "".join(f' a{k}="1"' for k in range(300_000)) + f"/></row>{END}"),
    "formats": ("xl/styles.xml", "</cellXfs>", "<xf/>" * 100_000 + "</cellXfs>"),
    "merged cells": (SHEET, END, END + '<mergeCell ref="A1:B2"/>' * 100_000),
    "texts": (SHEET, END, '<row><c t="inlineStr"><is><t>a</t></is></c></row>' * 200_000 + END),
    "sheets": ("xl/workbook.xml", "</sheets>", f'<sheet {RELATION} name="a" sheetId="9"/>' * 10_000 + "</sheets>"),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_short_workbook_that_takes_much_work_is_refused(bomb: tuple[str, str, str]) -> None:
    content = change_part(*bomb)
    assert len(content) < 1_000_000
    assert read(content) == ["file: has too many cells: save the sheet of the series as CSV"]


def test_of_a_long_text_the_beginning_is_read() -> None:
    ((_number, cells),) = next(read_sheets(write_workbook(A=[[f" {'x' * 30_000} ", 1]])))
    assert cells == ["x" * (MAX_CELL_LENGTH - 1), "1"]


def test_a_sheet_that_says_wrong_of_its_size_is_read() -> None:
    assert isinstance(read(change_part(SHEET, 'ref="A1:B25"', 'ref="A1:A3"')), Profile)


def test_an_error_of_a_formula_is_a_gap_of_its_row() -> None:
    rows: list[list[Any]] = [["Heure", "kW"], *([time(hour), "#DIV/0!" if hour == 5 else 7] for hour in range(24))]
    assert read(write_workbook(Jour=rows)) == ["row 7: has no value: add it, or let single gaps be filled (fill)"]
