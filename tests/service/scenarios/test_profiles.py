"""User-defined series: days repeat, dates are kept, and means do not depend on the step."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ev2gym_dashboard import Scenario, simulate
from ev2gym_dashboard.core.profile import make_profile, parse_profile_value
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.scenarios.exogenous import make_exogenous_source
from ev2gym_dashboard.service.scenarios.profiles import check_coverage, resample_profile

DAY = date(2026, 12, 15)
LENGTHS = (24, 48, 96, 144, 288, 1440)


def test_days_repeat_one_after_the_other() -> None:
    profiles = parse_profile_value(np.arange(48.0).reshape(2, 24))
    assert [resample_profile(profiles, DAY, number, 60)[0] for number in range(5)] == [0, 24, 0, 24, 0]


def test_finer_steps_hold_the_value_and_coarser_ones_take_its_mean() -> None:
    profiles = parse_profile_value([1.3472, 2.4250] * 24)
    assert resample_profile(profiles, DAY, 0, 15)[:4].tolist() == [1.3472, 1.3472, 2.4250, 2.4250]
    assert resample_profile(profiles, DAY, 0, 60).tolist() == pytest.approx([1.8861] * 24)
    assert resample_profile(profiles, DAY, 0, 45)[:2].tolist() == pytest.approx([(2 * 1.3472 + 2.4250) / 3] * 2)


@given(st.sampled_from(LENGTHS), st.sampled_from([1, 2, 5, 9, 15, 32, 60, 45, 10]), st.integers(0, 2**32 - 1))
def test_the_mean_of_a_day_does_not_depend_on_the_step(per_day: int, timestep_min: int, seed: int) -> None:
    profiles = parse_profile_value(np.random.default_rng(seed).random(per_day))
    resampled = resample_profile(profiles, DAY, 3, timestep_min)
    assert resampled.shape == (1440 // timestep_min,)
    assert resampled.mean() == pytest.approx(np.mean(profiles.values), rel=1e-12)


MONDAY = datetime(2026, 12, 14, tzinfo=UTC)
WEEK = make_profile(np.repeat(np.arange(1.0, 8.0), 24), step_min=60, start=MONDAY)


@pytest.mark.parametrize("weekday", range(7))
def test_dated_values_are_those_of_the_date_whatever_day_the_run_starts(weekday: int) -> None:
    scenario = Scenario(start=f"{MONDAY + timedelta(days=weekday)}", base_load_profile=WEEK)
    day = make_exogenous_source(scenario)(0)
    assert day.base_load_kw.tolist() == [weekday + 1.0] * 96
    assert check_coverage(scenario, 96) == []


@pytest.mark.parametrize(
    ("start", "days"), [("2026-12-20T00:00", 1.5), ("2026-12-13T00:00", 1.0), ("2027-07-01T00:00", 1.0)]
)
def test_a_run_outside_the_dates_is_a_sentence_with_both_periods(start: str, days: float) -> None:
    scenario = Scenario(start=start, days=days, price_profile=WEEK)
    with pytest.raises(ValidationError, match=r"the series from 2026-12-14 00:00 to 2026-12-21 00:00 \(UTC\): choose"):
        simulate(scenario)


def test_dates_outside_the_file_repeat_by_weekday_when_chosen() -> None:
    # 2 July 2026 is a Thursday.
    scenario = Scenario(start="2026-07-02T00:00", days=0.25, base_load_profile=WEEK, profile_dates="weekday")
    assert set(simulate(scenario).series["base_load_kw"]) == {4.0}


def test_the_season_selects_among_the_same_weekdays() -> None:
    year = make_profile(np.arange(365.0), step_min=1440, start=datetime(2025, 1, 1, tzinfo=UTC))
    for other in (date(2026, 3, 5), date(2027, 7, 1), date(2031, 1, 1), date(2020, 12, 31)):
        number = resample_profile(year, other, 0, 60)[0]
        similar = date(2025, 1, 1) + timedelta(days=number)
        assert similar.weekday() == other.weekday()
        apart = abs(similar.timetuple().tm_yday - other.timetuple().tm_yday)
        assert min(apart, 365 - apart) <= 7


def test_without_the_weekday_a_day_of_the_same_kind_is_taken() -> None:
    friday = date(2026, 12, 18)
    values = make_profile(np.arange(2.0), step_min=1440, start=datetime(2026, 12, 18, tzinfo=UTC))
    for number, expected in enumerate([0, 1, 1, 0, 0, 0, 0, 0, 1, 1]):
        assert resample_profile(values, friday + timedelta(days=number), number, 60)[0] == expected


def test_a_local_day_is_completed_by_its_own_hours() -> None:
    # 1 July in Casablanca: from 23:00 UTC of the day before.
    day = make_profile(np.arange(24.0), step_min=60, start=datetime(2025, 6, 30, 23, tzinfo=UTC))
    scenario = Scenario(start="2025-06-30T23:00", days=1.0, timestep_min=60, base_load_profile=day)
    assert simulate(scenario).series["base_load_kw"].tolist() == list(range(24))
    assert resample_profile(day, date(2025, 7, 1), 1, 60).tolist() == [*range(1, 24), 0]


def test_a_day_of_23_hours_has_24_values() -> None:
    day = make_profile(np.arange(23.0), step_min=60, start=datetime(2025, 3, 29, 23, tzinfo=UTC))
    assert resample_profile(day, date(2025, 3, 30), 1, 60).tolist() == [*range(1, 23), 22, 0]


@given(st.sampled_from([5, 10, 15, 30, 60, 120]), st.sampled_from([5, 15, 20, 45, 60]), st.integers(0, 95))
def test_a_dated_series_keeps_its_mean_at_any_step_and_start(step_min: int, timestep_min: int, quarter: int) -> None:
    start = MONDAY + timedelta(minutes=15 * quarter)
    profile = make_profile(np.arange(7.0 * 1440 // step_min), step_min=step_min, start=start)
    day = resample_profile(profile, date(2026, 12, 17), 3, timestep_min)
    minutes = np.arange(3 * 1440, 4 * 1440) - 15 * quarter
    assert day.tolist() == pytest.approx((minutes // step_min).reshape(-1, timestep_min).mean(axis=1).tolist())
