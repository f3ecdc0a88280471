"""The battery against hand-solved cases, its own inverse, and its independence of the step."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ev2gym_dashboard.core.fleet.battery import (
    compute_required_soc,
    compute_soc_after_charging,
    compute_taper_start_soc,
)

SOC = st.floats(0.0, 0.999)
RATE = st.floats(0.01, 5.0)
TAPER = st.floats(0.3, 0.99)
HOURS = st.floats(0.01, 30.0)


def after(soc: float, **how: Any) -> float:
    return float(compute_soc_after_charging(np.array([soc]), **how)[0])


def test_an_empty_battery_charges_at_a_constant_rate_below_the_taper() -> None:
    assert after(0.0, rate_per_h=0.5, taper_soc=0.8, duration_h=1.0) == pytest.approx(0.5)


def test_above_the_taper_the_distance_to_full_decays_exponentially() -> None:
    assert after(0.9, rate_per_h=0.2, taper_soc=0.8, duration_h=1.0) == pytest.approx(1.0 - 0.1 * np.exp(-1.0))


def test_across_the_taper_both_laws_hold_in_turn() -> None:
    assert after(0.7, rate_per_h=0.2, taper_soc=0.8, duration_h=1.0) == pytest.approx(1.0 - 0.2 * np.exp(-0.5))


def test_a_full_battery_stays_full() -> None:
    assert after(1.0, rate_per_h=0.2, taper_soc=0.8, duration_h=1.0) == 1.0


def test_without_power_nothing_moves_on_either_side_of_the_taper() -> None:
    still = compute_soc_after_charging(np.array([0.1, 0.95]), rate_per_h=0.0, taper_soc=0.8, duration_h=1.0)
    assert still.tolist() == [0.1, 0.95]


@given(SOC, RATE, TAPER, HOURS, st.integers(2, 60))
def test_many_short_steps_give_what_one_long_step_gives(
    soc: float, rate: float, taper: float, hours: float, n: int
) -> None:
    steps = np.array([soc])
    for _ in range(n):
        steps = compute_soc_after_charging(steps, rate_per_h=rate, taper_soc=taper, duration_h=hours / n)
    assert steps[0] == pytest.approx(after(soc, rate_per_h=rate, taper_soc=taper, duration_h=hours), abs=1e-9)


@given(SOC, RATE, TAPER, HOURS)
def test_charging_never_lowers_and_never_overfills(soc: float, rate: float, taper: float, hours: float) -> None:
    assert soc <= after(soc, rate_per_h=rate, taper_soc=taper, duration_h=hours) <= 1.0


@given(st.floats(0.1, 0.995), RATE, TAPER, HOURS)
def test_the_required_soc_reaches_the_target_just_in_time(
    target: float, rate: float, taper: float, hours: float
) -> None:
    start = compute_required_soc(target, hours_left=np.array([hours]), rate_per_h=rate, taper_soc=taper)
    assert compute_soc_after_charging(start, rate_per_h=rate, taper_soc=taper, duration_h=hours)[0] == pytest.approx(
        target, abs=1e-9
    )


def test_without_time_the_required_soc_is_the_target() -> None:
    required = compute_required_soc(0.9, hours_left=np.array([0.0, -1.0]), rate_per_h=0.2, taper_soc=0.8)
    assert required == pytest.approx([0.9, 0.9])


def test_the_vector_equals_the_scalar() -> None:
    soc, rate, taper = np.array([0.1, 0.75, 0.9]), np.array([0.2, 0.3, 0.1]), np.array([0.8, 0.8, 0.7])
    scalar = [after(s, rate_per_h=r, taper_soc=t, duration_h=0.5) for s, r, t in zip(soc, rate, taper, strict=True)]
    assert compute_soc_after_charging(soc, rate_per_h=rate, taper_soc=taper, duration_h=0.5).tolist() == scalar


def test_a_lower_power_meets_the_falling_limit_later() -> None:
    assert compute_taper_start_soc(np.array([11.0, 5.5]), 11.0, transition_soc=0.8) == pytest.approx([0.8, 0.9])
