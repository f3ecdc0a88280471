"""Reader: any content gives a series or issues, one sentence for a fault of the file, rows for faults of rows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ev2gym_dashboard.service.datasets.series_file.options import MAX_SERIES_ISSUES, SeriesReading
from ev2gym_dashboard.service.datasets.series_file.reader import read_series
from ev2gym_dashboard.service.datasets.series_file.table import MAX_ROWS, MAX_SERIES_BYTES, NO_ROWS

DAY = ["time,value", *(f"{hour:02d}:00,{hour + 0.5}" for hour in range(24))]
DATED = [f"2026-12-{15 + hour // 24}T{hour % 24:02d}:00,{hour}" for hour in range(48)]


def read(content: str | bytes | list[str], *, low: float = 0.0, high: float = 10_000.0) -> SeriesReading:
    text = "\n".join(content) if isinstance(content, list) else content
    return read_series(text, quantity="kW", low=low, high=high)


def list_issues(content: str | bytes | list[str], *, low: float = 0.0, high: float = 10_000.0) -> list[str]:
    return [str(issue) for issue in read(content, low=low, high=high).issues]


def test_every_issue_is_named_by_its_row_in_the_file() -> None:
    lines = ["time,value", "", *DAY[1:]]
    lines[4] = "02:00,much"
    lines[6] = "4 o'clock,4"
    lines[8] = "06:00,-1"
    lines[10] = "08:00"
    del lines[15]
    assert list_issues(lines) == [
        "row 5: must be a number, not much",
        "row 7: must be a time such as 17:30 or 2026-12-15T17:30, not 4 o'clock",
        "row 9: must be from 0.0 to 10000.0 kW, not -1",
        "row 11: has no value: add it, or let single gaps be filled (fill)",
        "row 16: must be 60 min after row 15, not 120 min",
    ]


@pytest.mark.parametrize("value", ["inf", "-inf", "1e999", "0x10", "1_000", "1,5,5", "١", "12 kW", "--1", "nan", ""])
def test_a_value_that_is_no_finite_number_is_refused_without_bounds_too(value: str) -> None:
    lines = [line.replace(",", ";") for line in DAY]
    lines[6] = f"05:00;{value}"
    issues = list_issues(lines, low=float("-inf"), high=float("inf"))
    assert [issue.partition(":")[0] for issue in issues] == ["row 7"]


@pytest.mark.parametrize(
    "time",
    ["12:60", "5h", "", "2026-02-30T05:00", "2026-12-15", "05:00:30", "2026-W01-1", "٠٥:٠٠", "noon", "25:00", "5"],
)
def test_a_text_that_is_no_time_is_refused_at_its_row(time: str) -> None:
    lines = list(DAY)
    lines[6] = f"{time},1"
    assert [issue.partition(":")[0] for issue in list_issues(lines)] == ["row 7"]


def test_a_gap_next_to_a_wrong_time_is_found_too() -> None:
    lines = list(DAY)
    lines[6] = "later,5"
    del lines[7]
    assert list_issues(lines)[1:] == ["row 8: must be 120 min after row 6, not 180 min"]


def test_a_time_that_comes_twice_or_goes_back_is_refused() -> None:
    twice = list(DAY)
    twice.insert(7, twice[6])
    assert list_issues(twice) == ["row 8: 05:00 comes twice, in rows 7 and 8: remove one"]
    back = list(DAY)
    back[6], back[7] = back[7], back[6]
    assert [issue.partition(":")[0] for issue in list_issues(back)] == ["row 7", "row 8", "row 9"]


def test_two_typical_days_are_not_one() -> None:
    (sentence,) = list_issues(DAY + DAY[1:])
    assert sentence == ("row 26: 24 times from 00:00 on come twice, in rows 2 to 25 and 26 to 49: remove one of them")


def test_a_typical_day_that_is_cut_off_is_refused_at_its_last_row() -> None:
    assert list_issues(DAY[:-1]) == ["row 24: must be 23:00, the start of the last step of the day"]
    assert list_issues([DAY[0], *DAY[2:]]) == ["row 2: must be 00:00, the start of the day"]


def test_dated_rows_need_a_day_but_no_midnight() -> None:
    assert read(DATED[5:40]).profile is not None
    assert list_issues(DATED[:12]) == ["file: must contain at least a whole day, not 720 min"]


def test_typical_and_dated_rows_do_not_mix() -> None:
    issues = list_issues([*DAY[:19], *DATED[18:24]])
    assert [issue.partition(":")[0] for issue in issues[:2]] == ["row 20", "row 21"]


@pytest.mark.parametrize("step_min", [7, 45, 90, 180, 1440])
def test_a_step_that_is_not_allowed_is_one_sentence(step_min: int) -> None:
    minutes = range(0, 20 * step_min, step_min)
    lines = [f"2026-12-{15 + m // 1440}T{m % 1440 // 60:02d}:{m % 60:02d},1" for m in minutes if m < 15 * 1440]
    (issue,) = list_issues(lines)
    assert issue.startswith("file: must have steps of 1, 2, 3, 5,")
    assert issue.endswith(f"minutes, not {step_min}")


NO_SERIES: list[str | bytes] = [
    "",
    "\n\n",
    "time,value",
    "00:00,1",
    "\x00",
    ";;;;",
    '"',
    b"",
    "a;b\nc;d",
    b"\x89PNG\r\n",
]


@pytest.mark.parametrize("content", NO_SERIES)
def test_a_file_without_a_series_is_one_issue_of_the_file(content: str | bytes) -> None:
    assert list_issues(content) == [f"file: {NO_ROWS}"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe0\x000", "must be text"),
        (b"\x00\x01\x02\xff" * 100, "must be text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old Excel workbook"),
        (b"PK\x03\x04" + b"\x00" * 30, "Excel workbook"),
        (b"x" * (MAX_SERIES_BYTES + 1), "not be longer than"),
        ("00:00,1\n" * (MAX_ROWS + 300), "must have at most"),
    ],
)
def test_a_file_of_another_kind_or_too_long_is_one_sentence(content: str | bytes, words: str) -> None:
    (issue,) = list_issues(content)
    assert issue.startswith("file: ")
    assert words in issue


def test_only_the_first_issues_are_listed_and_the_others_counted() -> None:
    lines = [line if k % 3 else line.partition(",")[0] + ",x" for k, line in enumerate(DATED)] * 6
    issues = list_issues(lines)
    assert len(issues) == MAX_SERIES_ISSUES + 1
    assert issues[-1].startswith("file: more issues: ")


def test_a_hostile_line_is_cut_and_refused_by_its_row() -> None:
    lines = list(DAY)
    lines[8] = "07:00," + "7" * 1_000_000
    lines[9] = '"' * 100_001
    issues = list_issues(lines)
    assert {issue.partition(":")[0] for issue in issues} == {"row 9", "row 10"}
    assert max(map(len, issues)) < 200


ODD_ROWS = ["", '"', "time,value", "\x00,\x00", ";", ",", "sep=;", "Unite;W", "2026;12;15;1;4;", "1,000"]
ROWS = st.one_of(
    st.sampled_from(DAY + DATED + [line.replace(",", ";") for line in DAY] + ODD_ROWS), st.text(max_size=30)
)


@given(st.one_of(st.text(), st.binary(), st.lists(ROWS, max_size=60).map("\n".join)))
def test_no_content_whatever_raises(content: str | bytes) -> None:
    reading = read(content)
    assert (reading.profile is None) == bool(reading.issues)
    assert all(str(issue) for issue in (*reading.issues, *reading.notes))
    assert len(reading.issues) <= MAX_SERIES_ISSUES + 1


@given(st.data())
def test_a_day_with_one_damaged_row_never_raises_and_names_that_row(data: st.DataObject) -> None:
    lines = list(DAY)
    index = data.draw(st.integers(2, 24))
    lines[index] = data.draw(st.text(st.characters(exclude_characters="\r\n"), min_size=1).filter(str.strip))
    reading = read(lines)
    assert (reading.profile is None) == bool(reading.issues)
    fields = {issue.field for issue in reading.issues}
    assert not fields or f"row {index + 1}" in fields or f"row {index + 2}" in fields or index == 24


@given(st.lists(st.floats(0, 10_000), min_size=24, max_size=24), st.sampled_from([",", "."]))
def test_values_arrive_as_they_were_written(values: list[float], decimal: str) -> None:
    text = "\n".join(f"{hour:02d}:00;{str(value).replace('.', decimal)}" for hour, value in enumerate(values))
    reading = read(text)
    assert reading.profile is not None, reading.issues
    assert reading.profile.days.tolist() == [values]
