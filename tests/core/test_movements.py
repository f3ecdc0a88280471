"""Days, their stays, and who moves in which step."""

from itertools import islice

import numpy as np
import pytest

from ev2gym_dashboard.core.behaviour import DayDraw, draw_day, rng_of_day, stays_of_day
from ev2gym_dashboard.core.movements import plan_day, plans
from ev2gym_dashboard.service.data import load_sessions

NOBODY = np.empty(0, np.int32), np.empty(0)


def drawn(arrival_h: list[float], stay_h: list[float], *, comes: bool = True) -> DayDraw:
    n = len(arrival_h)
    return DayDraw(np.full(n, comes), np.array(arrival_h), np.array(stay_h), np.ones(n))


def one_day(day: int, *, size: int = 20_000, weekend: bool = False, place: str = "home") -> DayDraw:
    tables = load_sessions()[place]
    return draw_day(rng_of_day(1, day), tables, size, weekend=weekend, return_share=0.7, drive_scale=1.0)


def test_a_day_is_drawn_the_same_without_the_days_before_it() -> None:
    assert np.array_equal(one_day(5).arrival_h, one_day(5).arrival_h)
    assert not np.array_equal(one_day(5).arrival_h, one_day(6).arrival_h)


@pytest.mark.parametrize("place", ["home", "public", "work"])
def test_arrivals_follow_the_hourly_shares(place: str) -> None:
    drawn_share = np.bincount(one_day(0, place=place).arrival_h.astype(int), minlength=24) / 20_000
    assert drawn_share == pytest.approx(load_sessions()[place].arrival_share_weekday, abs=0.012)


def test_the_mean_energy_of_a_weekday_is_that_of_the_quantiles() -> None:
    tables = load_sessions()["home"]
    mean_kwh = np.trapezoid(tables.energy_quantiles_kwh, tables.quantile_points)
    assert one_day(0).drive_kwh.mean() == pytest.approx(mean_kwh, rel=0.03)


def test_nobody_comes_to_work_at_the_weekend() -> None:
    assert not one_day(0, place="work", weekend=True).comes.any()
    assert one_day(0, place="work").comes.any()


def test_the_given_share_of_the_vehicles_comes() -> None:
    assert one_day(0).comes.mean() == pytest.approx(0.7, abs=0.02)


def test_a_vehicle_leaves_half_an_hour_before_it_comes_again() -> None:
    stays, departure_h = stays_of_day(drawn([20.0], [12.0]), drawn([6.0], [1.0]))
    assert (stays.tolist(), departure_h.tolist()) == ([True], [29.5])


def test_a_stay_without_time_is_dropped() -> None:
    stays, _ = stays_of_day(drawn([23.9], [9.0]), drawn([0.2], [1.0]))
    assert stays.tolist() == [False]


def test_a_plan_tells_who_arrives_and_leaves_in_each_step() -> None:
    plan = plan_day(
        drawn([10.0, 9.0], [2.0, 20.0]), drawn([0, 0], [1, 1], comes=False), *NOBODY, day=0, steps_per_day=24
    )
    assert plan.arriving_in(9).tolist() == [1]
    assert plan.arriving_in(10).tolist() == [0]
    assert plan.leaving_in(12).tolist() == [0]
    assert plan.later_rows.tolist() == [1]
    assert plan.later_h.tolist() == [29.0]


def test_a_departure_after_midnight_comes_in_the_next_day_s_plan() -> None:
    draws = {0: drawn([22.0], [9.0]), 1: drawn([0.0], [1.0], comes=False), 2: drawn([0.0], [1.0], comes=False)}
    first, second = islice(plans(draws.__getitem__, first_day=0, steps_per_day=24), 2)
    assert first.leaving_in(23).size == 0
    assert second.leaving_in(31).tolist() == [0]
