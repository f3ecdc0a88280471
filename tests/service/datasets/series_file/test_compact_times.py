"""Dates and clock times without marks: read as those with marks are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ev2gym_dashboard.core.profile import Profile
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.datasets.series_file.compact_times import spell_out_times
from ev2gym_dashboard.service.datasets.series_file.reader import read_profile
from ev2gym_dashboard.service.datasets.series_file.table import read_table

Row = Callable[[int, int, int], str]
QUARTERS = [(day, hour, minute) for day in (15, 16) for hour in range(24) for minute in range(0, 60, 15)]


def read(tmp_path: Path, head: str, row: Row) -> Profile:
    lines = [head, *(f"{row(*quarter)};{k}" for k, quarter in enumerate(QUARTERS))]
    path = tmp_path / "meter.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_profile(path)


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("Date;Time;kW", lambda d, h, m: f"202601{d};{h:02d}{m:02d}"),
        ("Date;Time;kW", lambda d, h, m: f"202601{d};{100 * h + m}"),
        ("Date;Time;kW", lambda d, h, m: f"202601{d};{h:02d}{m:02d}00"),
        ("Date;Time;kW", lambda d, h, m: f"202601{d};{h:02d}:{m:02d}"),
        ("Date;Heure;kW", lambda d, h, m: f"2026-01-{d};{h:02d}{m:02d}"),
        ("Date;Heure;kW", lambda d, h, m: f"{d}/01/2026;{h:02d}{m:02d}"),
        ("Time;kW", lambda d, h, m: f"202601{d}{h:02d}{m:02d}"),
        ("Time;kW", lambda d, h, m: f"202601{d}{h:02d}{m:02d}00"),
        ("Time;kW", lambda d, h, m: f"202601{d} {h:02d}{m:02d}"),
        ("Time;kW", lambda d, h, m: f"202601{d}T{h:02d}{m:02d}"),
    ],
)
def test_compact_times_are_those_with_marks(tmp_path: Path, head: str, row: Row) -> None:
    expected = read(tmp_path, "Time;kW", lambda d, h, m: f"2026-01-{d} {h:02d}:{m:02d}")
    assert expected.n_days == 2
    assert read(tmp_path, head, row) == expected


def test_ends_of_steps_until_2400_are_understood(tmp_path: Path) -> None:
    def end(h: int, m: int) -> int:
        return 100 * (h + (m + 15) // 60) + (m + 15) % 60

    compact = read(tmp_path, "Date;Time;kW", lambda d, h, m: f"202601{d};{end(h, m):04d}")
    marked = read(tmp_path, "Date;Time;kW", lambda d, h, m: f"2026-01-{d};{end(h, m) // 100:02d}:{end(h, m) % 100:02d}")
    assert compact == marked
    assert compact.n_days == 2


@pytest.mark.parametrize(
    "lines",
    [
        ["Date;A;kW", *(f"2026-01-15 {h:02d}:00;{h};{h}" for h in range(24))],
        ["Date;Hour;kW", *(f"2026-01-15;{h};{h}" for h in range(24))],
        ["Time;kW", *(f"2026-01-15 {h:02d}:00;{100 + h % 3}" for h in range(24))],
        ["Date;kW", *(f"2026-01-{d};{500 + d}" for d in range(10, 31))],
    ],
)
def test_numbers_that_do_not_go_round_the_day_stay_numbers(lines: list[str]) -> None:
    table = read_table("\n".join(lines))
    assert spell_out_times(table).rows == table.rows


def test_clock_times_alone_are_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValidationError) as refused:
        read(tmp_path, "Time;kW", lambda _, h, m: f"{h:02d}{m:02d}")
    assert len(refused.value.issues) == 1
