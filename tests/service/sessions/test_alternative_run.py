"""Tests of the alternative run: it is a headless run of its strategy, to the bit, however the live run is stepped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import numpy as np
import pytest

from ev2gym_dashboard.core.engine.recorder import COLUMNS
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions.alternative_run import (
    DIFFERENCE_COLUMNS,
    AlternativeRun,
    compute_differences,
    make_alternative_spec,
)
from ev2gym_dashboard.service.sessions.cache import SessionCache
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec
from ev2gym_dashboard.service.sessions.session_gates import ReplayIncomplete
from ev2gym_dashboard.service.simulation.simulation import Simulation
from ev2gym_dashboard.strategies import STRATEGIES

SCENARIO = Scenario(fleet_size=60, start="2026-12-15T16:00")
PARAMS = (("peak_shaving.v2g_min_soc", 0.5),)
CHANGES = (
    Change(6, (("strategy", "renewable"),)),
    Change(9, (("event", (("minutes", 60.0), ("reduction", 0.6))),)),
    Change(14, (("v2g", False), ("params", PARAMS), ("strategy", "price"))),
)
RUN = RunSpec(SCENARIO, CHANGES, 40, "alternative")


def never() -> bool:
    return False


def follow(run: RunSpec, strategy: str, must_stop: Callable[[], bool] = never) -> Simulation:
    alternative = AlternativeRun.start(run, strategy)
    while alternative.step < run.step:
        alternative.advance(run, must_stop=must_stop)
    return alternative.simulation


def assert_equal_series(one: Simulation, other: Simulation) -> None:
    for name in COLUMNS:
        np.testing.assert_array_equal(one.series(name), other.series(name), err_msg=name)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_an_alternative_is_a_headless_run_of_its_strategy(strategy: str) -> None:
    run = replace(RUN, changes=())
    headless = Simulation(replace(SCENARIO, strategy=strategy))
    headless.advance(run.step)
    assert_equal_series(follow(run, strategy), headless)


def test_an_alternative_has_the_changes_of_its_run_but_those_of_the_strategy() -> None:
    headless = Simulation(replace(SCENARIO, strategy="peak_shaving"))
    headless.advance(9)
    headless.set(event={"minutes": 60.0, "reduction": 0.6})
    headless.advance(5)
    headless.set(v2g=False, params=dict(PARAMS))
    headless.advance(26)
    assert_equal_series(follow(RUN, "peak_shaving"), headless)
    assert not any("strategy" in change.settings for change in make_alternative_spec(RUN, "price").changes)


def test_an_alternative_that_stops_on_its_way_goes_on_to_the_same_run() -> None:
    assert_equal_series(follow(RUN, "price", lambda: True), follow(RUN, "price"))


def test_an_alternative_does_not_follow_another_run() -> None:
    alternative = AlternativeRun.start(RUN, "price")
    alternative.advance(RUN, must_stop=never)
    assert alternative.can_follow(replace(RUN, step=50), "price")
    assert not alternative.can_follow(RUN, "peak_shaving")
    assert not alternative.can_follow(replace(RUN, step=30), "price")
    assert not alternative.can_follow(replace(RUN, changes=CHANGES[:2]), "price")
    assert not alternative.can_follow(replace(RUN, scenario=Scenario(fleet_size=61)), "price")


def test_a_run_does_not_differ_from_itself() -> None:
    run = replace(RUN, changes=())
    simulation = follow(run, SCENARIO.strategy)
    differences = compute_differences(simulation, follow(run, SCENARIO.strategy))
    assert set(differences) == {*DIFFERENCE_COLUMNS, "import_kwh", "energy_cost_mad"}
    assert set(differences.values()) == {0.0}


def test_the_differences_are_those_of_the_last_step_and_of_all_energy() -> None:
    run = replace(RUN, changes=())
    simulation, alternative = follow(run, "grid_support"), follow(run, "uncontrolled")
    differences = compute_differences(simulation, alternative)
    of_run, of_alternative = (one.get_totals().to_row() for one in (simulation, alternative))
    net_power_kw = of_alternative["net_power_kw"] - of_run["net_power_kw"]
    assert differences["net_power_kw"] == pytest.approx(net_power_kw, abs=1e-9)
    energy_kwh = alternative.ledger["grid_in_kwh"] - simulation.ledger["grid_in_kwh"]
    assert differences["import_kwh"] == pytest.approx(energy_kwh, abs=1e-9)
    cost_mad = alternative.model_totals.energy_cost_mad.sum() - simulation.model_totals.energy_cost_mad.sum()
    assert differences["energy_cost_mad"] == pytest.approx(cost_mad, abs=1e-9)


def test_a_view_has_an_alternative_only_where_one_is_asked_for() -> None:
    cache = SessionCache()
    assert cache.get_fleet_view(RUN).alternative is None
    view = cache.get_fleet_view(RUN, alternative="price").alternative
    assert view is not None
    assert view.strategy == "price"
    assert view.net_power_kw == follow(RUN, "price").series("net_power_kw").tolist()


def test_a_session_that_is_stepped_shows_the_alternative_of_one_that_is_rebuilt() -> None:
    stepped = SessionCache()
    for step in range(14, 41):
        view = stepped.get_fleet_view(replace(RUN, step=step), alternative="uncontrolled")
    assert view.alternative == SessionCache().get_fleet_view(RUN, alternative="uncontrolled").alternative


def test_a_past_step_has_the_differences_of_that_step() -> None:
    now, then = SessionCache().get_fleet_views(RUN, 20, alternative="uncontrolled")
    at_20 = SessionCache().get_fleet_view(replace(RUN, step=20), alternative="uncontrolled")
    assert then.alternative
    assert at_20.alternative
    assert now.alternative
    at_that_step = dict(at_20.alternative.differences)
    del at_that_step["energy_cost_mad"]
    assert then.alternative.differences == at_that_step != now.alternative.differences


def test_an_alternative_of_a_long_run_comes_in_slices() -> None:
    clock = count()
    # Each reading of the clock takes a second, and a slice is over after the second one.
    cache = SessionCache(slice_s=2.0, now=lambda: float(next(clock)))
    steps: list[int] = []
    while len(steps) < 200:
        try:
            view = cache.get_fleet_view(RUN, alternative="price")
            break
        except ReplayIncomplete as replay:
            steps.append(replay.step)
    assert steps[-1] < RUN.step
    assert view.alternative == SessionCache().get_fleet_view(RUN, alternative="price").alternative
