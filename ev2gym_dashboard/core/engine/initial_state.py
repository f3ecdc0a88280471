"""Initial state: the fleet at the start of a run, after days of uncontrolled charging."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.memory import NO_MEMORY
from ev2gym_dashboard.core.control.overrides import NO_OVERRIDES
from ev2gym_dashboard.core.control.power_limits import Rules, make_step_limits
from ev2gym_dashboard.core.engine.drawn_days import (
    PlaceTables,
    count_fleet_warm_up_days,
    make_fleet_plans,
    make_joint_plans,
    make_newcomers,
)
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.engine.kernel import Kernel
from ev2gym_dashboard.core.engine.recorder import ModelTotals, Recorder
from ev2gym_dashboard.core.engine.step_numpy import NUMPY_KERNEL
from ev2gym_dashboard.core.engine.trace import Trace
from ev2gym_dashboard.core.engine.warm_up import warm_up
from ev2gym_dashboard.core.fleet.arrival_tables import ArrivalTables
from ev2gym_dashboard.core.fleet.arrivals import make_day_rng
from ev2gym_dashboard.core.fleet.battery import FULL_SOC
from ev2gym_dashboard.core.fleet.catalog import Catalog
from ev2gym_dashboard.core.fleet.day_plan import DayPlan
from ev2gym_dashboard.core.fleet.evse import compute_ratings, find_fastest_codes
from ev2gym_dashboard.core.fleet.evse_fit import find_evse_fit
from ev2gym_dashboard.core.fleet.evse_queue import EvseQueue, make_evse_queue
from ev2gym_dashboard.core.fleet.fleet import FleetState, make_fleet
from ev2gym_dashboard.core.fleet.installation import Installation, install_evses
from ev2gym_dashboard.core.fleet.newcomers import compute_mean_rating
from ev2gym_dashboard.core.fleet.parts import compute_targets, list_parts
from ev2gym_dashboard.core.fleet.session_fleet import SessionFleet, place_sessions
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.site.exogenous import ExogenousSource

EVSE_ORDER_DAY = -(2**31)
"""The day whose generator shuffles the EVSEs; no run begins so early."""


def make_engine(
    scenario: Scenario,
    *,
    catalog: Catalog,
    tables: ArrivalTables,
    exogenous: ExogenousSource,
    kernel: Kernel = NUMPY_KERNEL,
    trace: Trace | None = None,
    tables_by_place: PlaceTables | None = None,
) -> Engine:
    """Return an engine at the start of a scenario.

    Parameters
    ----------
    scenario : a valid scenario
    catalog : its vehicle models
    tables : arrival tables of its place
    exogenous : source of the series of each day, days before the start included, for their weekends
    kernel : implementation of the step; it does not change the results
    tables_by_place : arrival tables of all places, for a fleet of several parts
    trace : vehicles whose past is kept, from the warm-up on, which knows when those that are parked arrived

    Returns
    -------
    An engine at step 0
    """
    if scenario.sessions is not None:
        given = place_sessions(scenario, catalog)
        days = given.plan_days(given.first_day, steps_per_day=scenario.steps_per_day)
        engine = _make_session_engine(scenario, given, exogenous, kernel, plan=next(days), days=days)
    else:
        places = tables_by_place or {scenario.place: tables}
        first_day = -count_fleet_warm_up_days(scenario, places)
        days = make_fleet_plans(scenario, places, exogenous, first_day=first_day)
        engine = _make_cold_engine(scenario, catalog, exogenous, kernel, places=places, plan=next(days), days=days)
    if trace is not None:
        engine.follow(trace)
    return _begin_runs([engine])[0]


def restart_engines(
    engine: Engine,
    scenarios: Sequence[Scenario],
    places: PlaceTables,
    *,
    adopt: Callable[[list[Engine]], None] | None = None,
) -> list[Engine]:
    """Return engines at the start of scenarios that differ from that of another engine in the seed alone.

    Parameters
    ----------
    engine : engine of drawn stays, without a trace
    scenarios : that of the engine, each with its own seed
    places : arrival tables by place
    adopt : function that gives the engines arrays of its own, before their warm-up
    """
    first_day = -count_fleet_warm_up_days(scenarios[0], places)
    days = make_joint_plans(scenarios, places, engine.exogenous, first_day=first_day)
    target_soc = compute_targets(list_parts(scenarios[0]), engine.catalog, highest=FULL_SOC)
    soc = np.repeat(target_soc, engine.fleet.counts)
    runs = zip(scenarios, days, strict=True)
    engines = [_make_cold_copy(engine, scenario, soc=soc, days=own) for scenario, own in runs]
    if adopt:
        adopt(engines)
    return _begin_runs(engines)


def _make_cold_copy(engine: Engine, scenario: Scenario, *, soc: Floats, days: Iterator[DayPlan]) -> Engine:
    plan = next(days)
    return replace(
        engine,
        scenario=scenario,
        state=FleetState.empty(engine.fleet.size, soc=soc),
        plugs=_make_queue(scenario, engine.installation),
        days=days,
        plan=plan,
        models=ModelTotals.make_zeros(len(engine.catalog)),
        clock=plan.first_step,
        step=0,
        day_cache=None,
        records=Recorder(),
        plugged_g2v_kw=0.0,
        plugged_v2g_kw=0.0,
        offered_kwh=0.0,
        memory=NO_MEMORY,
        overrides=NO_OVERRIDES,
        workspace=None,
    )


def _make_queue(scenario: Scenario, installation: Installation) -> EvseQueue:
    return make_evse_queue(installation.counts, make_day_rng(scenario.seed, EVSE_ORDER_DAY))


def _begin_runs(engines: list[Engine]) -> list[Engine]:
    """Warm up cold engines of the same start, and return them at step 0."""
    warm_up(engines, _find_start_clock(engines[0].scenario))
    for engine in engines:
        engine.stored_at_start_kwh = engine.stored_kwh
        if engine.trace is not None:
            engine.trace.begin(engine.state, engine.clock)
        # The warm-up's departures and waiting times are not part of the run; only its counts of vehicles carry over.
        engine.models = replace(
            ModelTotals.make_zeros(len(engine.catalog)),
            n_plugged=engine.models.n_plugged,
            n_present=engine.models.n_present,
            soc_sum=engine.fleet.sum_by_model(engine.state.soc),
        )
    return engines


def resume_engine(
    scenario: Scenario,
    *,
    catalog: Catalog,
    tables: ArrivalTables,
    exogenous: ExogenousSource,
    plan: DayPlan,
    kernel: Kernel = NUMPY_KERNEL,
    tables_by_place: PlaceTables | None = None,
) -> Engine:
    """Return an engine within a day whose plan is known, for `restore_engine` to set its state."""
    tomorrow = plan.first_step // scenario.steps_per_day + 1
    if scenario.sessions is not None:
        given = place_sessions(scenario, catalog)
        days = given.plan_days(tomorrow, steps_per_day=scenario.steps_per_day)
        return _make_session_engine(scenario, given, exogenous, kernel, plan=plan, days=days)
    places = tables_by_place or {scenario.place: tables}
    days = make_fleet_plans(scenario, places, exogenous, first_day=tomorrow, later_departures=plan.later_departures)
    return _make_cold_engine(scenario, catalog, exogenous, kernel, places=places, plan=plan, days=days)


def _make_cold_engine(
    scenario: Scenario,
    catalog: Catalog,
    exogenous: ExogenousSource,
    kernel: Kernel,
    *,
    places: PlaceTables,
    plan: DayPlan,
    days: Iterator[DayPlan],
) -> Engine:
    """Return an engine whose fleet is on the road, at the beginning of the warm-up."""
    parts = list_parts(scenario)
    fleet = make_fleet(catalog, *(part.scenario.fleet_size for part in parts))
    # Charging ends at FULL_SOC: a target above it would keep every vehicle below its target.
    target_soc = compute_targets(parts, catalog, highest=FULL_SOC)
    rules = Rules(float(target_soc.max()), scenario.reserve_soc, scenario.departure_guard)
    installation = install_evses(scenario)
    ratings = compute_ratings(catalog, transition_soc=scenario.transition_soc, kinds=installation.kinds)
    model_places = [parts[part].scenario.place for part in catalog.part.tolist()]
    is_usable = installation.find_usable(len(catalog), model_places=model_places)
    return Engine(
        scenario=scenario,
        catalog=catalog,
        exogenous=exogenous,
        fleet=fleet,
        limits=make_step_limits(
            ratings, rules, timestep_h=scenario.timestep_h, target_soc=_spread_targets(target_soc, ratings.n_kinds)
        ),
        rules=rules,
        state=FleetState.empty(fleet.size, soc=np.repeat(target_soc, fleet.counts)),
        plugs=_make_queue(scenario, installation),
        installation=installation,
        fit=find_evse_fit(ratings, is_usable, is_present=fleet.counts > 0),
        fastest_code=find_fastest_codes(ratings, is_usable),
        expect_newcomers=make_newcomers(
            scenario,
            places,
            mean_rating=compute_mean_rating(ratings, model_counts=fleet.counts, kind_counts=installation.counts),
        ),
        days=days,
        plan=plan,
        models=ModelTotals.make_zeros(len(catalog.names)),
        clock=plan.first_step,
        kernel=kernel,
    )


def _spread_targets(target_soc: Floats, n_kinds: int) -> Floats | None:
    """Return the target SOC by code of model and EVSE, None where all models have the same."""
    if (target_soc == target_soc[0]).all():
        return None
    # Code 0 is a vehicle without an EVSE, of which the target is not read.
    return np.concatenate([target_soc[:1], np.repeat(target_soc, n_kinds)])


def _make_session_engine(
    scenario: Scenario,
    given: SessionFleet,
    exogenous: ExogenousSource,
    kernel: Kernel,
    *,
    plan: DayPlan,
    days: Iterator[DayPlan],
) -> Engine:
    """Return the same for given sessions: their vehicles have targets, and may have EVSEs, of their own."""
    rules = Rules(min(scenario.target_soc, FULL_SOC), scenario.reserve_soc, scenario.departure_guard)
    state = FleetState.empty(given.fleet.size, soc=rules.target_soc)
    state.soc[:] = given.initial_soc
    counts = given.installation.counts
    charge_kw, charge_efficiency = compute_mean_rating(
        given.ratings, model_counts=given.fleet.counts, kind_counts=counts
    )
    return Engine(
        scenario=scenario,
        catalog=given.catalog,
        exogenous=exogenous,
        fleet=given.fleet,
        limits=make_step_limits(given.ratings, rules, timestep_h=scenario.timestep_h, target_soc=given.target_soc),
        rules=rules,
        state=state,
        plugs=make_evse_queue(counts, make_day_rng(scenario.seed, EVSE_ORDER_DAY), n_shared=given.n_shared_evse),
        installation=given.installation,
        fit=given.fit,
        fastest_code=given.fastest_code,
        expect_newcomers=given.make_newcomers(scenario, charge_kw=charge_kw, charge_efficiency=charge_efficiency),
        days=days,
        plan=plan,
        models=ModelTotals.make_zeros(len(given.catalog)),
        clock=plan.first_step,
        kernel=kernel,
    )


def _find_start_clock(scenario: Scenario) -> int:
    return (scenario.start_time.hour * 60 + scenario.start_time.minute) // scenario.timestep_min
