"""User-defined days: they repeat, and their means do not depend on the step."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ev2gym_dashboard.core.scenario import DayProfiles
from ev2gym_dashboard.service.scenarios.profiles import resample_profile

LENGTHS = (24, 48, 96, 144, 288, 1440)


def test_days_repeat_one_after_the_other() -> None:
    profiles = tuple(tuple(float(24 * day + hour) for hour in range(24)) for day in range(2))
    assert [resample_profile(profiles, number, 60)[0] for number in range(5)] == [0, 24, 0, 24, 0]


def test_finer_steps_hold_the_value_and_coarser_ones_take_its_mean() -> None:
    profiles: DayProfiles = ((1.3472, 2.4250) * 24,)
    assert resample_profile(profiles, 0, 15)[:4].tolist() == [1.3472, 1.3472, 2.4250, 2.4250]
    assert resample_profile(profiles, 0, 60).tolist() == pytest.approx([1.8861] * 24)
    assert resample_profile(profiles, 0, 45)[:2].tolist() == pytest.approx([(2 * 1.3472 + 2.4250) / 3] * 2)


@given(st.sampled_from(LENGTHS), st.sampled_from([1, 2, 5, 9, 15, 32, 60, 45, 10]), st.integers(0, 2**32 - 1))
def test_the_mean_of_a_day_does_not_depend_on_the_step(per_day: int, timestep_min: int, seed: int) -> None:
    profiles = (tuple(np.random.default_rng(seed).random(per_day).tolist()),)
    resampled = resample_profile(profiles, 3, timestep_min)
    assert resampled.shape == (1440 // timestep_min,)
    assert resampled.mean() == pytest.approx(np.mean(profiles[0]), rel=1e-12)
