"""Odd fleets, EVSEs and spec files: SOC stays in 0..1, the ledger closes, and no warning is raised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard.compiled.kernel import COMPILED_KERNEL
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.engine.initial_state import make_engine
from ev2gym_dashboard.core.engine.kernel import Kernel
from ev2gym_dashboard.core.engine.step_numpy import NUMPY_KERNEL
from ev2gym_dashboard.core.fleet.battery import TARGET_TOLERANCE_SOC
from ev2gym_dashboard.core.fleet.catalog import Catalog, ModelSpec, make_catalog
from ev2gym_dashboard.core.kpis import compute_kpis
from ev2gym_dashboard.core.ledger import compute_ledger
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.datasets.catalogs import load_catalog
from ev2gym_dashboard.service.datasets.ev_specs import parse_catalog
from ev2gym_dashboard.service.datasets.packaged import load_charging_sessions
from ev2gym_dashboard.service.scenarios.exogenous import make_exogenous_source
from ev2gym_dashboard.service.simulation.strategy_control import make_control
from ev2gym_dashboard.strategies import STRATEGIES

every_strategy = pytest.mark.parametrize("strategy", STRATEGIES)
short_and_long_steps = pytest.mark.parametrize(
    ("strategy", "timestep_min"), [("grid_support", 1), *((strategy, 60) for strategy in STRATEGIES)]
)
ODD = Scenario(fleet_size=60, evse_per_vehicle=1.0, return_share=1.0)
EVENING_D = 0.25
"""A run from 16:00 to 22:00 sees plug-ins, every V2G window and the charging after it."""
ROUNDING = 1e-9
WAY = {"max_ac_charge_kw": 11.0, "max_dc_charge_kw": 50.0, "max_ac_discharge_kw": 11.0, "max_dc_discharge_kw": 50.0}
SPEC = {
    "number_of_registrations": 1,
    "battery_capacity": 50,
    "max_ac_charge_power": 11,
    "max_dc_charge_power": 100,
    "max_ac_discharge_power": 11,
    "max_dc_discharge_power": 10,
}


def make_model(name: str = "any", registrations: int = 1, capacity_kwh: float = 50.0, **other: Any) -> ModelSpec:
    return ModelSpec(name, registrations, capacity_kwh, **(WAY | other))


GIVER = make_catalog([make_model(max_ac_charge_kw=0.0, max_dc_charge_kw=0.0)])


def run_odd(
    scenario: Scenario,
    catalog: Catalog | None = None,
    n_steps: int | None = None,
    kernel: Kernel = NUMPY_KERNEL,
) -> Engine:
    """Run a scenario step by step, with a given catalog, and check every step against the physics."""
    engine = make_engine(
        scenario,
        catalog=catalog or load_catalog(scenario.catalog).catalog,
        tables=load_charging_sessions()[scenario.place],
        exogenous=make_exogenous_source(scenario),
        kernel=kernel,
    )
    control = make_control(scenario.strategy, v2g=scenario.v2g, params=scenario.params)
    for _ in range(scenario.n_steps if n_steps is None else n_steps):
        engine.advance(1, control)
        assert np.all((engine.state.soc >= 0.0) & (engine.state.soc <= 1.0))
    assert_the_ledger_closes(engine)
    return engine


def assert_the_ledger_closes(engine: Engine) -> None:
    ledger = compute_ledger(
        engine.records.series,
        timestep_h=engine.scenario.timestep_h,
        stored_kwh=engine.stored_kwh - engine.stored_at_start_kwh,
    )
    assert abs(ledger["residual_kwh"]) <= ROUNDING * max(ledger["grid_in_kwh"], engine.stored_kwh)


def get_kpis(engine: Engine) -> dict[str, float]:
    return compute_kpis(engine.records.series, timestep_h=engine.scenario.timestep_h)


def parse_models(**models: dict[str, object]) -> Catalog:
    catalog, issues = parse_catalog({name: SPEC | changed for name, changed in models.items()})
    assert not issues
    assert catalog is not None
    return catalog


def make_tables(currents: Sequence[int], one_phase: Sequence[float], three_phases: Sequence[float]) -> dict[str, Any]:
    return {"ch_current": currents, "1ph_ch_efficiency": one_phase, "3ph_ch_efficiency": three_phases}


@short_and_long_steps
def test_one_vehicle_is_a_fleet(strategy: str, timestep_min: int) -> None:
    alone = run_odd(replace(ODD, fleet_size=1, seed=6, strategy=strategy, timestep_min=timestep_min, days=EVENING_D))
    assert max(alone.records.series["n_connected"]) == 1


@pytest.mark.parametrize("seed", range(8))
def test_one_vehicle_charges_what_it_drove_whoever_it_is(seed: int) -> None:
    assert get_kpis(run_odd(replace(ODD, fleet_size=1, seed=seed, timestep_min=60, days=3.0)))["g2v_kwh"] > 0.0


@every_strategy
def test_without_evses_everyone_waits_and_nothing_flows(strategy: str) -> None:
    engine = run_odd(replace(ODD, evse_per_vehicle=0.0, strategy=strategy, days=5.0, timestep_min=60))
    assert get_kpis(engine)["g2v_kwh"] == get_kpis(engine)["v2g_kwh"] == 0.0
    assert max(engine.records.series["n_waiting"]) > 0
    assert set(engine.state.reason) <= {Reason.AWAY, Reason.WAITING}


@every_strategy
def test_where_all_evses_are_one_way_nothing_comes_back(strategy: str) -> None:
    engine = run_odd(replace(ODD, bidirectional_share=0.0, strategy=strategy))
    assert get_kpis(engine)["v2g_kwh"] == 0.0 < get_kpis(engine)["g2v_kwh"]


@short_and_long_steps
def test_batteries_from_1_to_500_kwh_share_a_site(strategy: str, timestep_min: int) -> None:
    sizes = (1.0, 2.0, 10.0, 50.0, 150.0, 500.0)
    catalog = make_catalog([make_model(f"{size} kWh", capacity_kwh=size) for size in sizes])
    engine = run_odd(replace(ODD, strategy=strategy, timestep_min=timestep_min, days=EVENING_D), catalog)
    assert get_kpis(engine)["g2v_kwh"] > 0.0


def test_batteries_that_fill_in_a_minute_are_served() -> None:
    tiny = make_catalog([make_model(capacity_kwh=0.5, max_dc_charge_kw=5000.0, max_ac_charge_kw=1000.0)])
    assert get_kpis(run_odd(replace(ODD, timestep_min=60), tiny))["share_at_target"] == 1.0


@every_strategy
def test_models_without_ac_or_without_dc_stay_idle_where_they_cannot_charge(strategy: str) -> None:
    no_ac = make_model("no AC", max_ac_charge_kw=0.0, max_ac_discharge_kw=0.0)
    no_dc = make_model("no DC", max_dc_charge_kw=0.0, max_dc_discharge_kw=0.0)
    assert get_kpis(run_odd(replace(ODD, strategy=strategy), make_catalog([no_ac, no_dc])))["g2v_kwh"] > 0.0


def test_a_model_that_discharges_but_cannot_charge_gives_nothing_as_nothing_charges_it_again() -> None:
    engine = run_odd(replace(ODD, drive_scale=0.0, departure_guard=False), GIVER)
    assert get_kpis(engine)["g2v_kwh"] == get_kpis(engine)["v2g_kwh"] == 0.0


def test_the_guard_keeps_a_model_that_cannot_charge_from_discharging_below_its_target() -> None:
    engine = run_odd(replace(ODD, drive_scale=0.0), GIVER)
    assert engine.state.soc.min() >= ODD.target_soc - TARGET_TOLERANCE_SOC - ROUNDING


@every_strategy
def test_a_model_that_takes_no_current_at_all_is_never_charged_by_ac(strategy: str) -> None:
    zeros = (0.0,) * 3
    catalog = make_catalog([make_model(current_a=(6.0, 16.0, 32.0), efficiency_1ph=zeros, efficiency_3ph=zeros)])
    only_ac = replace(ODD, strategy=strategy, evse_ac_11_share=0.5, evse_dc_50_share=0.0)
    assert get_kpis(run_odd(only_ac, catalog))["g2v_kwh"] == get_kpis(run_odd(only_ac, catalog))["v2g_kwh"] == 0.0
    assert get_kpis(run_odd(replace(ODD, strategy=strategy), catalog))["g2v_kwh"] > 0.0


def test_a_spec_file_where_every_efficiency_is_0_is_refused_with_both_fields_named() -> None:
    catalog, issues = parse_catalog({"any": SPEC | make_tables([6, 16], [0, 0], [0, 0])})
    assert catalog is None
    assert {issue.field for issue in issues} == {"any.1ph_ch_efficiency", "any.3ph_ch_efficiency"}


def test_a_spec_file_where_every_efficiency_is_0_charges_by_dc_if_it_has_no_ac() -> None:
    spec = make_tables([6, 16], [0, 0], [0, 0]) | {"max_ac_charge_power": 0, "max_ac_discharge_power": 0}
    assert get_kpis(run_odd(ODD, parse_models(any=spec)))["g2v_kwh"] > 0.0


@every_strategy
def test_a_model_that_takes_no_current_on_one_phase_charges_on_three(strategy: str) -> None:
    catalog = parse_models(any=make_tables([6, 16], [0, 0], [88, 90]))
    one_phase = replace(
        ODD, strategy=strategy, evse_ac_7_share=1.0, evse_ac_11_share=0.0, evse_ac_22_share=0.0, evse_dc_50_share=0.0
    )
    three_phases = replace(one_phase, evse_ac_7_share=0.0, evse_ac_11_share=1.0)
    assert get_kpis(run_odd(one_phase, catalog))["g2v_kwh"] == 0.0 < get_kpis(run_odd(three_phases, catalog))["g2v_kwh"]


@every_strategy
def test_lists_of_one_current_and_models_without_lists_share_a_site(strategy: str) -> None:
    catalog = parse_models(
        one=make_tables([6], [70], [80]),
        two=make_tables([10, 80], [0, 1.5], [100, 0]),
        none={},
        last=make_tables([80], [66], [0]),
    )
    assert get_kpis(run_odd(replace(ODD, strategy=strategy), catalog))["g2v_kwh"] > 0.0


@pytest.mark.parametrize("short", ["1ph_ch_efficiency", "3ph_ch_efficiency", "ch_current"])
def test_a_list_shorter_than_the_others_is_refused(short: str) -> None:
    lists = make_tables([6, 16], [80, 82], [85, 90])
    catalog, issues = parse_catalog({"any": SPEC | lists | {short: lists[short][:1]}})
    assert catalog is None
    assert issues


def test_more_models_than_vehicles_leave_some_models_without_a_vehicle() -> None:
    catalog = make_catalog([make_model(f"model {i}", registrations=i) for i in range(200)])
    engine = run_odd(replace(ODD, fleet_size=5, timestep_min=60), catalog)
    assert engine.fleet.size == 5
    assert np.count_nonzero(engine.fleet.counts) <= 5


@short_and_long_steps
def test_a_run_that_is_over_before_anyone_leaves_closes_too(strategy: str, timestep_min: int) -> None:
    night = replace(ODD, strategy=strategy, start="2026-12-15T22:00", timestep_min=timestep_min)
    engine = run_odd(night, n_steps=1)
    assert get_kpis(engine)["n_departures"] <= ODD.fleet_size
    assert max(engine.state.departure_step) > engine.clock


def test_a_run_of_no_steps_has_an_empty_ledger() -> None:
    engine = run_odd(ODD, n_steps=0)
    assert get_kpis(engine)["g2v_kwh"] == 0.0


@pytest.mark.parametrize("drive_scale", [0.0, 5.0])
def test_fleets_that_never_drive_or_come_home_empty_are_held_to_the_physics(drive_scale: float) -> None:
    engine = run_odd(replace(ODD, drive_scale=drive_scale, days=3.0, timestep_min=60))
    assert (get_kpis(engine)["driven_kwh"] > 0.0) == (drive_scale > 0.0)


@pytest.mark.parametrize("bounds", [{"target_soc": 0.1, "reserve_soc": 1.0}, {"target_soc": 1.0, "reserve_soc": 0.05}])
@pytest.mark.parametrize("transition_soc", [0.5, 0.99])
@every_strategy
def test_soc_bounds_at_their_ends_hold(strategy: str, transition_soc: float, bounds: dict[str, Any]) -> None:
    open_rule = ((f"{strategy}.v2g_min_soc", 0.0),) if strategy != "uncontrolled" else ()
    run_odd(replace(ODD, strategy=strategy, transition_soc=transition_soc, timestep_min=60, params=open_rule, **bounds))


def test_v2g_down_to_an_empty_battery_ends_at_0_and_not_below() -> None:
    wide = replace(ODD, strategy="price", params=(("price.v2g_min_soc", 0.0),), reserve_soc=0.0, departure_guard=False)
    for seed in range(4):
        run_odd(replace(wide, seed=seed, timestep_min=60))


# A year takes five seconds in NumPy: the kernel that a server runs plays it, and NumPy the first weeks.
@pytest.mark.parametrize(("kernel", "n_days"), [(COMPILED_KERNEL, 365), (NUMPY_KERNEL, 60)], ids=["compiled", "numpy"])
def test_a_long_run_of_a_small_fleet_closes(kernel: Kernel, n_days: int) -> None:
    engine = run_odd(replace(ODD, fleet_size=12, days=float(n_days), timestep_min=60), kernel=kernel)
    assert engine.step == 24 * n_days
    assert get_kpis(engine)["n_departures"] > 12 * n_days * 200 / 365
