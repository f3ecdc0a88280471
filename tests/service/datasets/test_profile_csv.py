"""Profile files: any text gives whole days or every issue at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ev2gym_dashboard.core.schema import Issue
from ev2gym_dashboard.service.datasets.profile_csv import (
    MAX_CHARACTERS,
    MAX_DAYS,
    MAX_PROFILE_ISSUES,
    MAX_ROWS,
    ProfileQuantity,
    parse_profile_csv,
)

DayProfiles = tuple[tuple[float, ...], ...]
LENGTHS = (24, 48, 96, 144, 288, 1440)


def parse_csv(
    text: str | bytes, *, quantity: ProfileQuantity = "kW", low: float = 0, high: float = 10_000
) -> tuple[DayProfiles | None, list[Issue]]:
    profile, issues = parse_profile_csv(text, quantity=quantity, low=low, high=high)
    days = None if profile is None else tuple(map(tuple, profile.values.reshape(-1, profile.steps_per_day).tolist()))
    return days, issues


def parse_valid(text: str) -> DayProfiles:
    profiles, issues = parse_csv(text)
    assert profiles is not None, issues
    return profiles


def make_typical_rows(per_day: int = 24, *, separator: str = ",", decimal: str = ".") -> list[str]:
    step_min = 1440 // per_day
    minutes = [index * step_min for index in range(per_day)]
    return [f"{m // 60:02d}:{m % 60:02d}{separator}{index}{decimal}5" for index, m in enumerate(minutes)]


def make_dated_rows(days: int, *, step_min: int = 60, first: str = "2026-12-15T00:00", zone: str = "") -> list[str]:
    start = datetime.fromisoformat(first)
    times = [start + timedelta(minutes=step_min * index) for index in range(days * 1440 // step_min)]
    return [f"{time.isoformat(timespec='minutes')}{zone},{index}" for index, time in enumerate(times)]


def list_issues(lines: list[str] | str | bytes, **options: Any) -> list[str]:
    profiles, issues = parse_csv("\n".join(lines) if isinstance(lines, list) else lines, **options)
    assert profiles is None
    return [str(issue) for issue in issues]


def list_issue_fields(lines: list[str] | str | bytes, **options: Any) -> list[str]:
    return [issue.partition(":")[0] for issue in list_issues(lines, **options)]


@pytest.mark.parametrize("per_day", LENGTHS)
def test_a_typical_day_is_one_day_of_its_values(per_day: int) -> None:
    profiles, issues = parse_csv("\n".join(make_typical_rows(per_day)))
    assert not issues
    assert profiles == (tuple(index + 0.5 for index in range(per_day)),)


@pytest.mark.parametrize("step_min", [60, 15, 5])
def test_dated_rows_give_the_days_that_they_fill(step_min: int) -> None:
    profiles = parse_valid("\n".join(make_dated_rows(3, step_min=step_min)))
    assert [len(day) for day in profiles] == [1440 // step_min] * 3
    assert [value for day in profiles for value in day] == list(range(3 * 1440 // step_min))


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(make_typical_rows()),
        "\r\n".join(make_typical_rows()) + "\r\n",
        "\r".join(make_typical_rows()),
        "\n\n".join(["", *make_typical_rows(), " "]),
        "\n".join(["time,value", *make_typical_rows()]),
        "\n".join(["Heure;Puissance (kW)", *make_typical_rows(separator=";", decimal=",")]),
        "\n".join(make_typical_rows(separator=";")),
        "\n".join(make_typical_rows(separator=" ; ", decimal=",")),
        "\ufeff" + "\n".join(["time,value", *make_typical_rows()]),
        "\ufeff" + "\n".join(make_typical_rows()),
        ("\ufeff" + "\n".join(make_typical_rows())).encode(),
        "\n".join(f'"{time}","{value}"' for time, value in (line.split(",") for line in make_typical_rows())),
        "\n".join('"{}","{}"'.format(*line.split(";")) for line in make_typical_rows(separator=";", decimal=",")),
        "\n".join(line.removeprefix("0") for line in make_typical_rows()),
        "\n".join(line.replace(",", ":00,") for line in make_typical_rows()),
    ],
)
def test_each_way_to_write_a_day_gives_the_same(text: str | bytes) -> None:
    assert parse_csv(text) == ((tuple(hour + 0.5 for hour in range(24)),), [])


@pytest.mark.parametrize(
    ("first", "zone"), [("2026-12-15T00:00", "Z"), ("2026-12-15T01:00", "+01:00"), ("2026-12-14T19:00", "-0500")]
)
def test_times_with_a_zone_count_in_utc(first: str, zone: str) -> None:
    profiles = parse_valid("\n".join(make_dated_rows(2, first=first, zone=zone)))
    assert profiles[1][0] == 24


def test_a_day_that_begins_at_another_zone_s_midnight_is_refused() -> None:
    assert list_issues(make_dated_rows(1, zone="+01:00")) == [
        "row 1: must be 00:00 (UTC), the start of a day",
        "row 24: must be 23:00 (UTC), the start of the last step of a day",
    ]


def test_dates_pass_the_end_of_february_and_of_the_year() -> None:
    for first in ("2027-12-31T00:00", "2028-02-28T00:00"):
        assert len(parse_valid("\n".join(make_dated_rows(3, first=first)))) == 3


def test_every_issue_is_named_by_its_row_in_the_file() -> None:
    lines = ["time,value", "", *make_typical_rows()]
    lines[4] = "02:00,much"
    lines[6] = "4 o'clock,4"
    lines[8] = "06:00,-1"
    lines[10] = "08:00,8,8"
    del lines[15]
    assert list_issues(lines) == [
        "row 5: must be a number, not much",
        "row 7: must be a time such as 17:30 or 2026-12-15T17:30, not 4 o'clock",
        "row 9: must be from 0 to 10000 kW, not -1",
        "row 11: must have two columns, a time and a value",
        "row 16: must be 60 min after row 15, not 120 min",
    ]


def test_an_issue_has_the_unit_of_the_quantity() -> None:
    lines = make_typical_rows()
    lines[3] = "03:00,500"
    assert list_issues(lines, quantity="MAD/kWh", low=0, high=100) == ["row 4: must be from 0 to 100 MAD/kWh, not 500"]


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e999", "", "0x10", "1_000", "1,5,5", "١", "12 kW", "--1"])
def test_a_value_that_is_no_finite_number_is_refused_without_bounds_too(value: str) -> None:
    lines = make_typical_rows(separator=";")
    lines[5] = f"05:00;{value}"
    assert list_issue_fields(lines, low=float("-inf"), high=float("inf")) == ["row 6"]


@pytest.mark.parametrize(
    "time",
    ["24:00", "12:60", "5h", "", "2026-02-30T05:00", "2026-12-15", "05:00:30", "2026-W01-1", "05:00+01:00", "٠٥:٠٠"],
)
def test_a_text_that_is_no_time_is_refused(time: str) -> None:
    lines = make_typical_rows()
    lines[5] = f"{time},1"
    assert list_issue_fields(lines) == ["row 6"]


def test_a_gap_next_to_a_wrong_time_is_found_too() -> None:
    lines = make_typical_rows()
    lines[5] = "later,5"
    del lines[6]
    assert list_issues(lines)[1:] == ["row 7: must be 120 min after row 5, not 180 min"]


def test_a_time_that_comes_twice_or_goes_back_is_refused() -> None:
    twice = make_typical_rows()
    twice.insert(6, twice[5])
    assert list_issues(twice) == ["row 7: must be 60 min after row 6, not 0 min"]
    back = make_typical_rows()
    back[5], back[6] = back[6], back[5]
    assert list_issue_fields(back) == ["row 6", "row 7", "row 8"]


def test_two_typical_days_are_not_one() -> None:
    assert list_issues(make_typical_rows() * 2) == ["row 25: must be 60 min after row 24, not -1380 min"]


def test_a_day_that_is_cut_off_is_refused_at_its_last_row() -> None:
    assert list_issues(make_typical_rows(96)[:-1]) == [
        "row 95: must be 23:45 (UTC), the start of the last step of a day"
    ]
    assert list_issue_fields(make_dated_rows(2)[:-5]) == ["row 43"]


def test_typical_and_dated_rows_do_not_mix() -> None:
    mixed = [*make_typical_rows()[:12], *make_dated_rows(1)[12:]]
    assert list_issue_fields(mixed)[:2] == ["row 13", "row 14"]


@pytest.mark.parametrize("step_min", [20, 45, 90, 120, 180, 1440])
def test_a_step_that_does_not_divide_an_hour_is_refused(step_min: int) -> None:
    assert list_issues(make_dated_rows(6, step_min=step_min)) == [
        f"file: must have steps of 1, 5, 10, 15, 30, 60 minutes, not {step_min}"
    ]


@pytest.mark.parametrize("text", ["", "\n\n", "time,value", "00:00,1", "time,value\n00:00,1", "\x00", ";;;;", '"', b""])
def test_a_file_without_a_day_is_one_issue_of_the_file(text: str | bytes) -> None:
    assert list_issues(text) == ["file: must contain rows with a time and a value, for at least a whole day"]


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe0\x000\x00", b"\x89PNG\r\n", "é;1".encode("latin-1"), "1" * (MAX_CHARACTERS + 1), b"\n" * 5_000_000],
)
def test_a_file_that_is_no_text_or_too_long_is_one_issue_of_the_file(content: bytes) -> None:
    assert list_issue_fields(content) == ["file"]


def test_rows_and_days_are_bounded() -> None:
    assert list_issue_fields("1,1\n" * (MAX_ROWS + 2)) == ["file"]
    assert list_issues(make_dated_rows(MAX_DAYS + 1)) == [f"file: must contain at most {MAX_DAYS} days"]
    assert len(parse_valid("\n".join(make_dated_rows(MAX_DAYS)))) == MAX_DAYS


def test_only_the_first_issues_are_listed_and_the_others_counted() -> None:
    issues = list_issues([line + "x" for line in make_typical_rows(96)])
    assert len(issues) == MAX_PROFILE_ISSUES + 1
    assert issues[-1] == f"file: and {96 - MAX_PROFILE_ISSUES} more issues"


def test_a_hostile_line_is_cut_and_refused_by_its_row() -> None:
    lines = make_typical_rows()
    lines[7] = "07:00," + "7" * 1_000_000
    lines[8] = '"' * 100_001
    assert list_issue_fields(lines) == ["row 8", "row 9"]
    assert max(map(len, list_issues(lines))) < 200


ODD_ROWS = ["", '"', "time,value", "\x00,\x00", ";", ","]
ROWS = st.one_of(
    st.sampled_from(make_typical_rows() + make_dated_rows(1) + make_typical_rows(24, separator=";") + ODD_ROWS),
    st.text(max_size=30),
)


@given(st.one_of(st.text(), st.binary(), st.lists(ROWS, max_size=60).map("\n".join)))
def test_no_text_whatever_raises(text: str | bytes) -> None:
    profiles, issues = parse_csv(text)
    assert (profiles is None) == bool(issues)
    assert all(str(issue) for issue in issues)
    assert len(issues) <= MAX_PROFILE_ISSUES + 1


@given(st.data())
def test_a_day_with_one_damaged_row_never_raises_and_names_that_row(data: st.DataObject) -> None:
    lines = make_typical_rows()
    index = data.draw(st.integers(0, 23))
    lines[index] = data.draw(st.text(st.characters(exclude_characters="\r\n"), min_size=1).filter(str.strip))
    profiles, issues = parse_csv("\n".join(lines))
    assert (profiles is None) == bool(issues)
    # A damaged first row may be taken for the header.
    assert not issues or index == 0 or f"row {index + 1}" in {issue.field for issue in issues}


@given(st.lists(st.floats(0, 10_000), min_size=24, max_size=24), st.sampled_from([",", "."]))
def test_values_arrive_as_they_were_written(values: list[float], decimal: str) -> None:
    text = "\n".join(f"{hour:02d}:00;{str(value).replace('.', decimal)}" for hour, value in enumerate(values))
    assert parse_csv(text) == ((tuple(values),), [])
