"""The scalar simulator and the engine agree on charging sessions of a file, also where stays wait for an EVSE."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.core.engine.step_numpy import NUMPY_KERNEL
from ev2gym_dashboard.service.datasets.session_file.reader import read_session_bytes
from ev2gym_dashboard.strategies import STRATEGIES
from tests.reference.agreement import KERNELS, Replay, assert_agreement, replay_scenario, replay_simulator
from tests.reference.scalar_day import Stay
from tests.reference.scalar_inputs import make_inputs
from tests.reference.scalar_simulator import ScalarSimulator
from tests.strategies.scenarios import session_scenarios

# Sunday to Tuesday: several stays a day, stays over the night, targets, and EVSEs of the file. A bus that no AC EVSE
# charges, a hybrid that no DC EVSE charges, a van without V2G, and one that comes with more than it left with.
DEPOT = """\
vehicle,model,capacity_kwh,power_kw,discharge_kw,arrival,departure,energy_kwh,soc,target_soc,evse
van 1,,60,11,,2026-12-13T06:10,2026-12-13T09:20,20,,,
van 1,,60,11,,2026-12-13T16:05,2026-12-14T07:30,35,,0.9,
van 1,,60,11,,2026-12-14T11:00,2026-12-14T13:00,10,,,
van 2,,60,11,0,2026-12-13T06:10,2026-12-14T21:45,,0.2,0.6,
van 3,,60,22,,2026-12-13T07:40,2026-12-13T15:00,,0.35,0.95,
van 3,,60,22,,2026-12-13T15:00,2026-12-13T23:15,12,,0.7,
van 3,,60,22,,2026-12-14T17:20,2026-12-15T03:00,,0.97,0.98,
van 4,,75,7.4,,2026-12-13T08:02,2026-12-13T19:58,25,,,CP1
van 5,,75,22,,2026-12-13T20:00,2026-12-14T05:00,40,,,CP1
van 4,,75,7.4,,2026-12-14T08:00,2026-12-14T12:00,8,,0.55,
bus,,350,150,,2026-12-13T21:30,2026-12-14T04:45,220,,0.9,CP2
bus,,350,150,,2026-12-14T12:10,2026-12-14T14:00,,0.3,0.8,
hybrid,Mitsubishi Outlander,,,,2026-12-13T07:55,2026-12-13T18:30,5,,,
hybrid,Mitsubishi Outlander,,,,2026-12-14T06:00,2026-12-14T08:30,6,,,
zoe,Renault Zoe,,,,2026-12-13T09:00,2026-12-13T22:00,,0.3,0.85,
"""
RUN: dict[str, Any] = {"start": "2026-12-13T10:00", "days": 1.0, "timestep_min": 60, "catalog": "ev_phev", "seed": 4}
TIGHT = {"limit_kw_per_vehicle": 5.0937, "base_load_kw_per_vehicle": 0.8131, "pv_kwp_per_vehicle": 1.0}
EVSES = {
    "an EVSE for each": "",
    "two EVSEs": "2 x AC 22 V2G",
    "kinds that do not fit all": "1 x DC 50 V2G; 2 x AC 3.7 V2G",
    "fast ones alone": "1 x DC 350; 1 x DC 50 V2G",
}
RULES = [key for key, strategy in STRATEGIES.built_in.items() if not strategy.plans]
"""Strategies with a scalar twin, see test_scalar_simulator.py."""
every_strategy = pytest.mark.parametrize("strategy", RULES)
every_kernel = pytest.mark.parametrize("kernel", KERNELS)
every_site = pytest.mark.parametrize("evses", EVSES)


def make_depot(strategy: str, evses: str) -> Scenario:
    return Scenario(sessions=read_session_bytes(DEPOT.encode()), strategy=strategy, evses=EVSES[evses], **RUN | TIGHT)


@cache
def replay_depot(strategy: str, evses: str) -> Replay:
    return replay_scenario(make_depot(strategy, evses))


@every_kernel
@every_site
@every_strategy
def test_every_vehicle_of_a_file_agrees_in_every_step(strategy: str, evses: str, kernel: str) -> None:
    assert_agreement(replay_depot(strategy, evses), make_depot(strategy, evses), KERNELS[kernel])


@every_strategy
@given(session_scenarios())
@settings(max_examples=2)
def test_random_files_agree(strategy: str, scenario: Scenario) -> None:
    changed = replace(scenario, strategy=strategy)
    replayed = replay_scenario(changed)
    for kernel in KERNELS.values():
        assert_agreement(replayed, changed, kernel)


def test_the_files_show_queues_targets_and_evses_that_charge_nobody() -> None:
    replays = {evses: replay_depot("price", evses) for evses in EVSES}
    shown = {evses: {reason for step in replay.steps for reason in step[2]} for evses, replay in replays.items()}
    assert {"waiting"} == shown["two EVSEs"] & {"waiting", "cannot_charge"}
    assert "waiting" in shown["kinds that do not fit all"]
    assert "waiting" not in shown["an EVSE for each"]
    assert "cannot_charge" in shown["fast ones alone"]


WRONG_READINGS: dict[str, Callable[[Stay], Stay]] = {
    "target": lambda stay: replace(stay, target_soc=0.6),
    "EVSE of the file": lambda stay: replace(stay, own_evse=None),
}


@pytest.mark.parametrize("reading", WRONG_READINGS)
def test_a_stay_that_is_read_wrongly_is_detected(reading: str) -> None:
    scenario = make_depot("uncontrolled", "two EVSEs")
    inputs = make_inputs(scenario)
    stays = list(map(WRONG_READINGS[reading], inputs.fleet.stays))
    simulator = ScalarSimulator(replace(inputs, fleet=replace(inputs.fleet, stays=stays)))
    with pytest.raises(AssertionError):
        assert_agreement(replay_simulator(simulator, scenario.n_steps), scenario, NUMPY_KERNEL)
