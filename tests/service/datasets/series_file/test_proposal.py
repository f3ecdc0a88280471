"""The proposal of a reading: what a file was taken for, as far as the reading came, in terms that the options take."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from ev2gym_dashboard.service.datasets.series_file.options import Proposal, ReadOptions, SeriesReading
from ev2gym_dashboard.service.datasets.series_file.reader import read_series

HOURS = range(24)


def read(text: str, quantity: str = "kW", **options: object) -> SeriesReading:
    return read_series(text, quantity=quantity, low=-1e3, high=1e6, options=ReadOptions(**options))  # type: ignore[arg-type]


def propose(text: str, quantity: str = "kW", **options: object) -> Proposal:
    proposal = read(text, quantity, **options).proposal
    assert proposal is not None
    return proposal


def write(heading: str, row: Callable[[int], str]) -> str:
    return "\n".join([heading, *map(row, HOURS)])


TWO_TIMES = write(
    "UTC;Local;kW", lambda k: f"2026-12-15 {k:02d}:00;{15 + (k + 2) // 24}.12.2026 {(k + 2) % 24:02d}:00;{k}"
)
TWO_VALUES = write("time;A (kW);B (W);B (W)", lambda k: f"2026-12-15 {k:02d}:00;{k},5;{1000 * k};7")


def test_the_columns_that_can_be_times_are_proposed_and_chosen_by_heading_or_number() -> None:
    assert propose(TWO_TIMES).time_columns == ("UTC", "Local")
    assert propose(TWO_TIMES).time_column == "UTC"
    starts = {choice: read(TWO_TIMES, time_column=choice).profile for choice in ("UTC", "Local", "local", "2", 2)}
    assert [profile and profile.start for profile in starts.values()] == [
        datetime(2026, 12, 15, 0, tzinfo=UTC),
        *[datetime(2026, 12, 15, 2, tzinfo=UTC)] * 4,
    ]


def test_a_date_and_a_clock_are_one_choice() -> None:
    text = write("Datum;Von;Bis;kW", lambda k: f"15.12.2026;{k:02d}:00;{(k + 1) % 24:02d}:00;{k}")
    assert propose(text).time_columns == ("Datum Von", "Datum Bis")
    assert (propose(text).time_column, propose(text).stamp) == ("Datum Von", "start")
    ends = propose(text, time_column="Datum Bis")
    assert (ends.time_column, ends.stamp) == ("Datum Bis", "end")


@pytest.mark.parametrize("choice", ["kW", "3", "nothing", ""])
def test_a_column_without_times_is_refused_with_those_that_have_some(choice: str) -> None:
    (issue,) = read(TWO_TIMES, time_column=choice).issues
    assert str(issue) == "time_column: has no such column of times: choose one of UTC, Local"


def test_columns_of_the_same_heading_are_proposed_by_number_and_every_proposal_can_be_chosen() -> None:
    columns = propose(TWO_VALUES).columns
    assert columns == ("A (kW)", "3", "4")
    readings = [read(TWO_VALUES, column=column).profile for column in columns]
    assert [float(profile.values[23]) for profile in readings if profile] == [23.5, 23.0, 0.007]


def test_the_columns_are_proposed_where_the_reading_cannot_choose_one() -> None:
    reading = read(write("time;A;B", lambda k: f"{k:02d}:00;{k};{2 * k}"))
    assert [issue.field for issue in reading.issues] == ["column"]
    assert reading.proposal is not None
    assert (reading.proposal.columns, reading.proposal.column) == (("A", "B"), "")


def test_the_unit_is_proposed_where_only_its_rate_is_missing() -> None:
    text = write("time;EUR/MWh", lambda k: f"2026-12-15 {k:02d}:00;{k},5")
    missing = propose(text, "MAD/kWh")
    assert (missing.unit, missing.currency, missing.decimal, missing.step_min) == ("EUR/MWh", "EUR", ",", 60)
    assert (missing.is_dated, missing.time_zone) == (True, "UTC")
    assert propose(text, "MAD/kWh", rate=10.0, time_zone="Europe/Paris").time_zone == "Europe/Paris"


def test_times_without_a_date_or_with_an_offset_have_no_time_zone_to_choose() -> None:
    typical = propose(write("time;kW", lambda k: f"{k:02d}:00;{k}"))
    assert (typical.is_dated, typical.time_zone) == (False, "")
    offset = propose(write("time;kW", lambda k: f"2026-12-15T{k:02d}:00+01:00;{k}"))
    assert (offset.is_dated, offset.time_zone) == (True, "")
