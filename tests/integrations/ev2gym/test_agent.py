"""A strategy as an agent of EV2Gym: actions in its order and its measure, on a minimal environment."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.integrations.ev2gym import StrategyAgent
from ev2gym_dashboard.strategies import STRATEGIES
from tests.integrations.ev2gym.fakes import KW_PER_A, FakeEnv, FakeEV, FakeStation, FakeTransformer

EVENING, MORNING = 19, 8
WITHOUT_MEMORY = [key for key, strategy in STRATEGIES.items() if strategy.memory_rule is None]
"""EV2Gym's environment carries no memory: the others are refused, as the tests of plug-ins check."""
ONE_EV = 11.0 / (32.0 * KW_PER_A)


def make_env(ev: FakeEV | None, **station: Any) -> FakeEnv:
    return FakeEnv([FakeStation([ev], **station)])


@pytest.mark.parametrize("strategy", WITHOUT_MEMORY)
@pytest.mark.parametrize("hour", [0, MORNING, 13, EVENING])
def test_every_strategy_gives_an_action_per_port_and_none_to_an_empty_one(strategy: str, hour: int) -> None:
    evs = [FakeEV(current_capacity=soc * 50.0, time_of_departure=left) for soc in (0.1, 0.7, 1.0) for left in (0, 40)]
    env = FakeEnv([FakeStation([None, ev]) for ev in evs], [FakeTransformer(100.0, 20.0, 5.0)]).at(hour)
    action = StrategyAgent(strategy).get_action(env)
    assert action.shape == (12,)
    assert (np.abs(action) <= 1.0).all()
    assert (action[::2] == 0.0).all()


def test_an_empty_site_gets_no_action() -> None:
    assert StrategyAgent("price").get_action(make_env(None)).tolist() == [0.0]


def test_a_full_current_is_one_and_what_the_vehicle_takes_less_a_share_of_it() -> None:
    agent = StrategyAgent("uncontrolled")
    assert agent.get_action(make_env(FakeEV(max_ac_charge_power=50.0))).tolist() == pytest.approx([1.0])
    assert agent.get_action(make_env(FakeEV())).tolist() == pytest.approx([ONE_EV])
    assert agent.get_action(make_env(FakeEV(), phases=1, voltage=230.0)).tolist() == pytest.approx([1.0])


def test_charging_ends_at_what_is_desired() -> None:
    almost = FakeEV(current_capacity=44.1, desired_capacity=45.0, transition_soc=1.0)
    action = StrategyAgent("uncontrolled").get_action(make_env(almost))
    power_kw = action[0] * 32.0 * KW_PER_A
    assert power_kw * 0.9 * 0.25 == pytest.approx(45.0 - 44.1)
    assert StrategyAgent("uncontrolled").get_action(make_env(FakeEV(current_capacity=45.0))).tolist() == [0.0]


def test_v2g_in_its_window_only_and_not_with_the_switch_off() -> None:
    full = FakeEV(current_capacity=45.0)
    assert StrategyAgent("grid_support").get_action(make_env(full).at(EVENING)).tolist() == pytest.approx([-ONE_EV])
    assert StrategyAgent("grid_support").get_action(make_env(full).at(MORNING)).tolist() == [0.0]
    off = StrategyAgent("grid_support", scenario=Scenario(v2g=False))
    assert off.get_action(make_env(full).at(EVENING)).tolist() == [0.0]
    earlier = StrategyAgent("grid_support", window_start_h=7.0, window_end_h=9.0)
    assert earlier.get_action(make_env(full).at(MORNING)).tolist() == pytest.approx([-ONE_EV])


def test_v2g_stops_at_its_soc_by_the_energy_that_ev2gym_takes_from_the_battery() -> None:
    ev = FakeEV(current_capacity=31.0, discharge_efficiency=0.8)
    action = StrategyAgent("grid_support", v2g_min_soc=0.6).get_action(make_env(ev).at(EVENING))
    power_kw = -action[0] * 32.0 * KW_PER_A
    assert power_kw * 0.8 * 0.25 == pytest.approx(31.0 - 30.0)


