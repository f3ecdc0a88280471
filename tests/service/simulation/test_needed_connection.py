"""Needed connection: the peak of the same run at an unlimited connection, whatever its own connection cuts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ev2gym_dashboard import Scenario, compare, simulate
from ev2gym_dashboard.service.simulation.counterfactuals import CounterfactualRuns, start_counterfactual_runs
from ev2gym_dashboard.service.simulation.joint_runs import JointRuns
from ev2gym_dashboard.strategies import STRATEGIES
from tests.strategies.scenarios import run_alone

TIGHT = Scenario(fleet_size=120, limit_kw_per_vehicle=2.5)
WIDE = replace(TIGHT, limit_kw_per_vehicle=200.0)
every_strategy = pytest.mark.parametrize("strategy", STRATEGIES)


def run_steps(scenario: Scenario, chunks: list[int]) -> CounterfactualRuns:
    runs = start_counterfactual_runs(scenario)
    for n_steps in chunks:
        runs.advance(n_steps)
    return runs


@every_strategy
def test_a_tight_site_needs_what_it_draws_where_nothing_limits_it(strategy: str) -> None:
    # A declared cap: an automatic one follows the connection of the site.
    for cap_kw in (150.0, 2.4):
        tight, wide = (replace(site, strategy=strategy, site_cap_kw_per_vehicle=cap_kw) for site in (TIGHT, WIDE))
        needed_kva = simulate(tight).kpis["needed_connection_kva"]
        assert needed_kva == pytest.approx(run_alone(wide).kpis["site_peak_kw"])


def test_the_default_connection_hides_a_peak_that_v2g_makes() -> None:
    grid_support, uncontrolled = (
        simulate(Scenario(strategy=strategy)).kpis for strategy in ("grid_support", "uncontrolled")
    )
    assert grid_support["site_peak_kw"] == pytest.approx(uncontrolled["site_peak_kw"])
    assert grid_support["needed_connection_kva"] > 1.5 * uncontrolled["needed_connection_kva"]


def test_it_does_not_depend_on_how_the_run_is_stepped() -> None:
    needed = [
        run_steps(TIGHT, chunks).peak_kpis["needed_connection_kva"] for chunks in ([96], [1] * 96, [7, 30, 2, 57])
    ]
    assert needed[1:] == [needed[0]] * 2


@pytest.mark.parametrize("strategy", ["price", "uncontrolled"])
def test_a_run_to_the_end_keeps_of_it_the_peak_alone(strategy: str) -> None:
    scenario = replace(TIGHT, strategy=strategy, days=2)
    runs = start_counterfactual_runs(scenario)
    JointRuns([runs]).run_to_end(lambda _: None)
    assert runs.unlimited.active
    assert not len(runs.unlimited.simulation.series("net_load_kw"))
    needed_kva = run_steps(scenario, [100, 92]).peak_kpis["needed_connection_kva"]
    assert runs.peak_kpis["needed_connection_kva"] == needed_kva


def test_a_site_that_its_connection_never_cuts_needs_no_further_simulation() -> None:
    runs = run_steps(WIDE, [30] * 3)
    assert not runs.unlimited.active
    assert runs.unlimited.first_step == 90
    assert runs.peak_kpis["needed_connection_kva"] == runs.simulation.kpis["site_peak_kw"]


def test_a_change_of_strategy_before_the_first_cut_is_taken_over() -> None:
    runs, wide = (start_counterfactual_runs(replace(site, v2g=False)) for site in (TIGHT, WIDE))
    for changed in (runs, wide):
        changed.advance(2)
        assert not changed.unlimited.active
        changed.set(strategy="price")
        changed.advance(94)
    assert runs.unlimited.active
    assert runs.peak_kpis["needed_connection_kva"] == pytest.approx(wide.simulation.kpis["site_peak_kw"])


def test_an_event_reduces_the_connection_and_not_the_need() -> None:
    kpis = simulate(replace(TIGHT, event_start="2026-12-15T18:00", event_minutes=240.0)).kpis
    assert kpis["needed_connection_kva"] == pytest.approx(run_alone(WIDE).kpis["site_peak_kw"])


def test_it_is_an_apparent_power_and_counts_export() -> None:
    sunny = replace(WIDE, base_load_kw_per_vehicle=0.0, pv_kwp_per_vehicle=30.0, start="2026-06-20T05:00")
    series = run_alone(sunny).series["net_load_kw"]
    assert series.min() < -series.max()
    kpis = simulate(replace(sunny, power_factor=0.8)).kpis
    assert kpis["needed_connection_kva"] == pytest.approx(np.abs(series).max() / 0.8)


def test_the_comparison_has_the_figures_of_simulate() -> None:
    table = compare({"tight": TIGHT})
    kpis = simulate(TIGHT).kpis
    for name in ("needed_connection_kva", "rebound_kw", "site_cap_kw"):
        assert table.loc["tight", name] == pytest.approx(kpis[name])


def test_a_plan_at_an_unlimited_connection_counts_the_peak_of_all_its_steps() -> None:
    site = Scenario(fleet_size=20, tariff="mt_general", subscribed_kva=1.0, limit_kw_per_vehicle=200.0)
    planned = run_steps(replace(site, strategy="predictive"), [30])
    # The limit cuts the run from step 24 on, before it plans.
    changed = run_steps(replace(site, strategy="price", limit_kw_per_vehicle=2.5), [24, 6])
    changed.set(strategy="predictive")
    changed.advance(2)
    assert changed.unlimited.active
    for runs in (planned, changed):
        engine, first_step = runs.unlimited.simulation.engine, runs.unlimited.first_step
        reached_kw = max(runs.simulation.series("net_load_kw")[:first_step])
        assert first_step >= 24
        assert engine.price_plans(engine).paid_kw >= reached_kw
        assert len(runs.unlimited.simulation.series("net_load_kw")) == runs.unlimited.simulation.step
