"""Schedule: setpoints that a run follows in place of its strategy, and what following them is worth."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ev2gym_dashboard import Result, Scenario, Simulation, find_bound, read_profile, simulate
from ev2gym_dashboard.service.scenarios.serialization import parse_scenario, serialize_scenario
from ev2gym_dashboard.service.simulation.schedule import compute_schedule_effect, compute_tracking_kpis
from ev2gym_dashboard.strategies import STRATEGIES

SITE = Scenario(fleet_size=60, timestep_min=30, start="2026-12-15T16:00", limit_kw_per_vehicle=20.0)
FIRST, N_STEPS, SETPOINT_KW = 4, 6, 30.0
"""From 18:00 to 21:00."""
TIMES = pd.date_range("2026-12-15 18:00", periods=3, freq="h")
EVENING = pd.Series([SETPOINT_KW] * 3, index=TIMES)
DURING = slice(FIRST, FIRST + N_STEPS)


@cache
def run(strategy: str = "uncontrolled", **changes: Any) -> Result:
    return simulate(replace(SITE, strategy=strategy, setpoint_profile=EVENING, **changes))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_follows_the_schedule_and_decides_at_other_times(strategy: str) -> None:
    scenario = replace(SITE, strategy=strategy, days=0.5)
    followed, free = Simulation(replace(scenario, setpoint_profile=EVENING)), Simulation(scenario)
    for simulation in (followed, free):
        simulation.advance(scenario.n_steps)
    power_kw, free_kw = (simulation.series("net_power_kw") for simulation in (followed, free))
    assert power_kw[DURING] == pytest.approx(np.full(N_STEPS, SETPOINT_KW), rel=0.01)
    assert np.array_equal(power_kw[:FIRST], free_kw[:FIRST])
    assert np.abs(free_kw[DURING] - SETPOINT_KW).max() > 5.0
    assert followed.kpis["unserved_kwh"] <= free.kpis["unserved_kwh"] + 0.5


def test_no_step_alone_or_many_at_once_give_the_same_bits() -> None:
    scenario = replace(SITE, setpoint_profile=EVENING)
    at_once, one_by_one = Simulation(scenario), Simulation(scenario)
    at_once.advance(20)
    for _ in range(20):
        one_by_one.advance()
    assert np.array_equal(at_once.series("net_power_kw"), one_by_one.series("net_power_kw"))


def test_what_is_held_back_returns_after_the_schedule() -> None:
    kpis = run().kpis
    assert kpis["schedule_response_kwh"] > 50.0
    assert kpis["schedule_rebound_kwh"] == pytest.approx(kpis["schedule_response_kwh"], rel=0.1)
    free = simulate(replace(SITE, strategy="uncontrolled")).kpis
    assert {name: value for name, value in free.items() if name.startswith("schedule_")} == {
        "schedule_error_kwh": 0.0,
        "schedule_rms_kw": 0.0,
        "schedule_mad": 0.0,
        "schedule_response_kwh": 0.0,
        "schedule_rebound_kwh": 0.0,
    }


def test_a_schedule_out_of_reach_is_missed_and_settled() -> None:
    out_of_reach = pd.Series([1000.0, 1000.0, -1000.0], index=TIMES)
    site = replace(SITE, strategy="price", above_schedule_mad_kwh=3.0, below_schedule_mad_kwh=2.0)
    result = simulate(replace(site, setpoint_profile=out_of_reach))
    error_kw = result.series["net_power_kw"].to_numpy()[DURING] - np.repeat(out_of_reach.to_numpy(), 2)
    above_kwh, below_kwh = 0.5 * np.maximum(error_kw, 0.0).sum(), 0.5 * np.maximum(-error_kw, 0.0).sum()
    assert above_kwh > 100.0
    assert below_kwh > 100.0
    assert result.kpis["schedule_error_kwh"] == pytest.approx(above_kwh + below_kwh)
    assert result.kpis["schedule_rms_kw"] == pytest.approx(np.sqrt((error_kw**2).mean()))
    assert result.kpis["schedule_mad"] == pytest.approx(3.0 * above_kwh + 2.0 * below_kwh)


def test_the_deviation_by_hand() -> None:
    scenario = Scenario(
        timestep_min=60, setpoint_profile=[10.0] * 24, above_schedule_mad_kwh=1.0, below_schedule_mad_kwh=0.5
    )
    assert compute_tracking_kpis(scenario, np.array([13.0, 6.0, 10.0])) == {
        "schedule_error_kwh": 7.0,
        "schedule_rms_kw": pytest.approx(np.sqrt(25.0 / 3.0)),
        "schedule_mad": 3.0 + 0.5 * 4.0,
    }


def test_the_effect_by_hand() -> None:
    scenario = replace(SITE, timestep_min=60, setpoint_profile=EVENING)
    effect = compute_schedule_effect(
        scenario, np.array([5.0, 5.0, 1.0, 2.0, 3.0, 9.0]), np.array([5.0, 5.0, 4.0, 4.0, 4.0, 5.0])
    )
    assert effect == {"schedule_response_kwh": 6.0, "schedule_rebound_kwh": 4.0}


def test_v2g_off_and_the_connection_hold_under_a_schedule() -> None:
    below = pd.Series([-500.0] * 3, index=TIMES)
    without_v2g = simulate(replace(SITE, setpoint_profile=below, v2g=False))
    assert without_v2g.kpis["v2g_kwh"] == 0.0
    above = pd.Series([1e4] * 3, index=TIMES)
    tight = simulate(replace(SITE, setpoint_profile=above, limit_kw_per_vehicle=3.0))
    assert tight.series["net_load_kw"].max() <= 3.0 * SITE.fleet_size + 1e-6


def test_a_file_of_hours_without_a_date_repeats_every_day() -> None:
    scenario = replace(SITE, setpoint_profile=[20.0] * 24, days=2.0, base_load_kw_per_vehicle=0.0)
    power_kw = simulate(scenario).series["net_power_kw"].to_numpy()
    # Until a departure requires more.
    assert power_kw[:24] == pytest.approx(np.full(24, 20.0))
    assert np.count_nonzero(np.abs(power_kw[48:] - 20.0) < 0.2) >= 8
    assert power_kw.min() == pytest.approx(20.0)


def test_a_schedule_is_read_from_a_file_and_keeps_its_values(tmp_path: Path) -> None:
    file = tmp_path / "schedule.csv"
    values = [30.0, -12.5] * 12
    times = pd.date_range("2026-12-16", periods=24, freq="h", tz="UTC")
    pd.Series(values, index=times, name="kW").to_csv(file, index_label="time")
    scenario = Scenario(setpoint_profile=read_profile(file, "setpoint_profile"))
    assert scenario.validate() == []
    assert np.frombuffer(scenario.setpoint_profile.content).tolist() == values
    with pytest.raises(ValueError, match="row 3: must be from"):
        read_profile(file)
    assert parse_scenario(serialize_scenario(scenario)) == scenario


def test_parts_of_a_site_share_the_schedule() -> None:
    shared = Scenario(setpoint_profile=[40.0] * 24).with_scaled_profiles(0.25)
    assert (shared.setpoint_profile.days == 10.0).all()


def test_the_bound_holds_under_a_schedule() -> None:
    scenario = replace(SITE, fleet_size=20, setpoint_profile=EVENING, strategy="price")
    assert find_bound(scenario).compute_gap(simulate(scenario).kpis) >= 0.0
