"""Thresholds of a plan by model: medians over the plugged-in vehicles alone, and none without a plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ev2gym_dashboard import Scenario, Simulation
from ev2gym_dashboard.core.fleet.battery import FULL_SOC
from ev2gym_dashboard.core.fleet.evse import UNPLUGGED
from ev2gym_dashboard.service.sessions.plan_thresholds import summarize_thresholds
from ev2gym_dashboard.strategies.predictive import read_thresholds

EVENING = Scenario(
    fleet_size=80, strategy="predictive", tariff="bt_bi_horaire", start="2026-12-15T16:00", pack_price_mad_kwh=500.0
)


@pytest.fixture(scope="module")
def evening() -> Simulation:
    simulation = Simulation(EVENING)
    simulation.advance(10)
    return simulation


def test_each_model_has_the_medians_of_its_plugged_in_vehicles(evening: Simulation) -> None:
    found = summarize_thresholds(evening)
    charge_below, give_above = read_thresholds(evening.engine.memory, slice(None))
    for name, rows in zip(evening.catalog.names, evening.fleet.slices, strict=True):
        plugged = np.flatnonzero(evening.state.code[rows] != UNPLUGGED) + rows.start
        assert (name in found) == bool(len(plugged))
        if name in found:
            giving = plugged[give_above[plugged] < FULL_SOC - 1e-6]
            assert found[name].n == len(plugged)
            assert found[name].charge_below_soc == np.median(charge_below[plugged])
            assert found[name].give_above_soc == (np.median(give_above[giving]) if len(giving) else None)
    assert found[""].n == np.count_nonzero(evening.state.code != UNPLUGGED)
    assert found[""].give_above_soc is not None


def test_without_v2g_nobody_gives_back() -> None:
    simulation = Simulation(replace(EVENING, v2g=False))
    simulation.advance(10)
    assert {thresholds.give_above_soc for thresholds in summarize_thresholds(simulation).values()} == {None}


def test_where_v2g_does_not_pay_nobody_gives_back() -> None:
    simulation = Simulation(replace(EVENING, pack_price_mad_kwh=3000.0))
    simulation.advance(10)
    assert {thresholds.give_above_soc for thresholds in summarize_thresholds(simulation).values()} == {None}


def test_there_are_none_before_the_first_plan_and_under_a_rule() -> None:
    simulation = Simulation(EVENING)
    assert summarize_thresholds(simulation) == {}
    simulation.advance(1)
    simulation.set(strategy="price")
    simulation.advance(1)
    assert summarize_thresholds(simulation) == {}
