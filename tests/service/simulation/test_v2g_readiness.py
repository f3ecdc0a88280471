"""V2G readiness: the steps that are announced are those in which V2G is requested, and the vehicles can give back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ev2gym_dashboard import Scenario, Simulation
from ev2gym_dashboard.core.fleet.evse import UNPLUGGED
from ev2gym_dashboard.service.simulation.v2g_readiness import count_ready_vehicles, find_v2g_steps
from ev2gym_dashboard.strategies import STRATEGIES

SCENARIO = Scenario(fleet_size=60, pv_kwp_per_vehicle=3.0)
HALF_DAY = 48
RULES = [key for key, strategy in STRATEGIES.items() if not strategy.plans]


@pytest.mark.parametrize("strategy", RULES)
@pytest.mark.parametrize("step", [1, 30])
def test_announced_steps_are_those_in_which_v2g_is_requested(strategy: str, step: int) -> None:
    simulation = Simulation(replace(SCENARIO, strategy=strategy, tariff="bt_bi_horaire"))
    simulation.advance(step)
    announced = find_v2g_steps(simulation, HALF_DAY)
    requested = []
    for _ in range(HALF_DAY):
        control = simulation.control
        requested.append(
            STRATEGIES[strategy].uses_v2g and control.requests_v2g(simulation.get_moment()[0], control.params)
        )
        simulation.advance(1)
    assert announced.tolist() == requested


def test_nothing_is_announced_with_v2g_off_or_where_a_plan_decides() -> None:
    off, plans = (Simulation(replace(SCENARIO, **change)) for change in ({"v2g": False}, {"strategy": "predictive"}))
    assert not find_v2g_steps(off, HALF_DAY).any()
    assert len(find_v2g_steps(plans, HALF_DAY)) == 0


def test_no_view_begins_the_search_for_a_cap() -> None:
    assert len(find_v2g_steps(Simulation(replace(SCENARIO, strategy="peak_shaving")), HALF_DAY)) == 0


def test_runs_of_one_site_share_the_announced_steps() -> None:
    first, second = (Simulation(replace(SCENARIO, seed=seed)) for seed in (1, 2))
    assert np.shares_memory(find_v2g_steps(first, HALF_DAY), find_v2g_steps(second, HALF_DAY))


def test_a_change_of_the_window_moves_the_announced_steps() -> None:
    simulation = Simulation(replace(SCENARIO, start="2026-12-15T16:00"))
    assert np.flatnonzero(find_v2g_steps(simulation, HALF_DAY))[[0, -1]].tolist() == [8, 19]
    simulation.set(params={"grid_support.window_start_h": 17.0})
    assert np.flatnonzero(find_v2g_steps(simulation, HALF_DAY))[[0, -1]].tolist() == [4, 19]


@pytest.mark.parametrize("end_step", [12, 30])
def test_ready_vehicles_are_plugged_in_long_enough_above_the_v2g_minimum(end_step: int) -> None:
    simulation = Simulation(replace(SCENARIO, start="2026-12-15T16:00", bidirectional_share=0.5))
    simulation.advance(12)
    ready = count_ready_vehicles(simulation, end_step=end_step)
    state, engine = simulation.state, simulation.engine
    ratings_kw = engine.limits.ratings.discharge_kw
    end_clock = engine.clock + end_step - engine.step
    expected_kw = [
        min(ratings_kw[code], (soc - 0.6) * engine.limits.kw_per_use[code])
        for soc, code, departure in zip(state.soc, state.code, state.departure_step, strict=True)
        if code != UNPLUGGED and ratings_kw[code] > 0.0 and soc > 0.6 and departure > end_clock
    ]
    assert ready.n == len(expected_kw) > 0
    assert ready.power_kw == pytest.approx(sum(expected_kw))
