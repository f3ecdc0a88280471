"""Gymnasium environment: Gymnasium's own checks, the same numbers as headless, and its settings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.wrappers import RescaleObservation
from hypothesis import given, settings
from hypothesis import strategies as st

from ev2gym_dashboard import Scenario, Simulation
from ev2gym_dashboard.core.engine.step_numba import NUMBA_KERNEL
from ev2gym_dashboard.core.engine.step_numpy import NUMPY_KERNEL
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.integrations.gym import FLEET_ENV_ID, FleetEnv
from tests.strategies.scenarios import scenarios

SMALL: dict[str, Any] = {"fleet_size": 60, "days": 0.25}


def test_gymnasium_finds_nothing_wrong() -> None:
    check_env(gymnasium.make(FLEET_ENV_ID, render_mode="ansi", **SMALL).unwrapped)


def test_gymnasium_finds_nothing_wrong_where_much_is_always_zero() -> None:
    without: dict[str, Any] = {"pv_kwp_per_vehicle": 0.0, "base_load_kw_per_vehicle": 0.0, "bidirectional_share": 0.0}
    check_env(
        gymnasium.make(FLEET_ENV_ID, render_mode="ansi", fleet_size=3, catalog="2023", days=0.1, **without).unwrapped
    )


def test_gymnasium_rescales_what_is_seen() -> None:
    env = RescaleObservation(FleetEnv(**SMALL), np.float32(-1.0), np.float32(1.0))
    seen = [env.reset(seed=0)[0], *(env.step(np.ones(8, np.float32))[0] for _ in range(24))]
    assert np.abs(seen).max() <= 1.0


def test_the_module_can_be_named_with_the_environment() -> None:
    assert isinstance(gymnasium.make(f"ev2gym_dashboard.integrations.gym:{FLEET_ENV_ID}", **SMALL).unwrapped, FleetEnv)


@given(scenarios(), st.integers(0, 24))
@settings(max_examples=25, deadline=None)
def test_every_observation_lies_in_the_space(scenario: Scenario, hours_ahead: int) -> None:
    asked = {name: getattr(scenario, name) for name in SCENARIO_FIELDS}
    env = FleetEnv(**asked, hours_ahead=hours_ahead)
    seen, _ = env.reset(seed=scenario.seed % 2**32)
    env.action_space.seed(0)
    over = False
    while not over:
        assert env.observation_space.contains(seen)
        assert len(seen) == len(env.names)
        seen, reward, terminated, over, _ = env.step(env.action_space.sample())
        assert np.isfinite(reward)
        assert not terminated
    assert env.simulation.step == scenario.n_steps


SCENARIO_FIELDS = (
    "catalog", "fleet_size", "v2g", "tariff", "start", "days", "timestep_min", "place", "return_share", "target_soc",
    "reserve_soc", "departure_guard", "evse_per_vehicle", "evse_ac_7_share", "evse_ac_11_share", "evse_ac_22_share",
    "evse_dc_50_share", "bidirectional_share",
)  # fmt: skip


def test_a_seed_repeats_an_episode_to_the_bit_and_another_one_does_not() -> None:
    first, again, other = (run_episode(FleetEnv(**SMALL), seed=seed) for seed in (5, 5, 6))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_episodes_after_a_seeded_one_differ_from_it_and_are_repeated_with_it() -> None:
    env = FleetEnv(**SMALL)
    drawn = [[env.reset(seed=seed)[1]["seed"] for seed in (5, None, None)] for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert len(set(drawn[0])) == 3


def test_an_action_of_one_charges_as_fast_as_possible_like_uncontrolled_with_a_full_target() -> None:
    env = FleetEnv(fleet_size=200, days=0.5, target_soc=1.0, wear=False, unserved_mad_kwh=0.0, settle_end=False)
    env.reset(seed=9)
    ours = Simulation(Scenario(fleet_size=200, days=0.5, target_soc=1.0, strategy="uncontrolled", seed=9))
    ours.advance(48)
    rewards = [env.step(np.ones(8, np.float32))[1] for _ in range(48)]
    for name, values in ours.engine.records.series.items():
        assert env.simulation.engine.records.series[name] == pytest.approx(values, abs=1e-9), name
    assert -sum(rewards) == pytest.approx(ours.kpis["cost_mad"])


@pytest.mark.parametrize("tariff", ["mt_general", "bt_domestique"])
def test_the_costs_of_the_steps_add_up_to_those_of_the_run(tariff: str) -> None:
    env = FleetEnv(fleet_size=200, days=1, departure_guard=False, unserved_mad_kwh=3.0, tariff=tariff)
    env.reset(seed=1)
    env.action_space.seed(1)
    steps = [env.step(env.action_space.sample()) for _ in range(96)]
    kpis = env.simulation.kpis
    assert kpis["unserved_kwh"] > 0.0
    assert (kpis["fixed_mad"] > 0.0) == (tariff == "mt_general")
    for name in ("cost_mad", "wear_mad", "unserved_kwh", "unserved_mad", "owed_mad", "owed_wear_mad"):
        assert sum(info[name] for *_, info in steps) == pytest.approx(kpis[name])
    assert -sum(reward for _, reward, *_ in steps) == pytest.approx(kpis["total_mad"])


def test_the_last_step_alone_pays_for_what_is_owed_unless_it_is_switched_off() -> None:
    rewards = {}
    for settle_end in (True, False):
        env = FleetEnv(**SMALL, settle_end=settle_end)
        env.reset(seed=1)
        rewards[settle_end] = [env.step(-np.ones(8, np.float32))[1] for _ in range(24)]
    kpis = env.simulation.kpis
    assert rewards[True][:-1] == rewards[False][:-1]
    assert rewards[False][-1] - rewards[True][-1] == pytest.approx(kpis["owed_mad"] + kpis["owed_wear_mad"])
    assert kpis["owed_kwh"] > 0.0


@pytest.mark.parametrize("start", ["2026-12-15T00:00", "2026-12-15T16:00"])
@pytest.mark.parametrize("seed", [0, 1])
def test_emptying_the_batteries_loses_to_the_price_strategy_over_a_day(start: str, seed: int) -> None:
    price = Simulation(Scenario(fleet_size=60, start=start, strategy="price", seed=seed))
    price.advance(96)
    assert empty_batteries(seed, start=start) > price.kpis["total_mad"]


@pytest.mark.parametrize("seed", [0, 1])
def test_emptying_the_batteries_would_win_from_midnight_if_the_end_were_not_settled(seed: int) -> None:
    price = Simulation(Scenario(fleet_size=60, start="2026-12-15T00:00", strategy="price", seed=seed))
    price.advance(96)
    bill_mad = price.kpis["cost_mad"] + price.kpis["unserved_mad"]
    assert empty_batteries(seed, start="2026-12-15T00:00", wear=False, settle_end=False) < bill_mad
    assert empty_batteries(seed, start="2026-12-15T00:00", wear=False) > bill_mad + price.kpis["owed_mad"]


def test_the_rewards_of_a_household_add_up_to_its_bill_by_tiers() -> None:
    env = FleetEnv(fleet_size=1, days=40, start="2026-12-01T00:00", tariff="bt_domestique", wear=False, timestep_min=60)
    for seed in (1, 2):
        env.reset(seed=seed)
        env.action_space.seed(seed)
        costs = [env.step(env.action_space.sample())[-1]["cost_mad"] for _ in range(env.scenario.n_steps)]
        assert sum(costs) == pytest.approx(env.simulation.kpis["cost_mad"])


def test_the_rewards_above_the_subscription_add_up_to_the_bill_with_its_excess() -> None:
    env = FleetEnv(
        fleet_size=20, days=3, start="2026-01-31T12:00", tariff="mt_general", subscribed_kva=45.0, timestep_min=5
    )
    env.reset(seed=1)
    env.action_space.seed(1)
    costs = [env.step(env.action_space.sample())[-1]["cost_mad"] for _ in range(env.scenario.n_steps)]
    kpis = env.simulation.kpis
    assert kpis["excess_mad"] > 0.0
    assert sum(costs) == pytest.approx(kpis["cost_mad"])


def test_an_agent_with_the_subscription_auto_gets_that_of_uncontrolled_charging() -> None:
    site = Scenario(fleet_size=20, days=1, tariff="mt_general", subscribed_kva="auto")
    uncontrolled = Simulation(replace(site, strategy="uncontrolled", v2g=False))
    env = FleetEnv(fleet_size=20, days=1, tariff="mt_general", subscribed_kva="auto")
    assert env.scenario.subscribed_kva == uncontrolled.subscribed_kva


def test_a_declared_site_cap_cuts_the_charging_of_an_agent() -> None:
    peaks_kw = []
    for cap_kw in (2.0, "auto"):
        env = FleetEnv(fleet_size=40, limit_kw_per_vehicle=20.0, site_cap_kw_per_vehicle=cap_kw)
        env.reset(seed=0)
        for _ in range(40):
            env.step(np.ones(8, np.float32))
        peaks_kw.append(env.simulation.kpis["site_peak_kw"])
    assert peaks_kw[0] <= 2.0 * 40 + 1e-6
    assert peaks_kw[1] > 1.2 * peaks_kw[0]


def test_an_action_of_minus_one_gives_power_back_and_none_with_v2g_off() -> None:
    given_back = {}
    for v2g in (True, False):
        env = FleetEnv(fleet_size=200, v2g=v2g, departure_guard=False)
        env.reset(seed=2)
        infos = [env.step(-np.ones(8, np.float32))[4] for _ in range(8)]
        given_back[v2g] = -min(info["net_power_kw"] for info in infos)
    assert given_back[True] > 0.0
    assert given_back[False] == 0.0


def test_each_model_follows_its_own_number() -> None:
    env = FleetEnv(fleet_size=300, departure_guard=False)
    env.reset(seed=3)
    action = np.zeros(8, np.float32)
    action[2] = 1.0
    env.step(action)
    power_kw = env.simulation.result().models["power_kw"].to_numpy()
    assert power_kw[2] > 0.0
    assert np.count_nonzero(power_kw) == 1


def test_both_kernels_obey() -> None:
    series = []
    for kernel in (NUMPY_KERNEL, NUMBA_KERNEL):
        env = FleetEnv(fleet_size=300, days=0.5)
        env.reset(seed=4)
        env.simulation.engine.kernel = kernel
        env.action_space.seed(4)
        for _ in range(48):
            env.step(env.action_space.sample())
        series.append(env.simulation.engine.records.series)
    assert max(series[0]["v2g_kw"]) > 0.0
    for name, values in series[0].items():
        assert values == pytest.approx(series[1][name], abs=1e-6)


def test_what_is_seen_of_the_models_is_what_the_table_says() -> None:
    env = FleetEnv(fleet_size=300)
    env.reset(seed=3)
    seen = dict(zip(env.names, env.step(np.zeros(8, np.float32))[0].tolist(), strict=True))
    engine = env.simulation.engine
    staying = (engine.state.code > 0) & (engine.state.departure_step > engine.clock)
    rows = engine.fleet.slices[1]
    ours = np.flatnonzero(staying[rows]) + rows.start
    soc, model = engine.state.soc[ours], env.models[1]
    assert seen[f"n_connected: {model}"] == len(ours) > 0
    assert seen[f"soc_mean: {model}"] == pytest.approx(soc.mean())
    missing_kwh = np.maximum(engine.rules.target_soc - soc, 0.0).sum() * engine.catalog.capacity_kwh[1]
    assert seen[f"missing_kwh: {model}"] == pytest.approx(missing_kwh, rel=1e-6)
    hours = (engine.state.departure_step[ours] - engine.clock) * 0.25
    assert seen[f"hours_left_h: {model}"] == pytest.approx(hours.mean())
    assert seen[f"charge_kw: {model}"] == pytest.approx(
        engine.limits.ratings.charge_kw[engine.state.code[ours]].sum(), rel=1e-6
    )


def test_prices_ahead_are_those_that_come() -> None:
    env = FleetEnv(fleet_size=10, days=2, hours_ahead=24)
    seen, _ = env.reset(seed=0)
    ahead = seen[env.names.index("price_in_1_h_mad_kwh") :][:24]
    for _ in range(24 * 4):
        env.step(np.zeros(8, np.float32))
    env.step(np.zeros(8, np.float32))
    came = env.simulation.engine.records.series["price_mad_kwh"][4::4]
    assert ahead == pytest.approx(came)
    assert len(set(came)) > 1


@pytest.mark.parametrize("action", [np.full(8, 1.5), np.full(8, np.nan), np.zeros(7)])
def test_an_action_that_is_none_is_refused(action: np.ndarray) -> None:
    env = FleetEnv(**SMALL)
    env.reset(seed=0)
    with pytest.raises(ValueError, match="8 numbers from -1 to 1"):
        env.step(action.astype(np.float32))


def test_every_issue_of_the_settings_is_named_at_once() -> None:
    wrong: dict[str, Any] = {
        "seed": 3,
        "strategy": "price",
        "fleet_size": 0,
        "hours_ahead": 30,
        "unserved_mad_kwh": -1.0,
    }
    with pytest.raises(ValidationError) as raised:
        FleetEnv(**wrong)
    assert {issue.field for issue in raised.value.issues} == set(wrong)
    with pytest.raises(ValidationError, match="colour"):
        FleetEnv(colour="red")
    with pytest.raises(ValidationError, match="a step at least"):
        FleetEnv(days=0.0)


def test_it_renders_a_line_where_asked() -> None:
    env = gymnasium.make(FLEET_ENV_ID, render_mode="ansi", **SMALL)
    env.reset(seed=0)
    env.step(np.ones(8, np.float32))
    assert str(env.render()).startswith("2026-12-15 16:15 UTC: ")


def empty_batteries(seed: int, **settings: Any) -> float:
    """Return the cost of a day in which every vehicle always discharges as far as it may [MAD]."""
    env = FleetEnv(fleet_size=60, days=1, **settings)
    env.reset(seed=seed)
    return -sum(env.step(-np.ones(8, np.float32))[1] for _ in range(96))


def run_episode(env: FleetEnv, *, seed: int) -> np.ndarray:
    seen, _ = env.reset(seed=seed)
    env.action_space.seed(7)
    steps = [env.step(env.action_space.sample()) for _ in range(24)]
    return np.stack([seen, *(step[0] for step in steps)])
