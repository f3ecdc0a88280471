"""Tests of the windows of the charts: exact steps, and envelopes that keep every peak."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions.fleet_view import TREND_COLUMNS, make_fleet_view
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.sessions.site_view import SITE_TREND_COLUMNS, make_site_view
from ev2gym_dashboard.service.sessions.trend_axis import WINDOWS_H, TrendAxis, make_trend_axis
from ev2gym_dashboard.service.simulation.counterfactuals import CounterfactualRuns, start_counterfactual_runs
from ev2gym_dashboard.service.simulation.downsampling import MAX_TREND_POINTS
from ev2gym_dashboard.service.simulation.simulation import Simulation

SCENARIO = Scenario(fleet_size=8, strategy="price", pv_kwp_per_vehicle=1.0)
STEPS_OF_100_DAYS = 9600


@pytest.fixture(scope="module")
def long_runs() -> CounterfactualRuns:
    runs = start_counterfactual_runs(SCENARIO)
    runs.advance(STEPS_OF_100_DAYS)
    return runs


def test_after_100_days_the_day_shows_96_points_that_equal_the_engines(long_runs: CounterfactualRuns) -> None:
    run = RunSpec(SCENARIO, (), STEPS_OF_100_DAYS)
    for make_view, names in ((make_fleet_view, TREND_COLUMNS), (make_site_view, SITE_TREND_COLUMNS)):
        view = make_view(run, long_runs, window="day")
        for name in names:
            assert view.trends[name] == long_runs.simulation.series(name)[-96:].tolist(), name


def test_the_running_totals_of_the_day_are_those_since_the_start(long_runs: CounterfactualRuns) -> None:
    view = make_site_view(RunSpec(SCENARIO, (), STEPS_OF_100_DAYS), long_runs, window="day")
    assert view.trends["cost_mad"] == np.cumsum(long_runs.simulation.settlement["cost_mad"])[-96:].tolist()


@pytest.mark.parametrize("window", ["week", "all"])
def test_a_longer_window_keeps_the_peak_and_the_valley_of_every_series(
    long_runs: CounterfactualRuns, window: str
) -> None:
    axis = make_trend_axis(long_runs.simulation, window)
    assert axis.is_envelope
    for name in (*TREND_COLUMNS, *SITE_TREND_COLUMNS):
        values = long_runs.simulation.series(name)[axis.first_step :]
        points = axis.draw(long_runs.simulation.series(name))
        assert (min(points), max(points)) == (values.min(), values.max()), name
        assert len(points) <= MAX_TREND_POINTS + 2


def test_each_pair_of_points_is_the_range_of_its_steps() -> None:
    axis = TrendAxis(first_step=4, end_step=15, bucket_steps=4)
    values = np.array([99.0] * 4 + [3, 1, 2, 2, 5, 5, 5, 5, 7, -8, 9])
    assert axis.draw(values) == [1, 3, 5, 5, -8, 9]


def test_the_load_with_v2g_is_the_range_of_the_sum(long_runs: CounterfactualRuns) -> None:
    view = make_site_view(RunSpec(SCENARIO, (), STEPS_OF_100_DAYS), long_runs)
    simulation = long_runs.simulation
    sums = simulation.series("net_load_kw") + simulation.series("v2g_kw")
    assert max(view.trends["net_and_v2g_kw"]) == sums.max()


def test_the_buckets_of_a_window_stay_while_it_moves() -> None:
    simulation = Simulation(SCENARIO)
    simulation.advance(900)
    before = make_trend_axis(simulation, "week")
    simulation.advance(1)
    after = make_trend_axis(simulation, "week")
    assert before.bucket_steps == after.bucket_steps
    assert before.first_step % before.bucket_steps == after.first_step % after.bucket_steps == 0


@pytest.mark.parametrize("timestep_min", [1, 5, 15, 60])
@pytest.mark.parametrize("window", list(WINDOWS_H))
@pytest.mark.parametrize("n_steps", [0, 1, 301])
def test_every_series_has_the_same_number_of_points(timestep_min: int, window: str, n_steps: int) -> None:
    scenario = replace(SCENARIO, timestep_min=timestep_min, fleet_size=2)
    runs = start_counterfactual_runs(scenario)
    runs.advance(n_steps)
    for make_view in (make_fleet_view, make_site_view):
        view = make_view(RunSpec(scenario, (), n_steps), runs, window=window)
        assert len({len(values) for values in view.trends.values()}) == 1
