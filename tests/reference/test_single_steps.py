"""Single steps of our battery, battery side, are those of EV2Gym 2.0.0 and acnportal 0.3.3, to 1e-9."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.power_limits import make_step_limits
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.engine.initial_state import make_engine
from ev2gym_dashboard.core.fleet.battery import FULL_SOC, compute_soc_after_charging, compute_taper_start_soc
from ev2gym_dashboard.core.fleet.catalog import ModelSpec, make_catalog
from ev2gym_dashboard.core.fleet.evse import UNPLUGGED, encode_model_kind
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.datasets.packaged import load_charging_sessions
from ev2gym_dashboard.service.scenarios.exogenous import make_exogenous_source
from ev2gym_dashboard.service.simulation.setpoint_control import make_setpoint_control
from ev2gym_dashboard.service.simulation.strategy_control import make_control

CHARGING = ("ev2gym_charging", "acnportal_charging")
DISCHARGING = ("ev2gym_discharging",)
SAME = 1e-9
N_LIVE = 3000
LIVE_SEED = 99

Case = dict[str, float]
Rated = Callable[[dict[str, Floats], float], dict[str, Floats]]


@pytest.fixture(scope="module", params=["recorded", "live"])
def cases(request: pytest.FixtureRequest, record: ModuleType, key: str) -> list[Case]:
    reference = record.REFERENCES[key]
    if request.param == "recorded":
        recorded: list[Case] = reference.recorded()
        return recorded
    if reference.why_not_live:
        pytest.skip(reference.why_not_live)
    return [case | {"soc_after": reference.soc_after(case)} for case in reference.cases(LIVE_SEED, N_LIVE)]


@pytest.mark.parametrize("key", CHARGING, scope="module")
def test_the_equation_of_charging_agrees(cases: list[Case], record: ModuleType) -> None:
    of = stack_columns(cases)
    max_power_kw = of["max_power_kw"]
    power_kw = np.minimum(of["current_a"] * record.power_per_a(), max_power_kw)
    ours = compute_soc_after_charging(
        of["soc"],
        rate_per_h=power_kw * of["efficiency"] / of["capacity_kwh"],
        taper_soc=compute_taper_start_soc(power_kw, max_power_kw, transition_soc=of["transition_soc"]),
        duration_h=of["timestep_min"] / 60.0,
    )
    assert np.abs(ours - of["soc_after"]).max() <= SAME


@pytest.mark.parametrize("key", CHARGING, scope="module")
def test_a_step_of_the_engine_charges_as_much_and_stops_at_full(cases: list[Case], record: ModuleType) -> None:
    ours, of = step_fleet(cases, record.power_per_a(), charging, strategy="uncontrolled", target_soc=1.0)
    theirs = np.clip(of["soc_after"], of["soc"], np.maximum(FULL_SOC, of["soc"]))
    assert np.abs(ours - theirs).max() <= SAME


@pytest.mark.parametrize("key", DISCHARGING, scope="module")
def test_a_step_of_the_engine_discharges_as_much_and_stops_at_the_floor(cases: list[Case], record: ModuleType) -> None:
    ours, of = step_fleet(cases, record.power_per_a(), discharging)
    assert np.abs(ours - of["soc_after"]).max() <= SAME


@pytest.mark.parametrize("key", CHARGING)
def test_the_recorded_cases_charge_on_both_sides_of_the_taper_and_across_it(key: str, record: ModuleType) -> None:
    cases = stack_columns(record.REFERENCES[key].recorded())
    power_kw = np.minimum(cases["current_a"] * record.power_per_a(), cases["max_power_kw"])
    taper = compute_taper_start_soc(power_kw, cases["max_power_kw"], transition_soc=cases["transition_soc"])
    kinds = [cases["soc_after"] < taper, (cases["soc"] < taper) & (cases["soc_after"] > taper), cases["soc"] > taper]
    assert all(np.count_nonzero(kind) > 200 for kind in kinds)
    assert np.count_nonzero(cases["current_a"] * record.power_per_a() > cases["max_power_kw"]) > 200


def test_the_recorded_cases_discharge_down_to_the_floor_and_end_above_it(record: ModuleType) -> None:
    of = stack_columns(record.REFERENCES["ev2gym_discharging"].recorded())
    at_floor = of["soc_after"] <= of["floor_soc"] + SAME
    assert 200 < np.count_nonzero(at_floor) < len(at_floor) - 200


@pytest.mark.parametrize("key", CHARGING + DISCHARGING)
def test_what_was_recorded_is_what_the_published_code_gives(record: ModuleType, key: str) -> None:
    reference = record.REFERENCES[key]
    if reference.why_not_live:
        pytest.skip(reference.why_not_live)
    recorded = reference.recorded()
    assert [reference.soc_after(case) for case in recorded] == pytest.approx(
        stack_columns(recorded)["soc_after"], abs=1e-12
    )


def stack_columns(cases: list[Case]) -> dict[str, Floats]:
    return {name: np.array([case[name] for case in cases], dtype=float) for name in cases[0]}


def step_fleet(cases: list[Case], kw_per_a: float, rated: Rated, **scenario: Any) -> tuple[Floats, dict[str, Floats]]:
    """Let a fleet of a vehicle per case step, those of the same length and floor together.

    Returns
    -------
    our SOC after the step, and the cases in that order
    """
    sorted_cases = sorted(cases, key=get_step_and_floor)
    groups = [stack_columns(list(group)) for _, group in groupby(sorted_cases, key=get_step_and_floor)]
    engine = parked_fleet(max(len(of["soc"]) for of in groups), **scenario)
    return np.concatenate([soc_after_step(engine, of, rated(of, kw_per_a)) for of in groups]), stack_columns(
        sorted_cases
    )


def get_step_and_floor(case: Case) -> tuple[float, float]:
    return case["timestep_min"], case.get("floor_soc", 0.0)


def charging(of: dict[str, Floats], kw_per_a: float) -> dict[str, Floats]:
    power_kw = np.minimum(of["current_a"] * kw_per_a, of["max_power_kw"])
    taper_soc = compute_taper_start_soc(power_kw, of["max_power_kw"], transition_soc=of["transition_soc"])
    return {"charge_kw": power_kw, "taper_soc": taper_soc, "charge_efficiency": of["efficiency"]}


def discharging(of: dict[str, Floats], kw_per_a: float) -> dict[str, Floats]:
    """Rate our discharge so that the battery gives what EV2Gym takes from it: its power, times the efficiency."""
    battery_kw = of["efficiency"] * np.minimum(of["current_a"] * kw_per_a, of["max_power_kw"])
    return {"discharge_kw": battery_kw * of["efficiency"], "discharge_efficiency": of["efficiency"]}


def parked_fleet(size: int, **scenario: Any) -> Engine:
    """Return an engine with a model per vehicle, on which nobody comes or goes."""
    parked = Scenario(fleet_size=size, return_share=0.0, timestep_min=60, departure_guard=False, **scenario)
    engine = make_engine(
        parked,
        catalog=make_catalog([ModelSpec(f"model {i}", 1, 50.0, 22.0, 50.0, 22.0, 50.0) for i in range(size)]),
        tables=load_charging_sessions()[parked.place],
        exogenous=make_exogenous_source(parked),
    )
    engine.state.departure_step[:] = np.iinfo(np.int32).max
    return engine


def soc_after_step(engine: Engine, of: dict[str, Floats], rating: dict[str, Floats]) -> Floats:
    n, floor_soc = len(of["soc"]), float(of.get("floor_soc", np.zeros(1))[0])
    engine.state.soc[:n], engine.state.code[:] = of["soc"], UNPLUGGED
    engine.state.code[:n] = code = encode_model_kind(np.arange(n), 1)
    for name, values in (rating | {"capacity_kwh": of["capacity_kwh"]}).items():
        getattr(engine.limits.ratings, name)[code] = values
    engine.rules = replace(engine.rules, reserve_soc=floor_soc)
    engine.limits = make_step_limits(
        engine.limits.ratings, engine.rules, timestep_h=float(of["timestep_min"][0]) / 60.0
    )
    # The setpoint strategy gives or charges whatever comes after the step.
    discharges = "discharge_kw" in rating
    shares = np.full(len(engine.catalog), -1.0)
    control = make_setpoint_control(engine.limits.ratings, shares, v2g=True)
    engine.advance(1, control if discharges else make_control("uncontrolled", v2g=True, params=()))
    return engine.state.soc[:n].copy()
