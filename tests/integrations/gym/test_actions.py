"""Actions: numbers per EVSE, per vehicle and per class of urgency, with the engine's physics."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.core.control.setpoints import URGENCY_CLASSES
from ev2gym_dashboard.core.fleet.evse import UNPLUGGED
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.integrations.gym import FleetEnv, FleetVectorEnv
from ev2gym_dashboard.integrations.gym.actions import ACTIONS, MAX_SLOTS
from tests.integrations.gym.test_fleet import SCENARIO_FIELDS
from tests.strategies.scenarios import scenarios

FREE: dict[str, Any] = {"fleet_size": 40, "days": 0.5, "departure_guard": False}
SLOTTED = ("evse", "vehicle")


@pytest.mark.parametrize("action", ACTIONS)
def test_gymnasium_finds_nothing_wrong_with_any_action(action: str) -> None:
    check_env(FleetEnv(action=action, fleet_size=6, days=0.1), skip_render_check=True)


@given(scenarios(), st.sampled_from(sorted(ACTIONS)), st.sampled_from([0.0, 0.3, 1.0]))
@settings(max_examples=15, deadline=None)
def test_every_observation_lies_in_the_space_of_any_action(scenario: Scenario, action: str, error: float) -> None:
    assume(action != "evse" or scenario.n_evse > 0)
    asked = {name: getattr(scenario, name) for name in SCENARIO_FIELDS}
    env = FleetEnv(**asked, action=action, forecast_error=error, price_forecast_error=error)
    seen, info = env.reset(seed=scenario.seed % 2**32)
    env.action_space.seed(0)
    for _ in range(min(12, scenario.n_steps)):
        assert env.observation_space.contains(seen)
        assert "action_mask" not in info or info["action_mask"].shape == env.action_space.shape
        seen, reward, _, _, info = env.step(env.action_space.sample())
        assert np.isfinite(reward)
    assert env.observation_space.contains(seen)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("share", [1.0, -1.0, 0.3])
def test_the_same_number_everywhere_is_the_same_run_for_every_action(action: str, share: float) -> None:
    by_model, other = FleetEnv(**FREE), FleetEnv(**FREE, action=action)
    for env in (by_model, other):
        env.reset(seed=3)
        for _ in range(48):
            env.step(np.full(env.action_space.shape or (), share, np.float32))
    for name, values in by_model.simulation.engine.records.series.items():
        assert other.simulation.engine.records.series[name] == pytest.approx(values, abs=1e-9), name


@pytest.mark.parametrize("action", SLOTTED)
def test_only_the_vehicle_of_a_slot_follows_its_number(action: str) -> None:
    env = FleetEnv(**FREE, action=action)
    _, info = env.reset(seed=3)
    occupied = np.flatnonzero(info["action_mask"])
    engine = env.simulation.engine
    moved = 0
    for slot in occupied:
        env.reset(seed=3)
        numbers = np.zeros(len(info["action_mask"]), np.float32)
        numbers[slot] = 1.0
        env.step(numbers)
        engine = env.simulation.engine
        active = np.flatnonzero(engine.state.power_kw)
        places = engine.state.evse if action == "evse" else np.arange(engine.fleet.size)
        assert set(places[active].tolist()) <= {slot}
        moved += len(active)
    assert moved > len(occupied) // 2


@pytest.mark.parametrize("action", SLOTTED)
def test_the_mask_names_the_slots_whose_vehicles_stay_for_the_step(action: str) -> None:
    env = FleetEnv(**FREE, action=action)
    _, info = env.reset(seed=5)
    for _ in range(48):
        engine = env.simulation.engine
        stays = (engine.state.code != UNPLUGGED) & (engine.state.departure_step > engine.clock)
        places = engine.state.evse if action == "evse" else np.arange(engine.fleet.size)
        assert np.flatnonzero(info["action_mask"]).tolist() == sorted(places[stays].tolist())
        assert info["action_mask"].dtype == np.int8
        *_, info = env.step(np.zeros(env.action_space.shape or (), np.float32))


@pytest.mark.parametrize("action", SLOTTED)
def test_a_vehicle_that_plugs_in_as_the_step_begins_follows_the_number_of_its_slot(action: str) -> None:
    env = FleetEnv(**FREE, action=action)
    _, info = env.reset(seed=5)
    n_followed = 0
    for _ in range(47):
        numbers = 1.0 - info["action_mask"].astype(np.float32)
        before = env.simulation.engine.state.code.copy()
        *_, info = env.step(numbers)
        engine = env.simulation.engine
        came = np.flatnonzero((before == UNPLUGGED) & (engine.state.code != UNPLUGGED) & (engine.state.soc < 0.99))
        n_followed += len(came)
        assert (engine.state.power_kw[came] > 0.0).all()
    assert n_followed > 5


def test_what_is_seen_of_a_vehicle_is_its_own_state_and_deadline() -> None:
    env = FleetEnv(**FREE, action="vehicle")
    seen, info = env.reset(seed=3)
    engine, values = env.simulation.engine, dict(zip(env.names, seen.tolist(), strict=True))
    for row in np.flatnonzero(info["action_mask"]).tolist():
        code, name = engine.state.code[row], f"vehicle {row}"
        assert values[f"soc_mean: {name}"] == pytest.approx(engine.state.soc[row])
        assert values[f"hours_left_h: {name}"] == (engine.state.departure_step[row] - engine.clock) * 0.25
        assert values[f"charge_kw: {name}"] == pytest.approx(engine.limits.ratings.charge_kw[code])
    absent = np.flatnonzero(info["action_mask"] == 0)
    assert all(values[f"{entry}: vehicle {row}"] == 0.0 for row in absent for entry in ("n_connected", "soc_mean"))
    assert 0 < len(absent) < 40


def test_only_the_vehicles_of_a_class_follow_its_number() -> None:
    env = FleetEnv(fleet_size=200, days=0.5, departure_guard=False, action="urgency")
    seen, _ = env.reset(seed=3)
    counts = [seen[env.names.index(f"n_connected: {name}")] for name in URGENCY_CLASSES]
    assert sum(counts) > sum(count > 0 for count in counts) >= 2
    env.step(np.array([0.0, 0.0, 1.0, 1.0, 1.0], np.float32))
    pressed = env.simulation.series("n_charging")[-1]
    env.reset(seed=3)
    env.step(np.ones(5, np.float32))
    assert 0 < pressed < env.simulation.series("n_charging")[-1]


def test_vehicles_without_a_need_are_a_class_of_their_own() -> None:
    """Charging all others ends at the targets, so that no class has to charge beyond them."""
    env = FleetEnv(fleet_size=60, days=1, departure_guard=False, action="urgency", target_soc=0.7)
    seen, _ = env.reset(seed=3)
    met, n_met = env.names.index("missing_kwh: met"), 0
    for _ in range(96):
        assert seen[met] == 0.0
        state = env.simulation.state
        code, is_met = state.code.copy(), state.soc >= 0.7
        seen, *_ = env.step(np.array([0.0, 1.0, 1.0, 1.0, 1.0], np.float32))
        stays = is_met & (code != UNPLUGGED) & (state.code == code)
        n_met += int(np.count_nonzero(stays))
        assert not (state.power_kw[stays] > 0.0).any()
    assert n_met > 100


def test_charging_only_what_is_urgent_serves_nearly_all_and_later() -> None:
    """Deadlines are what the classes are for: half of the need waits until its class is reached."""
    runs = {}
    for name, numbers in {"now": [0, 1, 1, 1, 1], "late": [0, 0, 0, 0, 1], "never": [0, 0, 0, 0, 0]}.items():
        env = FleetEnv(fleet_size=100, days=1, departure_guard=False, action="urgency", bidirectional_share=0.0)
        env.reset(seed=2)
        for _ in range(96):
            env.step(np.array(numbers, np.float32))
        runs[name] = env.simulation.kpis["unserved_kwh"]
    assert runs["late"] < runs["now"] + 0.05 * runs["never"]
    assert runs["never"] > 0.0


@pytest.mark.parametrize("action", SLOTTED)
def test_a_space_of_too_many_numbers_is_refused_with_the_forms_that_fit(action: str) -> None:
    with pytest.raises(ValidationError, match='use "urgency" or "model"') as raised:
        FleetEnv(action=action, fleet_size=3 * MAX_SLOTS, evse_per_vehicle=1.0)
    assert [issue.field for issue in raised.value.issues] == ["action"]


def test_a_number_per_evse_is_refused_where_there_is_none() -> None:
    with pytest.raises(ValidationError, match="the site has no EVSE"):
        FleetEnv(action="evse", fleet_size=10, evse_per_vehicle=0.0)


def test_a_form_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(ValidationError, match="evse"):
        FleetEnv(action="evses")


@pytest.mark.parametrize("action", ACTIONS)
def test_fleets_together_are_those_one_by_one_with_every_action_and_forecasts_that_err(action: str) -> None:
    given: dict[str, Any] = {"fleet_size": 20, "days": 0.25, "action": action, "forecast_error": 0.2}
    together, alone = FleetVectorEnv(2, **given), [FleetEnv(**given) for _ in range(2)]
    seen, _ = together.reset(seed=11)
    assert np.array_equal(seen, [env.reset(seed=11 + i)[0] for i, env in enumerate(alone)])
    together.action_space.seed(0)
    for _ in range(24):
        actions = together.action_space.sample()
        seen, rewards, _, _, info = together.step(actions)
        steps = [env.step(numbers) for env, numbers in zip(alone, actions, strict=True)]
        assert np.array_equal(seen, [step[0] for step in steps])
        assert rewards.tolist() == [step[1] for step in steps]
        if "action_mask" in info:
            assert np.array_equal(info["action_mask"], [step[4]["action_mask"] for step in steps])
