"""Days, their stays, and who moves in which step."""

from itertools import islice

import numpy as np
import pytest

from ev2gym_dashboard.core.arrays import Ticks
from ev2gym_dashboard.core.fleet.arrivals import NO_ARRIVAL, TICKS_PER_H, draw_arrivals, draw_stays, make_day_rng
from ev2gym_dashboard.core.fleet.day_plan import DayPlan, generate_day_plans, plan_day
from ev2gym_dashboard.service.datasets.packaged import load_charging_sessions

NOBODY = np.empty(0, np.int32), np.empty(0, np.int32)


def at_hours(*hours: float) -> Ticks:
    return np.array([hour * TICKS_PER_H for hour in hours], np.uint16)


def never(n: int) -> Ticks:
    return np.full(n, NO_ARRIVAL)


def plan_hours(today: Ticks, stay_h: list[float], tomorrow: Ticks, *, day: int = 0) -> DayPlan:
    """Plan a day by the hour."""
    stays = np.array(stay_h), np.ones(len(stay_h))
    return plan_day(day, today, tomorrow, lambda _day, _arrival: stays, NOBODY, steps_per_day=24)


def draw_day(day: int, *, size: int = 20_000, weekend: bool = False, place: str = "home") -> Ticks:
    return draw_arrivals(make_day_rng(1, day), load_charging_sessions()[place], size, weekend=weekend, return_share=0.7)


def test_a_day_is_drawn_the_same_without_the_days_before_it() -> None:
    assert np.array_equal(draw_day(5), draw_day(5))
    assert not np.array_equal(draw_day(5), draw_day(6))


@pytest.mark.parametrize("place", ["home", "public", "work"])
def test_arrivals_follow_the_hourly_shares(place: str) -> None:
    drawn = draw_day(0, place=place)
    share = np.bincount(drawn[drawn != NO_ARRIVAL] // TICKS_PER_H, minlength=24) / np.count_nonzero(drawn != NO_ARRIVAL)
    assert share == pytest.approx(load_charging_sessions()[place].arrival_share_weekday, abs=0.012)


def test_the_mean_energy_of_a_weekday_is_that_of_the_quantiles() -> None:
    tables, drawn = load_charging_sessions()["home"], draw_day(0)
    _, drive_kwh = draw_stays(make_day_rng(1, 0, 1), tables, drawn[drawn != NO_ARRIVAL], drive_scale=1.0)
    mean_kwh = np.trapezoid(tables.energy_quantiles_kwh, tables.quantile_points)
    assert drive_kwh.mean() == pytest.approx(mean_kwh, rel=0.03)


def test_the_mean_stay_is_that_of_the_arrival_hour() -> None:
    tables = load_charging_sessions()["home"]
    stay_h, _ = draw_stays(make_day_rng(1, 0, 1), tables, at_hours(8.5).repeat(20_000), drive_scale=1.0)
    assert stay_h.mean() == pytest.approx(tables.mean_stay_h[8], rel=0.01)


def test_nobody_comes_to_work_at_the_weekend() -> None:
    assert np.all(draw_day(0, place="work", weekend=True) == NO_ARRIVAL)
    assert not np.all(draw_day(0, place="work") == NO_ARRIVAL)


def test_the_given_share_of_the_vehicles_comes() -> None:
    assert np.mean(draw_day(0) != NO_ARRIVAL) == pytest.approx(0.7, abs=0.02)


def test_a_vehicle_leaves_half_an_hour_before_it_comes_again() -> None:
    plan = plan_hours(at_hours(20.0), [12.0], at_hours(6.0))
    assert plan.leaving_tick.tolist() == [29.5 * TICKS_PER_H]


def test_a_stay_without_time_is_dropped() -> None:
    assert plan_hours(at_hours(23.9), [9.0], at_hours(0.2)).arriving.size == 0


def test_a_plan_tells_who_arrives_and_leaves_in_each_step() -> None:
    plan = plan_hours(at_hours(10.0, 9.0), [2.0, 20.0], never(2))
    assert plan.arriving[plan.find_arrivals(9)].tolist() == [1]
    assert plan.arriving[plan.find_arrivals(10)].tolist() == [0]
    assert plan.departure_step.tolist() == [29, 12]
    assert plan.leaving[plan.find_departures(12)].tolist() == [0]
    assert [part.tolist() for part in plan.later_departures] == [[1], [29 * TICKS_PER_H]]


def test_a_departure_after_midnight_comes_in_the_next_day_s_plan() -> None:
    draws = {0: at_hours(22.0), 1: never(1), 2: never(1)}
    first, second = islice(generate_day_plans(draws.__getitem__, nine_hours, first_day=0, steps_per_day=24), 2)
    assert first.leaving[first.find_departures(23)].size == 0
    assert second.leaving[second.find_departures(31)].tolist() == [0]


def nine_hours(_day: int, arrival: Ticks) -> tuple[np.ndarray, np.ndarray]:
    return np.full(arrival.shape, 9.0), np.ones(arrival.shape)


def test_a_departure_just_before_midnight_is_rounded_into_the_next_day() -> None:
    draws = {0: at_hours(14.8), 1: at_hours(10.0), 2: never(1)}
    first, second = islice(generate_day_plans(draws.__getitem__, nine_hours, first_day=0, steps_per_day=24), 2)
    assert first.departure_step.tolist() == [24]
    assert first.leaving[first.find_departures(23)].size == 0
    assert second.leaving[second.find_departures(24)].tolist() == [0]


def test_within_a_step_the_rows_rise_and_the_ticks_tell_who_came_first() -> None:
    plan = plan_hours(at_hours(9.3, 9.1), [2.0, 2.0], never(2))
    assert plan.arriving[plan.find_arrivals(9)].tolist() == [0, 1]
    assert plan.arrival_tick[plan.find_arrivals(9)].tolist() == [9.3 * TICKS_PER_H, 9.1 * TICKS_PER_H]
