"""EVSEs that fit, in runs: no vehicle takes an EVSE that cannot charge it, and the reason says why it waits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import NO_EVSE
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.engine.checkpoint import flatten_arrays, restore_engine, save_engine
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.engine.initial_state import make_engine
from ev2gym_dashboard.core.engine.kernel import Kernel
from ev2gym_dashboard.core.engine.step_numba import NUMBA_KERNEL
from ev2gym_dashboard.core.engine.step_numpy import NUMPY_KERNEL
from ev2gym_dashboard.core.fleet.catalog import ModelSpec, make_catalog
from ev2gym_dashboard.core.fleet.evse import (
    EVSE_KINDS,
    UNPLUGGED,
    count_evses,
    encode_model_kind,
)
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import EVSE_SHARES
from ev2gym_dashboard.service.datasets.packaged import load_charging_sessions
from ev2gym_dashboard.service.scenarios.exogenous import make_exogenous_source
from ev2gym_dashboard.service.simulation.simulation import Simulation
from ev2gym_dashboard.service.simulation.strategy_control import make_control
from tests.closeness import assert_close

NO_TABLE: dict[str, Any] = {"current_a": (6.0, 32.0), "efficiency_1ph": (0.0, 0.0), "efficiency_3ph": (0.9, 0.9)}
MODELS = {
    "both": ModelSpec("both", 3, 40.0, 11.0, 50.0, 11.0, 10.0),
    "no DC": ModelSpec("no DC", 2, 12.0, 3.7, 0.0, 0.0, 0.0),
    "no AC": ModelSpec("no AC", 2, 300.0, 0.0, 350.0, 0.0, 350.0),
    "three phases": ModelSpec("three phases", 1, 40.0, 11.0, 0.0, 0.0, 0.0, **NO_TABLE),
    "gives": ModelSpec("gives", 1, 40.0, 0.0, 0.0, 11.0, 0.0),
    "nothing": ModelSpec("nothing", 1, 40.0, 0.0, 0.0, 0.0, 0.0),
}
SHARES = st.sampled_from(
    [(1.0, 0.0, 0.0, 0.0), (0.0, 0.5, 0.0, 0.5), (0.25, 0.25, 0.25, 0.25), (0.0, 0.0, 0.0, 1.0), (0.9, 0.0, 0.0, 0.1)]
)
BASE = Scenario(fleet_size=60, days=1.0, return_share=1.0)


@st.composite
def unfit_engines(draw: st.DrawFn) -> tuple[Scenario, list[ModelSpec]]:
    """Draw a scenario and models that not every EVSE charges."""
    names = draw(st.lists(st.sampled_from(sorted(MODELS)), min_size=1, unique=True))
    scenario = replace(
        BASE,
        fleet_size=draw(st.integers(1, 60)),
        seed=draw(st.integers(0, 1000)),
        place=draw(st.sampled_from(["home", "public", "work"])),
        timestep_min=draw(st.sampled_from([15, 60])),
        strategy=draw(st.sampled_from(["uncontrolled", "grid_support", "price"])),
        evse_per_vehicle=draw(st.floats(0.01, 1.5)),
        bidirectional_share=draw(st.floats(0.0, 1.0)),
    )
    return with_shares(scenario, draw(SHARES)), [MODELS[name] for name in names]


def with_shares(scenario: Scenario, shares: tuple[float, ...]) -> Scenario:
    changes: dict[str, Any] = dict(zip(EVSE_SHARES, shares, strict=True))
    return replace(scenario, **changes)


def count_kinds(scenario: Scenario) -> NDArray[np.int64]:
    shares = tuple(getattr(scenario, name) for name in EVSE_SHARES)
    return count_evses(scenario.n_evse, shares, bidirectional_share=scenario.bidirectional_share)


def start_engine(scenario: Scenario, models: list[ModelSpec], kernel: Kernel = NUMPY_KERNEL) -> Engine:
    return make_engine(
        scenario,
        catalog=make_catalog(models),
        tables=load_charging_sessions()[scenario.place],
        exogenous=make_exogenous_source(scenario),
        kernel=kernel,
    )


def advance(engine: Engine, n_steps: int = 1) -> None:
    scenario = engine.scenario
    engine.advance(n_steps, make_control(scenario.strategy, v2g=True, params=()))


def get_free_kinds(engine: Engine) -> list[int]:
    plugs = engine.plugs
    free = plugs.ring.take(np.arange(plugs.first, plugs.first + plugs.n_free), mode="wrap")
    kinds: list[int] = plugs.kinds[free].tolist()
    return kinds


def assert_everyone_has_an_evse_that_fits(engine: Engine) -> None:
    charge_kw, code = engine.limits.ratings.charge_kw, engine.state.code
    kinds = np.flatnonzero(count_kinds(engine.scenario)) + 1
    free = get_free_kinds(engine)
    for model, rows in enumerate(engine.fleet.slices):
        plugged = code[rows][code[rows] != UNPLUGGED]
        chargeable = charge_kw[encode_model_kind(model, kinds)].max() > 0.0
        assert not chargeable or np.all(charge_kw[plugged] > 0.0)
        waits = np.isin(engine.plugs.waiting, np.arange(rows.start, rows.stop)).any()
        assert not waits or not np.any(charge_kw[encode_model_kind(model, np.array(free, int))] > 0.0)


@given(unfit_engines())
@settings(max_examples=60, deadline=None)
def test_no_vehicle_is_at_an_evse_that_cannot_charge_it_or_waits_while_a_fitting_one_is_free(
    drawn: tuple[Scenario, list[ModelSpec]],
) -> None:
    engine = start_engine(*drawn)
    for _ in range(engine.scenario.steps_per_day):
        advance(engine)
        state = engine.state
        assert_everyone_has_an_evse_that_fits(engine)
        plugged = np.flatnonzero(state.code != UNPLUGGED)
        # A code names the kind of the very EVSE, and no EVSE serves two vehicles.
        kind = (state.code[plugged] - 1) % len(EVSE_KINDS) + 1
        assert kind.tolist() == engine.plugs.kinds[state.evse[plugged]].tolist()
        assert len(set(state.evse[plugged].tolist())) == len(plugged)
        assert np.all(state.evse[state.code == UNPLUGGED] == NO_EVSE)
        kinds = [*get_free_kinds(engine), *kind.tolist()]
        counts = np.bincount(kinds, minlength=len(EVSE_KINDS) + 1)[1:]
        assert counts.tolist() == count_kinds(engine.scenario).tolist()
        present = np.flatnonzero(state.departure_step > engine.clock - 1)
        assert sorted([*plugged.tolist(), *engine.plugs.waiting.tolist()]) == present.tolist()
        waiting_reasons = state.reason[engine.plugs.waiting].tolist()
        assert set(waiting_reasons) <= {Reason.WAITING, Reason.CANNOT_CHARGE}


@given(unfit_engines())
@settings(max_examples=20, deadline=None)
def test_numpy_and_numba_assign_the_same_evses(drawn: tuple[Scenario, list[ModelSpec]]) -> None:
    engines = [start_engine(*drawn, kernel) for kernel in (NUMPY_KERNEL, NUMBA_KERNEL)]
    for engine in engines:
        advance(engine, engine.scenario.steps_per_day)
    first, second = engines
    assert np.array_equal(first.state.code, second.state.code)
    names = flatten_arrays(first.plugs).keys()
    plugs, others = (flatten_arrays(engine.plugs) for engine in engines)
    assert all(np.array_equal(plugs[name], others[name]) for name in names)
    assert_close(first.state.soc, second.state.soc, abs_=1e-9)


@given(unfit_engines(), st.integers(0, 30))
@settings(max_examples=15, deadline=None)
def test_a_run_continues_from_a_checkpoint_of_its_queue(drawn: tuple[Scenario, list[ModelSpec]], steps: int) -> None:
    engine = start_engine(*drawn)
    advance(engine, steps)
    saved = {name: np.array(values) for name, values in save_engine(engine).items()}
    # The day's plan is not part of the state: both continue within the day.
    resumed = restore_engine(engine, saved)
    left = min(10, engine.plan.first_step + engine.scenario.steps_per_day - engine.clock)
    advance(resumed, left)
    after = {name: np.array(values) for name, values in save_engine(resumed).items()}
    advance(engine, left)
    expected = save_engine(engine)
    assert all(np.array_equal(after[name], expected[name]) for name in expected)


def get_reasons(engine: Engine, model: int) -> set[Reason]:
    return {Reason(code) for code in engine.state.reason[engine.fleet.slices[model]].tolist()}


def test_a_model_that_no_evse_of_the_site_charges_waits_with_a_reason_and_takes_no_evse() -> None:
    only_dc = with_shares(replace(BASE, evse_per_vehicle=2.0), (0.0, 0.0, 0.0, 1.0))
    engine = start_engine(only_dc, [MODELS["both"], MODELS["no DC"]])
    for _ in range(40):
        advance(engine)
        assert not engine.state.code[engine.fleet.slices[1]].any()
        assert get_reasons(engine, 1) <= {Reason.AWAY, Reason.CANNOT_CHARGE}
        assert Reason.CANNOT_CHARGE not in get_reasons(engine, 0)
    assert Reason.CANNOT_CHARGE in get_reasons(engine, 1)
    assert engine.models.n_waiting[0] == 0 < engine.models.n_waiting[1]


def test_a_model_that_the_site_can_charge_waits_for_an_evse_that_fits() -> None:
    engine = start_engine(with_shares(replace(BASE, fleet_size=100), (0.9, 0.0, 0.0, 0.1)), [MODELS["no AC"]])
    reasons: set[Reason] = set()
    for _ in range(60):
        advance(engine)
        reasons |= get_reasons(engine, 0)
        assert np.count_nonzero(engine.state.code) <= count_kinds(engine.scenario)[-2:].sum()
    assert Reason.WAITING in reasons
    assert Reason.CANNOT_CHARGE not in reasons


def test_a_plugged_in_model_that_only_discharges_is_not_told_to_wait_for_better_hours() -> None:
    scenario = with_shares(replace(BASE, drive_scale=5.0, bidirectional_share=1.0), (0.0, 1.0, 0.0, 0.0))
    engine = start_engine(replace(scenario, strategy="uncontrolled", evse_per_vehicle=2.0), [MODELS["gives"]])
    advance(engine, 60)
    plugged = engine.state.code != UNPLUGGED
    below = plugged & (engine.state.soc < BASE.target_soc - 1e-6)
    assert below.any()
    assert set(engine.state.reason[below].tolist()) == {Reason.CANNOT_CHARGE}


def test_phevs_are_not_put_at_dc_evses() -> None:
    simulation = Simulation(Scenario(catalog="ev_phev", fleet_size=600))
    engine, ratings = simulation.engine, simulation.engine.limits.ratings
    for _ in range(96):
        simulation.advance()
        plugged = engine.state.code[engine.state.code != UNPLUGGED]
        assert ratings.charge_kw[plugged].min() > 0.0


@pytest.mark.parametrize("seed", range(4))
def test_a_fleet_of_one_charges_at_its_evse(seed: int) -> None:
    simulation = Simulation(Scenario(fleet_size=1, days=7.0, seed=seed))
    simulation.advance(simulation.scenario.n_steps)
    assert simulation.kpis["g2v_kwh"] > 0.0
    assert max(simulation.series("n_connected")) == 1
