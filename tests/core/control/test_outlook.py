"""Outlook: the room after a step and the newcomers' need, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ev2gym_dashboard.core.control.outlook import Outlook, make_outlook
from ev2gym_dashboard.core.fleet.newcomers import HORIZON_QUARTERS, QUARTERS_PER_DAY
from ev2gym_dashboard.core.site.exogenous import ExogenousDay

NEWCOMER_KWH = 6.0


def expect_one_newcomer(*, weekend: bool) -> np.ndarray:
    """Return the table of a weekday on which one vehicle arrives at 18:00 and leaves at 20:00, none at the weekend."""
    table = np.zeros((QUARTERS_PER_DAY + 1, HORIZON_QUARTERS + 1))
    table[: 18 * 4 + 1, 20 * 4 :] = 0.0 if weekend else NEWCOMER_KWH
    return table


def make_day(timestep_min: int, *, weekend: bool = False, load_kw: float = 4.0) -> ExogenousDay:
    """Return a day of 10 kW with a constant load, and twice the load from noon on."""
    n = 1440 // timestep_min
    hour_h, zeros = np.arange(n) * timestep_min / 60.0, np.zeros(n)
    base_load_kw = np.where(hour_h < 12.0, load_kw, 2.0 * load_kw)
    return ExogenousDay(
        weekend, hour_h, zeros, np.zeros(n, np.int8), zeros, zeros, zeros, base_load_kw, np.full(n, 10.0)
    )


def look_from(timestep_min: int, *, weekend: bool = False) -> Outlook:
    return make_outlook(make_day(timestep_min), make_day(timestep_min, weekend=weekend), expect_one_newcomer)


@pytest.mark.parametrize("timestep_min", [5, 15, 60])
def test_the_room_leaves_out_the_step_itself_and_follows_the_load(timestep_min: int) -> None:
    room_kwh = look_from(timestep_min).compute_room_kwh(11 * 60 // timestep_min)
    # 6 kW until noon, 2 kW after it.
    step_h = timestep_min / 60.0
    assert room_kwh[[3, 7]] == pytest.approx([6.0 * (1.0 - step_h), 6.0 * (1.0 - step_h) + 2.0])


def test_a_deadline_after_the_end_of_tomorrow_binds_nobody() -> None:
    room_kwh = look_from(15).compute_room_kwh(22 * 4)
    assert np.isfinite(room_kwh[: 26 * 4]).all()
    assert np.isinf(room_kwh[26 * 4 :]).all()


@pytest.mark.parametrize("timestep_min", [5, 15, 60])
def test_newcomers_count_from_their_deadline_on_and_only_before_they_arrive(timestep_min: int) -> None:
    outlook = look_from(timestep_min, weekend=True)
    need_kwh = outlook.expect_need_kwh(16 * 60 // timestep_min)
    assert need_kwh[[4 * 4 - 2, 4 * 4 - 1, 4 * 4 + 20]].tolist() == [0.0, NEWCOMER_KWH, NEWCOMER_KWH]
    assert not outlook.expect_need_kwh(19 * 60 // timestep_min).any()


def test_tomorrows_newcomers_count_from_their_deadline_tomorrow_on() -> None:
    need_kwh = look_from(15).expect_need_kwh(19 * 4)
    assert need_kwh[[25 * 4 - 2, 25 * 4 - 1]].tolist() == [0.0, NEWCOMER_KWH]
