"""Numbers of the environments' settings, as spreadsheets, TOML and NumPy write them."""

from __future__ import annotations

import numpy as np
import pytest

from ev2gym_dashboard.integrations.gym.settings import parse_settings


@pytest.mark.parametrize("size", [20.0, np.float64(20.0), np.int64(20)])
def test_a_whole_number_is_that_number_of_any_type(size: object) -> None:
    scenario, *_ = parse_settings({"fleet_size": size})
    assert (scenario.fleet_size, type(scenario.fleet_size)) == (20, int)
