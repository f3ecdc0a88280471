"""Optimum of a live run so far: the bound holds for it, whatever produced it, and events of the site count."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.optimum.optimum import find_optimum
from ev2gym_dashboard.service.sessions import run_optimum
from ev2gym_dashboard.service.sessions.replay import replay_changes, restore_before
from ev2gym_dashboard.service.sessions.run_optimum import (
    RunOptimum,
    check_run,
    decode_run_optimum,
    encode_run_optimum,
    find_run_optimum,
    list_strategies,
    make_job_key,
    make_site_scenario,
    parse_run_optimum_request,
)
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec, serialize_run
from ev2gym_dashboard.service.sessions.snapshot_store import NullStore
from ev2gym_dashboard.service.simulation.simulation import Simulation

STORE = NullStore()
SCENARIO = Scenario(fleet_size=40, tariff="bt_bi_horaire", start="2026-12-15T16:00", days=30.0)
STEP = 40


def change(step: int, **settings: Any) -> Change:
    frozen = {
        name: tuple(sorted(value.items())) if isinstance(value, dict) else value for name, value in settings.items()
    }
    return Change(step, tuple(frozen.items()))


def replay(run: RunSpec) -> Simulation:
    simulation, changes = restore_before(STORE, run, run.step)
    replay_changes(simulation, changes, run.step)
    return simulation


EVENTS = (change(6, event={"minutes": 60.0, "reduction": 0.9}), change(20, event={"minutes": 30.0, "reduction": 0.5}))


@pytest.mark.parametrize("strategy", ["uncontrolled", "price", "predictive"])
def test_a_run_is_between_the_bound_and_what_it_could_have_saved(strategy: str) -> None:
    found = find_run_optimum(STORE, RunSpec(replace(SCENARIO, strategy=strategy), (), STEP))
    assert found.plan_mad is not None
    assert found.bound_mad <= found.plan_mad
    assert found.bound_mad <= found.run_mad
    assert found.above_optimum is not None
    assert found.captured_share is not None
    assert found.above_optimum >= 0.0
    assert found.captured_share <= 1.0
    low_mad, high_mad = found.above_optimum_mad
    assert 0.0 <= low_mad <= high_mad
    assert found.plans_throughout == (strategy == "predictive")
    assert len(found.shadow_price_mad_kwh) == STEP
    if strategy == "uncontrolled":
        assert found.run_mad == pytest.approx(found.baseline_mad)


def test_it_is_the_optimum_of_a_scenario_that_ends_at_the_step() -> None:
    found = find_run_optimum(STORE, RunSpec(SCENARIO, (), 96))
    day = find_optimum(replace(SCENARIO, days=1.0))
    assert (found.bound_mad, found.plan_mad) == (day.bound_mad, day.objective_mad)
    assert found.shadow_price_mad_kwh == day.shadow_price_mad_kwh.tolist()


def test_changes_of_the_run_change_its_cost_and_not_the_optimum() -> None:
    plain = RunSpec(replace(SCENARIO, strategy="uncontrolled"), (), STEP)
    changed = replace(plain, changes=(change(4, strategy="price"), change(12, v2g=False)))
    one, other = find_run_optimum(STORE, plain), find_run_optimum(STORE, changed)
    assert (one.bound_mad, one.plan_mad, one.baseline_mad) == (other.bound_mad, other.plan_mad, other.baseline_mad)
    assert one.run_mad != other.run_mad


def test_the_site_of_a_run_has_the_limits_of_all_its_events() -> None:
    run = RunSpec(SCENARIO, EVENTS, STEP)
    simulation = replay(run)
    site = Simulation(replace(make_site_scenario(run, simulation), strategy="uncontrolled"))
    site.advance(STEP)
    assert np.array_equal(site.series("limit_kw"), simulation.series("limit_kw"))
    assert len(np.unique(site.series("limit_kw"))) == 3


@pytest.mark.parametrize("days", [1, 2])
def test_the_bound_holds_for_a_run_with_events(days: int) -> None:
    tight = replace(SCENARIO, strategy="uncontrolled", limit_kw_per_vehicle=0.6)
    found = find_run_optimum(STORE, RunSpec(tight, EVENTS, 96 * days))
    assert found.bound_mad <= found.run_mad
    assert found.run_mad == pytest.approx(found.baseline_mad)


def test_a_large_run_has_a_bound_and_no_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_optimum, "MAX_PLAN_VEHICLE_STEPS", 40 * STEP - 1)
    found = find_run_optimum(STORE, RunSpec(SCENARIO, (), STEP))
    assert found.plan_mad is None
    assert found.above_optimum_mad == (0.0, found.run_mad - found.bound_mad)
    assert found.bound_mad <= found.run_mad


@pytest.mark.parametrize(
    ("fleet_size", "step", "is_fit"),
    [(40, 3, False), (40, 4, True), (20_000, 2000, True), (20_000, 2001, False), (1_000_000, 4, True)],
)
def test_runs_that_are_too_short_or_too_large_are_refused(fleet_size: int, step: int, is_fit: bool) -> None:
    run = RunSpec(replace(SCENARIO, fleet_size=fleet_size), (), step)
    assert (check_run(run) == []) == is_fit
    if is_fit:
        assert parse_run_optimum_request(serialize_run(run)) == run
    else:
        with pytest.raises(ValidationError):
            parse_run_optimum_request(serialize_run(run))


def test_only_strategies_that_ran_a_step_count() -> None:
    changes = (change(0, strategy="price"), change(5, strategy="predictive"), change(STEP, strategy="renewable"))
    assert list_strategies(RunSpec(SCENARIO, changes, STEP)) == ["price", "predictive"]


def test_the_encoding_keeps_the_bits_and_the_key_its_run() -> None:
    found = RunOptimum(8, 0.1 + 0.2, 1 / 3, -0.0, None, plans_throughout=True, shadow_price_mad_kwh=[0.1, 2 / 3])
    assert decode_run_optimum(encode_run_optimum(found)) == found
    run = RunSpec(SCENARIO, EVENTS, STEP, "one")
    others = [
        replace(run, step=STEP + 1),
        replace(run, changes=EVENTS[:1]),
        replace(run, scenario=replace(SCENARIO, seed=9)),
    ]
    assert make_job_key(run) == make_job_key(replace(run, session="two"))
    assert len({make_job_key(other) for other in [run, *others]}) == 4


def test_a_run_with_a_departure_set_by_hand_has_no_optimum() -> None:
    run = RunSpec(SCENARIO, (), STEP)
    barred = run.with_change({"overrides": [{"vehicle": 3, "action": "no_v2g"}]})
    assert check_run(barred) == []
    moved = barred.with_change({"overrides": [{"vehicle": 3, "action": "leave", "leave_min": 420}]})
    assert [issue.field for issue in check_run(moved)] == ["changes"]
