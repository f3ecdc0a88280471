"""Day plans: who moves in which step, vehicles that are parked, and stays of several days."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from ev2gym_dashboard.core.arrays import Floats, Ticks
from ev2gym_dashboard.core.fleet.arrivals import NO_ARRIVAL, TICKS_PER_H
from ev2gym_dashboard.core.fleet.day_plan import DayPlan, DrawStays, generate_day_plans, plan_day

NOBODY = np.empty(0, np.int32), np.empty(0, np.int32)


def at_hours(*hours: float) -> Ticks:
    return np.array([hour * TICKS_PER_H for hour in hours], np.uint16)


def never(n: int) -> Ticks:
    return np.full(n, NO_ARRIVAL)


def plan_hours(today: Ticks, stay_h: list[float]) -> DayPlan:
    """Plan a day by the hour."""
    stays = np.array(stay_h), np.ones(len(stay_h))
    return plan_day(0, today, lambda _day, _arrival: stays, NOBODY, steps_per_day=24)


def plan_days(days: list[Ticks], stay_h: float, *, steps_per_day: int = 24) -> list[DayPlan]:
    """Plan consecutive days of stays of one length, and a last one without arrivals."""
    draws = [*days, never(len(days[0])), never(len(days[0]))]
    plans = generate_day_plans(draws.__getitem__, stay_for(stay_h), first_day=0, steps_per_day=steps_per_day)
    return list(islice(plans, len(days) + 1))


def stay_for(stay_h: float) -> DrawStays:
    def draw(_day: int, arrival: Ticks) -> tuple[Floats, Floats]:
        return np.full(arrival.shape, stay_h), np.ones(arrival.shape)

    return draw


def test_a_plan_tells_who_arrives_and_leaves_in_each_step() -> None:
    plan = plan_hours(at_hours(10.0, 9.0), [2.0, 20.0])
    assert plan.arriving[plan.find_arrivals(9)].tolist() == [1]
    assert plan.arriving[plan.find_arrivals(10)].tolist() == [0]
    assert plan.departure_step.tolist() == [29, 12]
    assert plan.leaving[plan.find_departures(12)].tolist() == [0]
    assert [part.tolist() for part in plan.later_departures] == [[1], [29 * TICKS_PER_H]]


def test_a_departure_after_midnight_comes_in_the_next_day_s_plan() -> None:
    first, second = plan_days([at_hours(22.0)], 9.0)
    assert first.leaving[first.find_departures(23)].size == 0
    assert second.leaving[second.find_departures(31)].tolist() == [0]


@pytest.mark.parametrize("arrival_h", [23.4, 23.5, 23.6, 23.99])
def test_a_short_stay_before_midnight_ends_in_the_first_step_of_the_next_day(arrival_h: float) -> None:
    first, second = plan_days([at_hours(arrival_h)], 0.1)
    assert first.departure_step.tolist() == [24]
    assert second.leaving[second.find_departures(24)].tolist() == [0]


def test_a_departure_just_before_midnight_is_rounded_into_the_next_day() -> None:
    first, second = plan_days([at_hours(14.8)], 9.0)
    assert first.departure_step.tolist() == [24]
    assert first.leaving[first.find_departures(23)].size == 0
    assert second.leaving[second.find_departures(24)].tolist() == [0]


def test_within_a_step_the_rows_rise_and_the_ticks_tell_who_came_first() -> None:
    plan = plan_hours(at_hours(9.3, 9.1), [2.0, 2.0])
    assert plan.arriving[plan.find_arrivals(9)].tolist() == [0, 1]
    assert plan.arrival_tick[plan.find_arrivals(9)].tolist() == [9.3 * TICKS_PER_H, 9.1 * TICKS_PER_H]


def test_rows_of_earlier_days_and_of_today_rise_within_a_step_of_departures() -> None:
    plans = plan_days([at_hours(20.0, 0.0)[[0, 1]], np.array([NO_ARRIVAL, 6 * TICKS_PER_H], np.uint16)], 14.0)
    # Vehicle 0 leaves at 10:00 of the second day, vehicle 1 at 20:00.
    assert plans[1].leaving.tolist() == [0, 1]
    plans = plan_days([at_hours(23.0, 0.0)[[1, 0]], np.array([9 * TICKS_PER_H, NO_ARRIVAL], np.uint16)], 11.0)
    leaving = plans[1].leaving[plans[1].find_departures(34)]
    assert leaving.tolist() == [1]


def test_a_stay_may_last_several_days_and_its_vehicle_does_not_arrive_meanwhile() -> None:
    plans = plan_days([at_hours(18.0), at_hours(17.0), at_hours(20.0), at_hours(23.9)], 53.0)
    # From 18:00 to 23:00 two days later: the arrivals of the next two days cannot happen, that of the fourth can.
    assert [plan.arriving.tolist() for plan in plans] == [[0], [], [], [0], []]
    assert plans[0].departure_step.tolist() == [18 + 53]
    assert [plan.leaving[plan.find_departures(71)].tolist() for plan in plans[2:3]] == [[0]]
    assert [len(plan.later_departures[0]) for plan in plans] == [1, 1, 0, 1, 1]


def test_a_stay_of_two_weeks_keeps_its_departure_in_steps_of_a_minute() -> None:
    plans = plan_days([at_hours(23.0)] + [never(1)] * 14, 14 * 24.0, steps_per_day=1440)
    departures = [(plan.first_step // 1440, plan.leaving[: plan.leaving_offsets[-1]].tolist()) for plan in plans]
    assert [day for day, rows in departures if rows] == [14]
    assert plans[14].leaving[plans[14].find_departures(14 * 1440 + 23 * 60)].tolist() == [0]


@pytest.mark.parametrize(("arrival_h", "arrives"), [(0.1, False), (0.2, True)])
def test_a_vehicle_is_on_the_road_for_half_an_hour_also_over_midnight(arrival_h: float, *, arrives: bool) -> None:
    # It leaves at 23:40, which is a step of the first day in steps of a quarter of an hour.
    first, second, _ = plan_days([at_hours(21.0), at_hours(arrival_h)], 2.0 + 2.0 / 3.0, steps_per_day=96)
    assert first.leaving[: first.leaving_offsets[-1]].tolist() == [0]
    assert (second.arriving.size > 0) is arrives
    assert second.leaving[second.find_departures(96)].size == 0


def test_an_arrival_that_cannot_happen_neither_shortens_the_stay_nor_drives() -> None:
    first, second, _ = plan_days([at_hours(20.0), at_hours(2.0)], 12.0)
    assert first.departure_step.tolist() == [32]
    assert second.drive_kwh.size == 0


@pytest.mark.parametrize("hour", [9.0, 9.5, 9.9, 23.99])
def test_a_stay_shorter_than_a_step_lasts_one(hour: float) -> None:
    plan = plan_hours(at_hours(hour), [0.25])
    (arrival_step,) = np.flatnonzero(np.diff(plan.arrival_offsets))
    assert plan.departure_step.tolist() == [arrival_step + 1]
    assert plan.drive_kwh.tolist() == [1.0]


def test_the_draws_of_a_vehicle_do_not_depend_on_who_is_parked() -> None:
    draws = {0: at_hours(20.0, 20.0), 1: at_hours(9.0, 19.0), 2: never(2)}

    def draw_stays(day: int, arrival: Ticks) -> tuple[Floats, Floats]:
        return np.array([30.0, 10.0])[: len(arrival)] + day, np.arange(len(arrival), dtype=float)

    first, second = islice(generate_day_plans(draws.__getitem__, draw_stays, first_day=0, steps_per_day=24), 2)
    assert first.departure_step.tolist() == [50, 30]
    assert second.arriving.tolist() == [1]
    assert second.departure_step.tolist() == [24 + 19 + 11]
    assert second.drive_kwh.tolist() == [1.0]
