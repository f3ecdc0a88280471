"""Live EV2Gym 2.0.0, if installed: it opens the configuration, and strategies act in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench import ev2gym_reference
from ev2gym_dashboard import Scenario
from ev2gym_dashboard.core.fleet.evse import EVSE_TYPES
from ev2gym_dashboard.integrations.ev2gym import StrategyAgent, to_ev2gym_config
from ev2gym_dashboard.strategies import STRATEGIES

pytestmark = pytest.mark.skipif(
    bool(ev2gym_reference.explain_unavailable()), reason=ev2gym_reference.explain_unavailable() or "-"
)

AT_WORK = Scenario(fleet_size=40, place="work", start="2022-01-17T05:00", days=112 / 96, evse_per_vehicle=0.8)
SEED = 3


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return ev2gym_reference.open_ev2gym(to_ev2gym_config(AT_WORK, tmp_path_factory.mktemp("ev2gym")), seed=SEED)


def test_it_has_the_fleet_the_evses_and_the_hours_of_the_scenario(env: Any) -> None:
    assert env.number_of_ports == AT_WORK.n_evse
    assert env.simulation_length == AT_WORK.n_steps
    assert env.sim_starting_date.isoformat(timespec="minutes") == AT_WORK.start
    ratings = {evse.power_kw for evse in EVSE_TYPES if evse.phases}
    found = {station.get_max_power() for station in env.charging_stations}
    assert sorted(found) == pytest.approx(sorted(ratings))
    assert env.transformers[0].max_power == pytest.approx(np.full(AT_WORK.n_steps, AT_WORK.limit_kw))
    both_ways = sum(station.max_discharge_current < 0 for station in env.charging_stations)
    assert both_ways == AT_WORK.n_evse / 2
    assert "Tesla Model 3" in env.ev_specs


@pytest.fixture(scope="module")
def fastest(env: Any) -> dict[str, Any]:
    from ev2gym.baselines.heuristics import ChargeAsFastAsPossibleToDesiredCapacity  # noqa: PLC0415

    return run_episode(env, ChargeAsFastAsPossibleToDesiredCapacity())


@pytest.mark.parametrize("strategy", [key for key, entry in STRATEGIES.items() if entry.memory_rule is None])
def test_a_strategy_acts_through_an_episode_and_drivers_get_what_the_fastest_charging_gives(
    env: Any, fastest: dict[str, Any], strategy: str
) -> None:
    stats = run_episode(env, StrategyAgent(strategy, scenario=AT_WORK))
    assert stats["total_ev_served"] == fastest["total_ev_served"] > 5
    assert stats["average_user_satisfaction"] > fastest["average_user_satisfaction"] - 0.01
    assert stats["total_transformer_overload"] == 0.0
    # Renewable integration discharges for the site's own load, of which this environment has none.
    assert (stats["total_energy_discharged"] > 0.0) == (strategy in {"grid_support", "price"})


def test_uncontrolled_charges_as_much_as_ev2gyms_own_heuristic_to_the_same_soc(
    env: Any, fastest: dict[str, Any]
) -> None:
    ours = run_episode(env, StrategyAgent("uncontrolled", scenario=AT_WORK))
    assert ours["total_energy_charged"] == pytest.approx(fastest["total_energy_charged"], rel=0.02)


def run_episode(env: Any, agent: Any) -> dict[str, Any]:
    env.reset(seed=SEED)
    env.done = False
    done = False
    while not done:
        action = agent.get_action(env)
        assert env.action_space.contains(np.asarray(action, np.float64))
        with np.errstate(all="ignore"):
            _, _, done, _, stats = env.step(action)
    return dict(stats)


def test_the_files_lie_in_the_given_folder(tmp_path: Path) -> None:
    assert to_ev2gym_config(AT_WORK, tmp_path / "new" / "folder") == tmp_path / "new" / "folder" / "config.yaml"
