"""Times of series files: forms of dates, numbered hours, Unix times, time zones, gaps and repeats."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ev2gym_dashboard.service.datasets.series_file.options import find_time_zone
from tests.service.datasets.series_file.files import (
    DAY,
    HOURS,
    RISING,
    list_hours,
    list_sentences,
    read,
    read_valid,
    write_dated,
    write_day,
)


@pytest.mark.parametrize(
    "pattern",
    [
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%dT%H:%M:%S.000Z",
        "%Y-%m-%d %H:%M UTC",
        "%Y/%m/%d %H:%M",
        "%d/%m/%Y %H:%M",
        "%d.%m.%Y %H:%M",
        "%d.%m.%y %H:%M",
        "%d-%m-%Y %H:%M:%S",
        "%m/%d/%Y %I:%M %p",
        "%d-%b-%Y %H:%M",
        "%Y-%m-%dT%H:%M+0000",
    ],
)
def test_dates_are_read_in_every_usual_form(pattern: str) -> None:
    profile = read_valid(write_dated(list_hours(pattern)))
    assert (profile.start, profile.step_min, profile.days.tolist()) == (DAY, 60, [RISING])


@pytest.mark.parametrize("zone", ["+01:00", "+0530", "-05:00"])
def test_offsets_are_honoured(zone: str) -> None:
    offset = datetime.strptime(zone.replace(":", ""), "%z").utcoffset()
    profile = read_valid(write_dated(list_hours("%Y-%m-%dT%H:%M:%S" + zone)))
    assert offset is not None
    assert profile.start == DAY - offset


def test_a_date_and_a_clock_in_two_columns_are_one_time() -> None:
    rows = ["Datum;Zeit;kW", *(f"15.12.2026;{hour:02d}:00;{500 + hour}" for hour in HOURS)]
    assert read_valid(rows).start == DAY


@pytest.mark.parametrize("month_first", [False, True])
def test_the_order_of_day_and_month_is_the_one_with_equal_steps(month_first: bool) -> None:
    pattern = "%m/%d/%Y %H:%M" if month_first else "%d/%m/%Y %H:%M"
    profile = read_valid(write_dated(list_hours(pattern, n=72, first=datetime(2026, 5, 3, tzinfo=UTC))))
    assert profile.start == datetime(2026, 5, 3, tzinfo=UTC)


def test_a_day_that_may_be_a_month_is_read_with_the_day_first_and_said() -> None:
    reading = read(write_dated(list_hours("%d/%m/%Y %H:%M", first=datetime(2026, 6, 5, tzinfo=UTC))))
    assert reading.profile
    assert reading.profile.start == datetime(2026, 6, 5, tzinfo=UTC)
    assert "file: dates such as 05/06/2026 00:00 are read with the day first" in map(str, reading.notes)


def test_newest_first_is_sorted() -> None:
    rows = write_dated(list_hours("%Y-%m-%dT%H:%M"))
    assert read_valid([rows[0], *rows[:0:-1]]).days.tolist() == [RISING]


@pytest.mark.parametrize("step_min", [5, 10, 15, 30, 60, 120])
def test_steps_from_5_to_120_minutes_are_taken(step_min: int) -> None:
    profile = read_valid(write_dated(list_hours("%Y-%m-%d %H:%M", n=2880 // step_min, step_min=step_min)))
    assert (profile.step_min, len(profile.days)) == (step_min, 2)


def list_local_quarters(first: datetime, n: int, zone: Any) -> list[str]:
    return [(first + timedelta(minutes=15 * k)).astimezone(zone).strftime("%Y-%m-%d %H:%M") for k in range(n)]


@pytest.mark.parametrize(
    ("zone", "first", "n"),
    [
        ("Africa/Casablanca", datetime(2025, 4, 6, 0, tzinfo=UTC), 92),
        ("Africa/Casablanca", datetime(2026, 2, 14, 23, tzinfo=UTC), 100),
        ("Europe/Paris", datetime(2026, 3, 28, 23, tzinfo=UTC), 92),
        ("Europe/Paris", datetime(2026, 10, 24, 22, tzinfo=UTC), 100),
        ("America/New_York", datetime(2026, 11, 1, 4, tzinfo=UTC), 100),
    ],
)
@pytest.mark.parametrize("newest_first", [False, True])
def test_days_of_23_and_25_hours_are_whole_with_their_time_zone(
    zone: str, first: datetime, n: int, newest_first: bool
) -> None:
    rows = write_dated(list_local_quarters(first, n, find_time_zone(zone)))
    if newest_first:
        rows = [rows[0], *rows[:0:-1]]
    profile = read_valid(rows, time_zone=zone)
    assert (profile.start, len(profile.content) // 8, profile.step_min) == (first, n, 15)
    sentences = list_sentences(rows)
    assert len(sentences) == 1
    assert "as when the clock changes: choose the time zone" in sentences[0]


def test_morocco_has_utc_since_september_2026() -> None:
    rows = write_dated(list_hours("%Y-%m-%d %H:%M"))
    assert read_valid(rows, time_zone="Africa/Casablanca").start == DAY
    july = write_dated(list_hours("%Y-%m-%d %H:%M", first=datetime(2026, 7, 1, tzinfo=UTC)))
    assert read_valid(july, time_zone="Africa/Casablanca").start == datetime(2026, 6, 30, 23, tzinfo=UTC)


def test_a_time_that_the_clock_leaves_out_is_an_issue_of_its_row() -> None:
    rows = write_dated(list_hours("%Y-%m-%d %H:%M", first=datetime(2026, 3, 29, tzinfo=UTC)))
    assert (
        list_sentences(rows, time_zone="Europe/Paris")[0] == "row 4: is no time in Europe/Paris: the clock went forward"
    )


GAPS = {
    "row missing": lambda rows: [*rows[:8], *rows[9:]],
    "empty": lambda rows: [*rows[:8], rows[8].partition(",")[0] + ",", *rows[9:]],
    "no cell": lambda rows: [*rows[:8], rows[8].partition(",")[0], *rows[9:]],
    "n/a": lambda rows: [*rows[:8], rows[8].partition(",")[0] + ",n/a", *rows[9:]],
}


@pytest.mark.parametrize("gap", GAPS)
@pytest.mark.parametrize("pattern", ["%H:%M", "%Y-%m-%d %H:%M"])
def test_a_single_gap_is_an_issue_of_its_row_or_filled_when_asked(gap: str, pattern: str) -> None:
    rows = GAPS[gap](write_dated(list_hours(pattern)))
    (sentence,) = list_sentences(rows)
    assert sentence.startswith("row 9: ")
    reading = read(rows, fill="linear")
    assert reading.profile
    assert reading.profile.days.tolist() == [RISING]
    assert "file: single gaps filled by the mean of their neighbours: 1" in map(str, reading.notes)


def test_longer_gaps_are_never_filled() -> None:
    rows = write_dated(list_hours("%Y-%m-%d %H:%M"))
    assert list_sentences([*rows[:8], *rows[10:]], fill="linear") == ["row 9: must be 60 min after row 8, not 180 min"]
    empty = [row if k not in (8, 9) else row.partition(",")[0] + "," for k, row in enumerate(rows)]
    assert [sentence[:6] for sentence in list_sentences(empty, fill="linear")] == ["row 9:", "row 10"]
    first = [rows[0], rows[1].partition(",")[0] + ",", *rows[2:]]
    assert list_sentences(first, fill="linear")[0].startswith("row 2: has no value")


SPRING, AUTUMN = datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)


@pytest.mark.parametrize("factor", [1, 1000, 1_000_000, 1_000_000_000])
@pytest.mark.parametrize("suffix", ["", ".0"])
@pytest.mark.parametrize("newest_first", [False, True])
def test_unix_times_of_seconds_and_their_parts_are_utc(factor: int, suffix: str, newest_first: bool) -> None:
    rows = [f"{int(DAY.timestamp() + 3600 * hour) * factor}{suffix},{500 + hour}" for hour in HOURS]
    profile = read_valid(["timestamp,kW", *(rows[::-1] if newest_first else rows)], time_zone="Europe/Paris")
    assert (profile.start, profile.step_min, profile.days.tolist()) == (DAY, 60, [RISING])


def test_a_unix_time_beside_a_time_is_not_a_column_of_values() -> None:
    rows = [
        f"{time},{int(DAY.timestamp()) + 3600 * k},{500 + k}" for k, time in enumerate(list_hours("%Y-%m-%d %H:%M"))
    ]
    assert read_valid(["time,unix,kW", *rows]).days.tolist() == [RISING]


def test_a_unix_time_within_a_minute_is_an_issue_of_its_row() -> None:
    rows = [f"{int(DAY.timestamp()) + 3600 * hour + (hour == 5)};{500 + hour}" for hour in HOURS]
    sentence = list_sentences(rows)[0]
    assert sentence.startswith("row 6: must be a time such as")


def test_the_number_of_a_meter_is_no_unix_time() -> None:
    rows = [f"{time};1765756800;{500 + k}" for k, time in enumerate(list_hours("%d/%m/%Y %H:%M"))]
    assert read_valid(["Horodate;PRM;kW", *rows]).days.tolist() == [RISING]


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize(("steps", "step_min"), [(24, 60), (48, 30), (96, 15)])
@pytest.mark.parametrize(
    ("heading", "write"), [("Periodo", "{}"), ("Heure", "H{:02d}"), ("hour", "{}.0"), ("", "{:02d}h")]
)
def test_a_date_and_the_number_of_a_step_are_a_time(
    heading: str, write: str, first: int, steps: int, step_min: int
) -> None:
    days = [(DAY + timedelta(days=day)).strftime("%d/%m/%Y") for day in range(3)]
    rows = [f"{day};{write.format(first + k)};{500 + k}" for day in days for k in range(steps)]
    reading = read([f"Fecha;{heading};kW", *rows])
    assert reading.profile, list(map(str, reading.issues))
    assert (reading.profile.start, reading.profile.step_min) == (DAY, step_min)
    assert reading.profile.days.tolist() == [[500.0 + k for k in range(steps)]] * 3
    assert any("count the steps of a day" in str(note) for note in reading.notes)


@pytest.mark.parametrize("write", ["{:02d}-{:02d}", "{}-{}", "{}h - {}h"])
def test_a_range_of_hours_begins_with_its_first_one(write: str) -> None:
    rows = [f"2026-12-15;{write.format(hour, hour + 1)};{500 + hour}" for hour in HOURS]
    assert read_valid(["Datum;Stunde;kW", *rows]).days.tolist() == [RISING]


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_numbers_of_hours_without_a_date_are_a_typical_day(first: int, separator: str) -> None:
    rows = [f"{first + hour}{separator}{500 + hour}" for hour in HOURS]
    profile = read_valid([f"hour{separator}kW", *rows])
    assert (profile.start, profile.days.tolist()) == (None, [RISING])


def test_the_date_of_a_spreadsheet_has_no_time_of_its_own() -> None:
    numbered = [f"2026-12-15 00:00:00;{hour + 1};{500 + hour}" for hour in HOURS]
    timed = [f"2026-12-15 00:00:00;{hour:02d}:00:00;{500 + hour}" for hour in HOURS]
    for rows in (numbered, timed):
        profile = read_valid(["Date;Heure;kW", *rows])
        assert (profile.start, profile.days.tolist()) == (DAY, [RISING])


CLOCK_HOURS = {
    SPRING: [hour for hour in range(1, 25) if hour != 3],
    AUTUMN: [1, 2, 3, 3, *range(4, 25)],
}
"""Hours by the clock, of which the third does not exist or comes twice."""


@pytest.mark.parametrize("day", CLOCK_HOURS)
def test_numbered_hours_count_a_day_of_23_or_25_hours_from_its_midnight(day: datetime) -> None:
    whole, n_hours = [*range(1, 25)], len(CLOCK_HOURS[day])

    def write_days(hours: list[int]) -> list[str]:
        dates = [day - timedelta(days=1), day, day + timedelta(days=1)]
        rows = [f"{date:%Y-%m-%d},{hour}" for date, n in zip(dates, (whole, hours, whole), strict=True) for hour in n]
        return ["date,hour,kW", *(f"{row},{k}" for k, row in enumerate(rows))]

    counted = write_days([*range(1, n_hours + 1)])
    profile = read_valid(counted, time_zone="Europe/Madrid")
    assert profile.values.tolist() == [float(k) for k in range(48 + n_hours)]
    assert (profile.start.hour if profile.start else None) == (23 if day is SPRING else 22)
    (sentence,) = list_sentences(counted)
    assert "as when the clock changes: choose the time zone" in sentence
    assert read_valid(write_days(CLOCK_HOURS[day]), time_zone="Europe/Madrid") == profile


def repeat_rows(rows: list[str], first: int, last: int) -> list[str]:
    return [*rows[: last + 1], *rows[first : last + 1], *rows[last + 1 :]]


@pytest.mark.parametrize("pattern", ["%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M", "%Y-%m-%dT%H:%M:%SZ"])
@pytest.mark.parametrize("zone", [None, "Europe/London"])
def test_a_time_that_comes_twice_is_told_with_its_rows(pattern: str, zone: str | None) -> None:
    day = datetime(2026, 3, 28, tzinfo=UTC)
    rows = repeat_rows(write_dated(list_hours(pattern, first=day)), 8, 8)
    expected = ["row 10: 2026-03-28 07:00 comes twice, in rows 9 and 10: remove one"]
    assert list_sentences(rows, time_zone=zone) == expected


def test_a_time_that_comes_twice_on_the_day_of_the_short_hour_is_no_change_of_the_clock() -> None:
    rows = repeat_rows(write_dated(list_hours("%Y-%m-%d %H:%M", first=SPRING)), 3, 3)
    assert list_sentences(rows) == ["row 5: 2026-03-29 02:00 comes twice, in rows 4 and 5: remove one"]


def test_rows_that_come_twice_are_one_sentence() -> None:
    rows = write_dated(list_hours("%Y-%m-%d %H:%M", n=96, step_min=15))
    assert list_sentences(repeat_rows(rows, 9, 12)) == [
        "row 14: 4 times from 2026-12-15 02:00 on come twice, in rows 10 to 13 and 14 to 17: remove one of them"
    ]
    assert len(list_sentences(repeat_rows(rows, 1, 96))) == 1
    typical = write_day("time,kW", lambda hour: hour)
    assert "comes twice, in rows 2 and 3" in list_sentences(repeat_rows(typical, 1, 1))[0]


@pytest.mark.parametrize("step_min", [15, 30, 60])
def test_the_hour_that_the_clock_repeats_asks_for_the_time_zone_once(step_min: int) -> None:
    times = list_hours("%Y-%m-%d %H:%M", n=1440 // step_min, first=AUTUMN, step_min=step_min)
    per_hour = 60 // step_min
    rows = write_dated(repeat_rows(times, 2 * per_hour, 3 * per_hour - 1))
    (sentence,) = list_sentences(rows)
    assert "2026-10-25 02:00 comes twice, in rows" in sentence
    assert sentence.endswith("as when the clock changes: choose the time zone of the file")
    assert len(read_valid(rows, time_zone="Europe/Paris").values) == 25 * per_hour
    # A third hour is a repeat in the time zone, too.
    thrice = write_dated(times[: 3 * per_hour] + 2 * times[2 * per_hour : 3 * per_hour] + times[3 * per_hour :])
    (sentence,) = list_sentences(thrice, time_zone="Europe/Paris")
    assert sentence.startswith(f"row {2 + 4 * per_hour}: ")
    assert "twice, in rows" in sentence


def test_a_missing_hour_is_a_change_of_the_clock_on_such_a_day_only() -> None:
    for first, is_change in ((SPRING, True), (SPRING - timedelta(days=3), False)):
        rows = write_dated(list_hours("%Y-%m-%d %H:%M", first=first, n=48))
        (sentence,) = list_sentences([*rows[:3], *rows[4:]])
        assert ("choose the time zone" in sentence) == is_change


WIDE_HEADINGS: dict[str, tuple[int, Callable[[int], str]]] = {
    "clock": (24, lambda k: f"{k:02d}:00"),
    "range": (24, lambda k: f"{k:02d}:00-{k + 1:02d}:00"),
    "number": (24, lambda k: str(k + 1)),
    "from 0": (24, str),
    "letter": (24, lambda k: f"H{k + 1}"),
    "half hours": (48, lambda k: f"{k // 2:02d}:{k % 2 * 30:02d}"),
    "quarters": (96, lambda k: f"{k // 4:02d}:{k % 4 * 15:02d}"),
    "numbered quarters": (96, lambda k: f"Q{k + 1}"),
    "hours of a long day": (25, lambda k: str(k + 1)),
}


@pytest.mark.parametrize("name", WIDE_HEADINGS)
@pytest.mark.parametrize("pattern", ["%Y-%m-%d", "%d/%m/%Y"])
def test_a_row_for_each_day_is_read_along_its_columns(name: str, pattern: str) -> None:
    n_columns, write = WIDE_HEADINGS[name]
    n_steps = 24 if n_columns == 25 else n_columns
    days = [(DAY + timedelta(days=day)).strftime(pattern) for day in range(2)]
    cells = [[*(f"{500 + 100 * day + k}" for k in range(n_steps)), *[""] * (n_columns - n_steps)] for day in range(2)]
    rows = [";".join(["PRM7", day, *row, "999"]) for day, row in zip(days, cells, strict=True)]
    heading = ";".join(["PRM", "Date", *map(write, range(n_columns)), "Total"])
    profile = read_valid(["Site;A", "Unit;kW", heading, *rows])
    assert (profile.start, profile.step_min) == (DAY, 1440 // n_steps)
    assert profile.days.tolist() == [[500.0 + 100 * day + k for k in range(n_steps)] for day in range(2)]


def test_a_wide_table_has_the_unit_of_its_preamble_and_days_of_23_and_25_hours() -> None:
    heading = ";".join(["Date", *map(str, range(1, 26))])
    lengths = {"2026-03-28": 24, "2026-03-29": 23, "2026-03-30": 24}
    rows = [";".join([day, *map(str, range(n)), *[""] * (25 - n)]) for day, n in lengths.items()]
    profile = read_valid(["Unit;kWh", heading, *rows], time_zone="Europe/Paris")
    assert profile.values.tolist() == [float(k) for n in lengths.values() for k in range(n)]


def test_an_empty_cell_of_a_wide_table_is_an_issue_of_its_row_and_hour() -> None:
    heading = ";".join(["Date", *(f"{hour:02d}:00" for hour in HOURS)])
    cells = [*(str(hour) for hour in range(7)), "", *(str(hour) for hour in range(8, 24))]
    rows = [heading, ";".join(["2026-12-15", *cells]), ";".join(["2026-12-16", *map(str, HOURS)])]
    assert list_sentences(rows) == ["row 2: has no value for 2026-12-15 07:00"]
    assert read_valid(rows, fill="linear").days[0].tolist() == [float(hour) for hour in HOURS]
    assert "must be a number, not x" in list_sentences([rows[0], rows[1].replace(";;", ";x;"), rows[2]])[0]
