"""Need by deadline against the room of a limit: cases by hand."""

import numpy as np
import pytest

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.room import (
    DEADLINE_BIN_H,
    N_DEADLINE_BINS,
    compute_deadline_bin,
    compute_need_kwh,
    compute_slack_kwh,
)


def make_need_kwh(by_hour: dict[float, float]) -> np.ndarray:
    need_kwh = np.zeros(N_DEADLINE_BINS)
    need_kwh[compute_deadline_bin(np.array(list(by_hour)))] = list(by_hour.values())
    return need_kwh


def test_a_vehicle_is_in_the_bin_that_ends_at_or_after_its_departure() -> None:
    hours_left = np.array([0.25, 0.26, 1.0, 64.0, 100.0])
    assert compute_deadline_bin(hours_left).tolist() == [0, 1, 3, 255, 255]


def test_the_need_is_the_missing_energy_at_the_grid_side() -> None:
    need_kwh = compute_need_kwh(
        np.array([0.5]), np.array([8.0]), rate_per_h=np.array([0.1]), kwh_per_soc=np.array([60.0 / 0.9])
    )
    assert need_kwh == pytest.approx([0.5 * 60.0 / 0.9])


def test_a_late_vehicle_needs_full_power_for_the_time_left() -> None:
    need_kwh = compute_need_kwh(
        np.array([0.5]), np.array([2.0]), rate_per_h=np.array([0.1]), kwh_per_soc=np.array([60.0])
    )
    assert need_kwh == pytest.approx([0.2 * 60.0])


def test_the_slack_of_a_deadline_counts_all_needs_until_then() -> None:
    room_kwh: Floats = 7.0 * DEADLINE_BIN_H * np.arange(1.0, N_DEADLINE_BINS + 1.0)
    slack_kwh = compute_slack_kwh(make_need_kwh({1.0: 8.0, 2.0: 7.0}), room_kwh)
    assert slack_kwh[[3, 7, 11]] == pytest.approx([-1.0, -1.0, 6.0])
