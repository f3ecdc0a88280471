"""Overrides: the decisions of the user for single vehicles, as data."""

from __future__ import annotations

import numpy as np
import pytest

from ev2gym_dashboard.core.control.overrides import (
    NO_OVERRIDES,
    NO_STEP,
    find_leave_step,
    find_places,
    get_override,
    mark_reasons,
    release_vehicle,
    set_override,
)
from ev2gym_dashboard.core.control.reasons import Reason


def test_overrides_stay_in_the_order_of_their_rows() -> None:
    overrides = NO_OVERRIDES
    for row in (7, 2, 5, 2):
        overrides = set_override(overrides, row, bars_v2g=True)
    assert overrides.rows.tolist() == [2, 5, 7]
    assert NO_OVERRIDES.rows.size == 0


def test_values_that_are_not_set_keep_what_they_were() -> None:
    overrides = set_override(set_override(NO_OVERRIDES, 3, charge_until=9), 3, bars_v2g=True)
    assert get_override(overrides, 3) == {
        "rows": 3,
        "charge_until": 9,
        "bars_v2g": True,
        "leave_step": NO_STEP,
        "planned_step": NO_STEP,
    }
    assert get_override(overrides, 4) == {}


def test_charging_now_ends_with_its_step_and_bars_v2g_until_then() -> None:
    overrides = set_override(NO_OVERRIDES, 3, charge_until=9)
    assert [overrides.find_charging(clock).tolist() for clock in (8, 9)] == [[3], []]
    assert [overrides.find_barred(clock).tolist() for clock in (8, 9)] == [[3], []]
    assert [overrides.find_active(clock).tolist() for clock in (8, 9)] == [[3], []]


def test_a_released_vehicle_is_forgotten_unless_its_departure_was_moved() -> None:
    overrides = set_override(set_override(NO_OVERRIDES, 1, bars_v2g=True), 2, leave_step=9, bars_v2g=True)
    overrides = release_vehicle(release_vehicle(overrides, 1), 2)
    assert (overrides.rows.tolist(), overrides.bars_v2g.tolist()) == ([2], [False])
    assert release_vehicle(overrides, 5) is not None


@pytest.mark.parametrize(
    ("clock", "minute", "step"),
    [(64, 7 * 60, 96 + 28), (20, 7 * 60, 28), (28, 7 * 60, 96 + 28), (27, 7 * 60, 28), (0, 0, 96), (50, 1439, 96)],
)
def test_a_time_of_the_day_is_the_next_step_nearest_to_it(clock: int, minute: float, step: int) -> None:
    assert find_leave_step(clock, minute, 15) == step


def test_places_are_those_of_the_rows_that_are_there() -> None:
    rows = np.array([0, 4, 6, 99], np.int32)
    assert find_places(np.array([2, 4, 5, 6], np.int32), rows).tolist() == [1, 3]
    assert find_places(np.array([], np.int32), rows).tolist() == []


def test_only_the_reasons_that_the_user_decided_are_replaced() -> None:
    overrides = set_override(set_override(NO_OVERRIDES, 0, charge_until=9), 1, bars_v2g=True)
    overrides = set_override(set_override(overrides, 2, charge_until=9), 3, bars_v2g=True)
    reason = np.array([Reason.CHARGING, Reason.NO_NEED, Reason.FEEDER, Reason.CHARGING, Reason.NO_NEED], np.uint8)
    mark_reasons(reason, overrides, 5)
    expected = [Reason.SET_CHARGE, Reason.SET_NO_V2G, Reason.FEEDER, Reason.CHARGING, Reason.NO_NEED]
    assert reason.tolist() == expected