def test_v2g_leaves_the_smallest_energy_that_ev2gym_would_refill() -> None:
    ev = FakeEV(current_capacity=20.0, min_battery_capacity=20.0)
    always = StrategyAgent("grid_support", scenario=Scenario(reserve_soc=0.0, departure_guard=False), v2g_min_soc=0.0)
    assert always.get_action(make_env(ev).at(EVENING)).tolist() == [0.0]
    ev.min_battery_capacity = 5.0
    assert always.get_action(make_env(ev).at(EVENING))[0] < 0.0


def test_the_guard_charges_who_leaves_soon_and_can_be_switched_off() -> None:
    late = FakeEV(current_capacity=40.0, time_of_departure=1)
    assert StrategyAgent("grid_support").get_action(make_env(late).at(EVENING))[0] > 0.0
    off = StrategyAgent("grid_support", scenario=Scenario(departure_guard=False))
    assert off.get_action(make_env(late).at(EVENING))[0] == 0.0


def test_the_transformers_bind() -> None:
    stations = [FakeStation([FakeEV(time_of_departure=90)]) for _ in range(10)]
    env = FakeEnv(stations, [FakeTransformer(30.0, 12.0, 4.0), FakeTransformer(20.0)]).at(MORNING)
    action = StrategyAgent("uncontrolled").get_action(env)
    assert action.sum() * 32.0 * KW_PER_A == pytest.approx(50.0 - 8.0)


def test_peak_shaving_discharges_the_excess_over_the_declared_cap() -> None:
    stations = [FakeStation([FakeEV(current_capacity=45.0, time_of_departure=90)]) for _ in range(10)]
    env = FakeEnv(stations, [FakeTransformer(100.0, 55.0)]).at(EVENING)
    site = Scenario(fleet_size=10, site_cap_kw_per_vehicle=5.0)
    action = StrategyAgent("peak_shaving", scenario=site).get_action(env)
    assert action.sum() * 32.0 * KW_PER_A == pytest.approx(-5.0)
    assert StrategyAgent("peak_shaving").get_action(env).sum() >= 0.0


def test_renewable_charges_with_the_sun_of_the_environment() -> None:
    stations = [FakeStation([FakeEV(time_of_departure=90)]) for _ in range(10)]
    env = FakeEnv(stations, [FakeTransformer(1000.0, 0.0, 30.0)]).at(12)
    assert StrategyAgent("renewable").get_action(env).sum() * 32.0 * KW_PER_A == pytest.approx(30.0)


def test_efficiency_by_current_is_read_at_the_current_that_flows() -> None:
    table = dict.fromkeys(range(101), 50.0) | {16: 80.0}
    almost = FakeEV(current_capacity=44.0, charge_efficiency=table, discharge_efficiency=table, transition_soc=1.0)
    power_kw = StrategyAgent("uncontrolled").get_action(make_env(almost))[0] * 32.0 * KW_PER_A
    assert power_kw * 0.8 * 0.25 == pytest.approx(45.0 - 44.0)


def test_prices_are_the_tariffs_or_ev2gyms_at_a_rate() -> None:
    full = FakeEV(current_capacity=45.0)
    env = make_env(full).at(MORNING)
    env.charge_prices[0, 0], env.discharge_prices[0, 0] = -0.3, 0.3
    assert StrategyAgent("price").get_action(env).tolist() == [0.0]
    assert StrategyAgent("price", mad_per_eur=10.0).get_action(env).tolist() == pytest.approx([-ONE_EV])
    # The tariff pays nothing for export: V2G takes a load to serve.
    assert StrategyAgent("price").get_action(make_env(full).at(EVENING)).tolist() == [0.0]
    loaded = FakeEnv([FakeStation([full])], [FakeTransformer(100.0, 20.0, 5.0)]).at(EVENING)
    assert StrategyAgent("price").get_action(loaded).tolist() == pytest.approx([-ONE_EV])


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"strategy": "clever"}, "grid_support"),
        ({"strategy": "price", "window_start_h": 3.0}, "price.window_start_h"),
        ({"strategy": "price", "v2g_min_soc": 2.0}, "from 0.0 to 1.0"),
        ({"strategy": "price", "scenario": Scenario(fleet_size=0)}, "fleet_size"),
    ],
)
def test_wrong_settings_are_refused_by_name(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        StrategyAgent(**wrong)
