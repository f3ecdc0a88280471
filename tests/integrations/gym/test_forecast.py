"""Forecasts ahead: perfect at an error of 0, else as wrong as declared, and known when their hour comes."""

from __future__ import annotations

import numpy as np
import pytest

from ev2gym_dashboard.integrations.gym import FleetEnv
from ev2gym_dashboard.integrations.gym.forecast import ForecastErrors

HOURS = np.arange(1, 25)


def make_errors(seed: int, *, error: float = 0.2) -> ForecastErrors:
    return ForecastErrors(np.array([error]), HOURS * 4, steps_per_day=96, seed=seed)


@pytest.mark.parametrize("n_passed", [0, 5, 60])
def test_the_error_has_the_declared_deviation_and_grows_with_the_root_of_the_horizon(n_passed: int) -> None:
    walks = []
    for seed in range(600):
        errors = make_errors(seed)
        for _ in range(n_passed):
            errors.advance()
        walks.append(errors.get_factors()[0] - 1.0)
    assert np.mean(walks, axis=0) == pytest.approx(0.0, abs=0.04)
    assert np.std(walks, axis=0) == pytest.approx(0.2 * np.sqrt(HOURS / 24), rel=0.15)


def test_the_forecast_of_an_hour_is_corrected_as_it_comes_closer_and_not_drawn_anew() -> None:
    far, near = [], []
    for seed in range(400):
        errors = make_errors(seed)
        far.append(errors.get_factors()[0, 9] - 1.0)
        for _ in range(4):
            errors.advance()
        near.append(errors.get_factors()[0, 8] - 1.0)
    # Nine of the ten hours of a random walk remain: a correlation of the root of 0.9.
    assert np.corrcoef(far, near)[0, 1] == pytest.approx(np.sqrt(0.9), abs=0.03)


def test_a_forecast_is_not_below_nothing_however_wrong_it_is() -> None:
    factors = np.concatenate([make_errors(seed, error=1.0).get_factors() for seed in range(20)])
    assert factors.min() == 0.0
    assert factors.max() > 2.0


def test_errors_of_an_episode_are_repeated_by_its_seed_and_change_with_it() -> None:
    env = FleetEnv(fleet_size=5, days=0.25, forecast_error=0.2)
    first, again, other = (env.reset(seed=seed)[0] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    ahead = [i for i, name in enumerate(env.names) if name.startswith("base_load_in_")]
    assert not np.isclose(first[ahead], other[ahead]).any()


def test_load_sun_and_price_ahead_are_those_that_come_without_an_error() -> None:
    env = FleetEnv(fleet_size=10, days=2, hours_ahead=24, pv_kwp_per_vehicle=1.0)
    seen, _ = env.reset(seed=0)
    forecast = {
        name: seen[env.names.index(f"{name}_in_1_h_{unit}") :][:24]
        for name, unit in (("price", "mad_kwh"), ("base_load", "kw"), ("solar", "kw"))
    }
    for _ in range(24 * 4 + 1):
        env.step(np.zeros(8, np.float32))
    for name, column in (("price", "price_mad_kwh"), ("base_load", "base_load_kw"), ("solar", "solar_kw")):
        came = env.simulation.series(column)[4::4]
        assert forecast[name] == pytest.approx(came, rel=1e-6)
        assert len(set(came)) > 1


def test_prices_are_known_where_load_and_sun_are_not_unless_they_err_too() -> None:
    exact = FleetEnv(fleet_size=10).reset(seed=0)[0]
    env = FleetEnv(fleet_size=10, forecast_error=0.2)
    price, load = (
        [i for i, name in enumerate(env.names) if name.startswith(start)] for start in ("price_in", "base_load_in")
    )
    seen = env.reset(seed=0)[0]
    assert np.array_equal(seen[price], exact[price])
    assert not np.isclose(seen[load], exact[load]).any()
    wrong = FleetEnv(fleet_size=10, price_forecast_error=0.2).reset(seed=0)[0]
    assert not np.isclose(wrong[price], exact[price]).any()
    assert np.array_equal(wrong[load], exact[load])


def test_time_goes_round_in_cycles_of_a_day_and_of_a_week() -> None:
    env = FleetEnv(fleet_size=5, days=8, start="2026-12-14T00:00", timestep_min=60)
    env.reset(seed=0)
    names = [env.names.index(name) for name in ("day_sin", "day_cos", "week_sin", "week_cos", "weekend")]
    seen = np.array([env.step(np.zeros(8, np.float32))[0][names] for _ in range(24 * 8 - 1)])
    # A Monday at 0:00 is where both begin.
    assert seen[5, :2] == pytest.approx([1.0, 0.0], abs=1e-6)
    assert seen[:24, :2] == pytest.approx(seen[24:48, :2], abs=1e-6)
    assert seen[:20, 2:] == pytest.approx(seen[24 * 7 :, 2:][:20], abs=1e-6)
    assert seen[42 - 1, 2:4] == pytest.approx([1.0, 0.0], abs=1e-6)
    assert not np.isclose(seen[0, 2:4], seen[24, 2:4]).any()
    assert seen[24 * 5, 4] == 1.0
