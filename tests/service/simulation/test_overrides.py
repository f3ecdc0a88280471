"""Overrides of a run: a vehicle charges, keeps its energy or leaves as the user decides, and all others as before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard import Scenario, Simulation
from ev2gym_dashboard.core.arrays import NO_EVSE
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.engine.step_numba import NUMBA_KERNEL
from ev2gym_dashboard.core.engine.step_numpy import NUMPY_KERNEL
from ev2gym_dashboard.core.fleet.evse import UNPLUGGED
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.simulation.counterfactuals import BASELINE_STRATEGY, start_counterfactual_runs
from ev2gym_dashboard.strategies import STRATEGIES

SCENARIO = Scenario(fleet_size=150, seed=1, strategy="grid_support", target_soc=0.9)
EVENING = 12
"""Step at 19:00, when many vehicles are plugged in and the V2G window is open."""
COMPILED_STRATEGIES = [key for key, entry in STRATEGIES.built_in.items() if not entry.plans]


def start_evening(scenario: Scenario = SCENARIO) -> Simulation:
    simulation = Simulation(scenario)
    simulation.advance(EVENING)
    return simulation


def find_vehicle(simulation: Simulation, *, low_soc: float = 0.0, high_soc: float = 1.0) -> int:
    """Return a vehicle that stays for the next eight hours at least, and could give back, with a SOC in some bounds."""
    state = simulation.state
    stays = (state.code != UNPLUGGED) & (state.departure_step > simulation.engine.clock + 32)
    able = simulation.engine.limits.ratings.discharge_kw[state.code] > 0.0
    return int(np.flatnonzero(stays & able & (state.soc > low_soc) & (state.soc < high_soc))[0])


def decide(simulation: Simulation, vehicle: int, action: str, **values: float) -> None:
    simulation.set(overrides=[{"vehicle": vehicle, "action": action, **values}])


def record(simulation: Simulation, vehicle: int, n_steps: int) -> list[tuple[float, float, int]]:
    """Return SOC, power and reason of a vehicle after each of some steps."""
    rows, state = [], simulation.state
    for _ in range(n_steps):
        simulation.advance()
        rows.append((float(state.soc[vehicle]), float(state.power_kw[vehicle]), int(state.reason[vehicle])))
    return rows


def test_a_vehicle_that_charges_now_reaches_its_target_first_and_keeps_it() -> None:
    simulation = start_evening(replace(SCENARIO, limit_kw_per_vehicle=20.0))
    vehicle = find_vehicle(simulation, high_soc=0.6)
    (uncontrolled,) = simulation.fork(1)
    uncontrolled.set(strategy="uncontrolled")
    decide(simulation, vehicle, "charge_now")
    charged = record(simulation, vehicle, 30)
    expected = record(uncontrolled, vehicle, 30)
    assert [soc for soc, _, _ in charged] == pytest.approx([soc for soc, _, _ in expected])
    assert charged[0][2] == Reason.SET_CHARGE
    assert all(power_kw >= 0.0 for _, power_kw, _ in charged)


def test_charging_now_ends_with_the_stay() -> None:
    simulation = start_evening()
    vehicle = find_vehicle(simulation)
    decide(simulation, vehicle, "charge_now")
    assert simulation.engine.overrides.find_active(simulation.engine.clock).tolist() == [vehicle]
    simulation.advance(int(simulation.state.departure_step[vehicle]) - simulation.engine.clock)
    assert simulation.engine.overrides.find_active(simulation.engine.clock).tolist() == []


def test_a_vehicle_whose_v2g_is_barred_never_discharges() -> None:
    simulation = start_evening()
    vehicle = find_vehicle(simulation, low_soc=0.6)
    (free,) = simulation.fork(1)
    decide(simulation, vehicle, "no_v2g")
    barred = record(simulation, vehicle, 3 * 96)
    assert min(power_kw for _, power_kw, _ in barred) >= 0.0
    assert Reason.SET_NO_V2G in {reason for *_, reason in barred}
    assert min(power_kw for _, power_kw, _ in record(free, vehicle, 3 * 96)) < 0.0


def test_a_vehicle_leaves_when_the_user_lets_it() -> None:
    simulation = start_evening()
    vehicle, scenario = find_vehicle(simulation), simulation.scenario
    decide(simulation, vehicle, "leave", leave_min=23 * 60)
    leave_step = int(simulation.state.departure_step[vehicle])
    assert scenario.get_step_time(leave_step - simulation.engine.clock + EVENING).hour == 23
    reasons = [reason for *_, reason in record(simulation, vehicle, leave_step - simulation.engine.clock + 1)]
    assert reasons[-1] == Reason.AWAY
    assert Reason.AWAY not in reasons[:-1]
    assert simulation.state.evse[vehicle] == NO_EVSE


@pytest.mark.parametrize("minute", [20 * 60, 12 * 60, 18 * 60 + 45])
def test_vehicles_and_energies_add_up_after_a_moved_departure(minute: int) -> None:
    simulation = start_evening()
    present = np.flatnonzero(simulation.state.reason != Reason.AWAY)
    simulation.set(overrides=[{"vehicle": int(v), "action": "leave", "leave_min": minute} for v in present[:40]])
    for _ in range(3 * 96):
        simulation.advance()
        state, models = simulation.state, simulation.model_totals
        assert models.n_plugged.sum() == np.count_nonzero(state.code != UNPLUGGED)
        assert models.n_present.sum() == np.count_nonzero(state.reason != Reason.AWAY)
        taken = state.evse[state.evse != NO_EVSE]
        assert len(np.unique(taken)) == len(taken)
    assert abs(simulation.ledger["residual_kwh"]) < 1e-6
    assert simulation.engine.plugged_g2v_kw == pytest.approx(
        simulation.engine.limits.ratings.charge_kw[simulation.state.code].sum()
    )


def test_a_moved_departure_moves_no_other_vehicle() -> None:
    simulation = start_evening(replace(SCENARIO, evse_per_vehicle=1.0))
    vehicle = find_vehicle(simulation)
    (other,) = simulation.fork(1)
    decide(simulation, vehicle, "leave", leave_min=20 * 60)
    for run in (simulation, other):
        run.advance(2 * 96)
    others = np.arange(SCENARIO.fleet_size) != vehicle
    assert np.array_equal(simulation.state.departure_step[others], other.state.departure_step[others])


def test_a_decision_that_is_taken_back_leaves_the_run_as_it_was() -> None:
    simulation = start_evening()
    vehicle = find_vehicle(simulation)
    (other,) = simulation.fork(1)
    for action, values in (("charge_now", {}), ("no_v2g", {}), ("leave", {"leave_min": 20 * 60})):
        decide(simulation, vehicle, action, **values)
    decide(simulation, vehicle, "as_strategy")
    for run in (simulation, other):
        run.advance(2 * 96)
    assert simulation.state.soc == pytest.approx(other.state.soc)
    assert np.array_equal(simulation.state.departure_step, other.state.departure_step)


def test_a_vehicle_on_the_road_has_no_stay_to_decide_about() -> None:
    simulation = start_evening()
    vehicle = int(np.flatnonzero(simulation.state.reason == Reason.AWAY)[0])
    decide(simulation, vehicle, "charge_now")
    decide(simulation, vehicle, "leave", leave_min=0)
    assert simulation.engine.overrides.rows.size == 0


@pytest.mark.parametrize("strategy", sorted(STRATEGIES.built_in))
def test_both_kernels_obey_alike(strategy: str) -> None:
    first = start_evening(replace(SCENARIO, strategy=strategy, limit_kw_per_vehicle=1.5))
    (second,) = first.fork(1)
    first.engine.kernel, second.engine.kernel = NUMPY_KERNEL, NUMBA_KERNEL
    vehicles = np.flatnonzero(first.state.code != UNPLUGGED)[:6].tolist()
    actions = [("charge_now", {}), ("no_v2g", {}), ("leave", {"leave_min": 21 * 60})]
    overrides = [
        {"vehicle": vehicle, "action": action, **values}
        for vehicle, (action, values) in zip(vehicles, actions * 2, strict=True)
    ]
    for run in (first, second):
        run.set(overrides=overrides)
        run.advance(30)
    assert first.state.soc == pytest.approx(second.state.soc, abs=1e-9)
    assert np.array_equal(first.state.reason, second.state.reason)


@pytest.mark.parametrize("strategy", COMPILED_STRATEGIES)
def test_the_compiled_loop_runs_what_is_left_to_the_strategy(strategy: str) -> None:
    from ev2gym_dashboard.compiled.run import can_run  # noqa: PLC0415 (Numba takes a second to import)

    simulation = start_evening(replace(SCENARIO, strategy=strategy))
    vehicle = find_vehicle(simulation)
    allowed = [can_run(simulation.engine, simulation.control)]
    for action in ("no_v2g", "as_strategy"):
        decide(simulation, vehicle, action)
        allowed.append(can_run(simulation.engine, simulation.control))
    assert allowed == [True, False, True]


def test_counterfactuals_have_the_stays_of_the_run() -> None:
    runs = start_counterfactual_runs(SCENARIO)
    runs.advance(EVENING)
    vehicle = find_vehicle(runs.simulation)
    runs.set(overrides=[{"vehicle": vehicle, "action": action} for action in ("charge_now", "no_v2g")])
    runs.set(overrides=[{"vehicle": vehicle, "action": "leave", "leave_min": 20 * 60}])
    runs.advance(3 * 96)
    departures = runs.simulation.state.departure_step
    for simulation in runs.counterfactuals.values():
        assert np.array_equal(simulation.state.departure_step, departures)
        assert simulation.kpis["n_departures"] == runs.simulation.kpis["n_departures"]
    assert runs.counterfactuals[BASELINE_STRATEGY].engine.overrides.find_barred(0).size == 0


@pytest.mark.parametrize(
    ("overrides", "field"),
    [
        ({"vehicle": 0, "action": "no_v2g"}, "overrides"),
        ([{"vehicle": 0, "action": "no_v2g"}] * 51, "overrides"),
        (["no_v2g"], "overrides.0"),
        ([{"vehicle": 150, "action": "no_v2g"}], "overrides.0.vehicle"),
        ([{"vehicle": -1, "action": "no_v2g"}], "overrides.0.vehicle"),
        ([{"vehicle": 1.5, "action": "no_v2g"}], "overrides.0.vehicle"),
        ([{"vehicle": True, "action": "no_v2g"}], "overrides.0.vehicle"),
        ([{"action": "no_v2g"}], "overrides.0.vehicle"),
        ([{"vehicle": 0, "action": "drive"}], "overrides.0.action"),
        ([{"vehicle": 0, "action": ["leave"]}], "overrides.0.action"),
        ([{"vehicle": 0}], "overrides.0.action"),
        ([{"vehicle": 0, "action": "leave"}], "overrides.0.leave_min"),
        ([{"vehicle": 0, "action": "leave", "leave_min": 1440}], "overrides.0.leave_min"),
        ([{"vehicle": 0, "action": "leave", "leave_min": float("nan")}], "overrides.0.leave_min"),
        ([{"vehicle": 0, "action": "no_v2g", "leave_min": 60}], "leave_min"),
    ],
)
def test_a_wrong_decision_is_refused_with_one_issue(overrides: Any, field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        start_evening().set(overrides=overrides)
    assert [issue.field for issue in refused.value.issues] == [field]
