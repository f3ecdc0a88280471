"""A series of the user's gives whole days, or every issue at once, whatever it is fed."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ev2gym_dashboard.service.datasets.profile_csv import (
    MAX_CHARACTERS,
    MAX_DAYS,
    MAX_PROFILE_ISSUES,
    MAX_ROWS,
    parse_profile_csv,
    resample_profile,
)

LENGTHS = (24, 48, 96, 144, 288, 1440)


def parsed(text, *, quantity="kW", low=0, high=10_000):
    return parse_profile_csv(text, quantity=quantity, low=low, high=high)


def typical(per_day=24, *, separator=",", decimal="."):
    step_min = 1440 // per_day
    minutes = [place * step_min for place in range(per_day)]
    return [f"{m // 60:02d}:{m % 60:02d}{separator}{place}{decimal}5" for place, m in enumerate(minutes)]


def dated(days, *, step_min=60, first="2026-12-15T00:00", zone=""):
    start = datetime.fromisoformat(first)
    times = [start + timedelta(minutes=step_min * place) for place in range(days * 1440 // step_min)]
    return [f"{time.isoformat(timespec='minutes')}{zone},{place}" for place, time in enumerate(times)]


def issues_of(lines, **bounds):
    profiles, issues = parsed("\n".join(lines) if isinstance(lines, list) else lines, **bounds)
    assert profiles is None
    return [str(issue) for issue in issues]


def fields_of(lines, **bounds):
    return [issue.partition(":")[0] for issue in issues_of(lines, **bounds)]


@pytest.mark.parametrize("per_day", LENGTHS)
def test_a_typical_day_is_one_day_of_its_values(per_day):
    profiles, issues = parsed("\n".join(typical(per_day)))
    assert not issues
    assert profiles == (tuple(place + 0.5 for place in range(per_day)),)


@pytest.mark.parametrize("step_min", [60, 15, 5])
def test_dated_rows_are_the_days_that_they_fill(step_min):
    profiles, issues = parsed("\n".join(dated(3, step_min=step_min)))
    assert not issues
    assert [len(day) for day in profiles] == [1440 // step_min] * 3
    assert [value for day in profiles for value in day] == list(range(3 * 1440 // step_min))


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(typical()),
        "\r\n".join(typical()) + "\r\n",
        "\r".join(typical()),
        "\n\n".join(["", *typical(), " "]),
        "\n".join(["time,value", *typical()]),
        "\n".join(["Heure;Puissance (kW)", *typical(separator=";", decimal=",")]),
        "\n".join(typical(separator=";")),
        "\n".join(typical(separator=" ; ", decimal=",")),
        "\ufeff" + "\n".join(["time,value", *typical()]),
        "\ufeff" + "\n".join(typical()),
        ("\ufeff" + "\n".join(typical())).encode(),
        "\n".join(f'"{time}","{value}"' for time, value in (line.split(",") for line in typical())),
        "\n".join('"{}","{}"'.format(*line.split(";")) for line in typical(separator=";", decimal=",")),
        "\n".join(line.removeprefix("0") for line in typical()),
        "\n".join(line.replace(",", ":00,") for line in typical()),
    ],
)
def test_each_way_to_write_a_day_gives_the_same(text):
    assert parsed(text) == ((tuple(hour + 0.5 for hour in range(24)),), [])


@pytest.mark.parametrize(
    ("first", "zone"), [("2026-12-15T00:00", "Z"), ("2026-12-15T01:00", "+01:00"), ("2026-12-14T19:00", "-0500")]
)
def test_times_with_a_zone_count_in_utc(first, zone):
    profiles, issues = parsed("\n".join(dated(2, first=first, zone=zone)))
    assert not issues
    assert profiles[1][0] == 24


def test_a_day_that_begins_at_another_zone_s_midnight_is_refused():
    assert issues_of(dated(1, zone="+01:00")) == [
        "row 1: must be 00:00 (UTC), where a day begins",
        "row 24: must be 23:00 (UTC), where the last step of a day begins",
    ]


def test_dates_pass_the_end_of_february_and_of_the_year():
    for first in ("2027-12-31T00:00", "2028-02-28T00:00"):
        assert len(parsed("\n".join(dated(3, first=first)))[0]) == 3


def test_every_issue_is_named_by_its_row_in_the_file():
    lines = ["time,value", "", *typical()]
    lines[4] = "02:00,much"
    lines[6] = "4 o'clock,4"
    lines[8] = "06:00,-1"
    lines[10] = "08:00,8,8"
    del lines[15]
    assert issues_of(lines) == [
        "row 5: must be a number, not much",
        "row 7: must be a time such as 17:30 or 2026-12-15T17:30, not 4 o'clock",
        "row 9: must be from 0 to 10000 kW, not -1",
        "row 11: must have two columns, a time and a value",
        "row 16: must be 60 min after row 15, not 120 min",
    ]


def test_the_unit_is_that_of_what_is_read():
    lines = typical()
    lines[3] = "03:00,500"
    assert issues_of(lines, quantity="MAD/kWh", low=0, high=100) == ["row 4: must be from 0 to 100 MAD/kWh, not 500"]


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e999", "", "0x10", "1_000", "1,5,5", "١", "12 kW", "--1"])
def test_what_is_no_finite_number_is_refused_without_any_bounds(value):
    lines = typical(separator=";")
    lines[5] = f"05:00;{value}"
    assert fields_of(lines, low=float("-inf"), high=float("inf")) == ["row 6"]


@pytest.mark.parametrize(
    "time",
    ["24:00", "12:60", "5h", "", "2026-02-30T05:00", "2026-12-15", "05:00:30", "2026-W01-1", "05:00+01:00", "٠٥:٠٠"],
)
def test_what_is_no_time_is_refused(time):
    lines = typical()
    lines[5] = f"{time},1"
    assert fields_of(lines) == ["row 6"]


def test_a_gap_next_to_a_wrong_time_is_found_too():
    lines = typical()
    lines[5] = "later,5"
    del lines[6]
    assert issues_of(lines)[1:] == ["row 7: must be 120 min after row 5, not 180 min"]


def test_a_time_that_comes_twice_or_goes_back_is_refused():
    twice = typical()
    twice.insert(6, twice[5])
    assert issues_of(twice) == ["row 7: must be 60 min after row 6, not 0 min"]
    back = typical()
    back[5], back[6] = back[6], back[5]
    assert fields_of(back) == ["row 6", "row 7", "row 8"]


def test_two_typical_days_are_not_one():
    assert issues_of(typical() * 2) == ["row 25: must be 60 min after row 24, not -1380 min"]


def test_a_day_that_is_cut_off_is_refused_at_its_last_row():
    assert issues_of(typical(96)[:-1]) == ["row 95: must be 23:45 (UTC), where the last step of a day begins"]
    assert fields_of(dated(2)[:-5]) == ["row 43"]


def test_typical_and_dated_rows_do_not_mix():
    mixed = [*typical()[:12], *dated(1)[12:]]
    assert fields_of(mixed)[:2] == ["row 13", "row 14"]


@pytest.mark.parametrize("step_min", [20, 45, 90, 120, 180, 1440])
def test_a_step_that_no_day_is_made_of_is_refused(step_min):
    assert issues_of(dated(6, step_min=step_min)) == [
        f"file: must have steps of 1, 5, 10, 15, 30, 60 minutes, not {step_min}"
    ]


@pytest.mark.parametrize("text", ["", "\n\n", "time,value", "00:00,1", "time,value\n00:00,1", "\x00", ";;;;", '"', b""])
def test_what_holds_no_day_at_all_is_an_issue_of_the_file(text):
    assert issues_of(text) == ["file: must hold rows of a time and a value, for a whole day at least"]


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe0\x000\x00", b"\x89PNG\r\n", "é;1".encode("latin-1"), "1" * (MAX_CHARACTERS + 1), b"\n" * 5_000_000],
)
def test_what_is_no_text_or_too_long_is_one_issue_of_the_file(content):
    assert fields_of(content) == ["file"]


def test_rows_and_days_are_bounded():
    assert fields_of("1,1\n" * (MAX_ROWS + 2)) == ["file"]
    assert issues_of(dated(MAX_DAYS + 1)) == [f"file: must not hold more than {MAX_DAYS} days"]
    assert len(parsed("\n".join(dated(MAX_DAYS)))[0]) == MAX_DAYS


def test_only_the_first_issues_are_listed_and_the_others_counted():
    issues = issues_of([line + "x" for line in typical(96)])
    assert len(issues) == MAX_PROFILE_ISSUES + 1
    assert issues[-1] == f"file: and {96 - MAX_PROFILE_ISSUES} more issues"


def test_a_hostile_line_is_cut_and_refused_by_its_row():
    lines = typical()
    lines[7] = "07:00," + "7" * 1_000_000
    lines[8] = '"' * 100_001
    assert fields_of(lines) == ["row 8", "row 9"]
    assert max(map(len, issues_of(lines))) < 200


ROWS = st.one_of(
    st.sampled_from(typical() + dated(1) + typical(24, separator=";") + ["", '"', "time,value", "\x00,\x00", ";", ","]),
    st.text(max_size=30),
)


@given(st.one_of(st.text(), st.binary(), st.lists(ROWS, max_size=60).map("\n".join)))
def test_no_text_whatever_raises(text):
    profiles, issues = parsed(text)
    assert (profiles is None) == bool(issues)
    assert all(str(issue) for issue in issues)
    assert len(issues) <= MAX_PROFILE_ISSUES + 1


@given(st.data())
def test_a_day_with_one_damaged_row_never_raises_and_names_that_row(data):
    lines = typical()
    place = data.draw(st.integers(0, 23))
    lines[place] = data.draw(st.text(st.characters(exclude_characters="\r\n"), min_size=1).filter(str.strip))
    profiles, issues = parsed("\n".join(lines))
    assert (profiles is None) == bool(issues)
    if issues and place > 0:
        assert any(issue.field == f"row {place + 1}" for issue in issues)


@given(st.lists(st.floats(0, 10_000), min_size=24, max_size=24), st.sampled_from([",", "."]))
def test_values_arrive_as_they_were_written(values, decimal):
    text = "\n".join(f"{hour:02d}:00;{str(value).replace('.', decimal)}" for hour, value in enumerate(values))
    assert parsed(text) == ((tuple(values),), [])


def test_days_repeat_one_after_the_other():
    profiles, _ = parsed("\n".join(dated(2)))
    assert [resample_profile(profiles, number, 60)[0] for number in range(5)] == [0, 24, 0, 24, 0]


def test_finer_steps_hold_the_value_and_coarser_ones_take_its_mean():
    profiles = ((1.3472, 2.4250) * 24,)
    assert resample_profile(profiles, 0, 15)[:4].tolist() == [1.3472, 1.3472, 2.4250, 2.4250]
    assert resample_profile(profiles, 0, 60).tolist() == pytest.approx([1.8861] * 24)
    assert resample_profile(profiles, 0, 45)[:2].tolist() == pytest.approx([(2 * 1.3472 + 2.4250) / 3] * 2)


@given(st.sampled_from(LENGTHS), st.sampled_from([1, 2, 5, 9, 15, 32, 60, 45, 10]), st.integers(0, 2**32 - 1))
def test_the_mean_of_a_day_does_not_depend_on_the_step(per_day, timestep_min, seed):
    profiles = (tuple(np.random.default_rng(seed).random(per_day).tolist()),)
    resampled = resample_profile(profiles, 3, timestep_min)
    assert resampled.shape == (1440 // timestep_min,)
    assert resampled.mean() == pytest.approx(np.mean(profiles[0]), rel=1e-12)
