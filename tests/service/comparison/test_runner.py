"""The duel: the same arrivals for all, the same bits as `simulate`, honest intervals."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from ev2gym_dashboard import Comparison, Scenario, compare, run_comparison, simulate
from ev2gym_dashboard.core.fleet.day_plan import DayPlan
from ev2gym_dashboard.core.schema import Quantity
from ev2gym_dashboard.service.comparison.result import COMPARISON_KPIS
from ev2gym_dashboard.service.comparison.runner import SEED_FIELD, list_variants, make_baseline
from ev2gym_dashboard.service.execution.worker_pool import Cancelled, WorkerPool
from ev2gym_dashboard.service.simulation.downsampling import MAX_CURVE_POINTS, downsample_mean
from ev2gym_dashboard.strategies import STRATEGIES

SCENARIO = Scenario(
    fleet_size=60, days=1.5, timestep_min=30, seed=3, params={"price.v2g_min_soc": 0.5}, base_load_kw_per_vehicle=1.0
)


@pytest.fixture(scope="module")
def duel() -> Comparison:
    return run_comparison(SCENARIO, seeds=3)


@pytest.fixture(scope="module")
def workers() -> Iterator[WorkerPool]:
    with WorkerPool(2) as both:
        yield both


def test_every_strategy_meets_with_v2g_and_without_and_uncontrolled_once() -> None:
    met = [(c.strategy, c.v2g) for c in list_variants(SCENARIO)]
    others = [(key, v2g) for key in STRATEGIES if key != "uncontrolled" for v2g in (True, False)]
    assert met == [("uncontrolled", False), *others]
    assert len({c.label for c in list_variants(SCENARIO)}) == len(met)


def test_its_figures_and_its_load_curves_are_those_of_simulate_to_the_bit(duel: Comparison) -> None:
    for k, contestant in enumerate(duel.contestants):
        first, last = (simulate(replace(contestant.scenario, seed=duel.seeds[s])) for s in (0, -1))
        assert duel.figures[k, [0, -1]].tolist() == [
            [run.kpis[name] for name in COMPARISON_KPIS] for run in (first, last)
        ]
        assert duel.load[contestant.label].tolist() == first.series["net_load_kw"].tolist()
        assert duel.times.equals(first.series.index)


def test_processes_give_the_same_bits_and_tell_how_far_they_are(duel: Comparison, workers: WorkerPool) -> None:
    told: list[float] = []
    shared = run_comparison(SCENARIO, seeds=3, workers=workers, progress=told.append)
    assert np.array_equal(shared.figures, duel.figures)
    assert np.array_equal(shared.baseline, duel.baseline)
    assert np.array_equal(shared.net_load_kw, duel.net_load_kw)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_a_difference_is_that_to_uncontrolled_seed_by_seed(duel: Comparison) -> None:
    apart = duel.runs["cost_mad"].unstack("seed").loc[duel.labels]
    difference = apart - apart.loc["Uncontrolled"]
    assert duel.difference["cost_mad"].tolist() == pytest.approx(difference.mean(axis=1).tolist())
    width = difference.std(axis=1, ddof=1) * 4.302652729911275 / np.sqrt(3)
    assert duel.difference_interval["cost_mad"].tolist() == pytest.approx(width.tolist())
    assert (duel.difference.loc["Uncontrolled"] == 0.0).all()


def test_common_random_numbers_make_a_difference_surer_than_a_figure(duel: Comparison) -> None:
    others = duel.labels[1:]
    assert (duel.difference_interval.loc[others, "cost_mad"] < duel.interval.loc[others, "cost_mad"]).all()


def test_one_seed_has_figures_and_no_interval() -> None:
    table = compare(replace(SCENARIO, days=0.25))
    assert table[[name for name in table if name.endswith("_ci95")]].isna().all(axis=None)
    assert table[list(COMPARISON_KPIS)].notna().all(axis=None)


def test_departures_are_the_same_for_all_as_the_arrivals_are(duel: Comparison) -> None:
    assert (duel.runs["n_departures"].unstack("seed").nunique() == 1).all()


def test_without_v2g_nothing_is_given_back_and_v2g_is_worth_nothing(duel: Comparison) -> None:
    off = [c.label for c in duel.contestants if not c.v2g]
    assert (duel.mean.loc[off, ["v2g_kwh", "v2g_net_mad"]] == 0.0).all(axis=None)
    assert (duel.mean.loc[["Grid support, V2G on"], "v2g_kwh"] > 0.0).all()


def test_the_best_of_a_column_has_its_best_mean_and_only_what_is_better_has_one(duel: Comparison) -> None:
    best, mean = duel.best, duel.mean
    assert mean.loc[best["cost_mad"], "cost_mad"].max() == mean["cost_mad"].min()
    assert mean.loc[best["share_at_target"], "share_at_target"].min() == mean["share_at_target"].max()
    assert best["n_departures"] == best["export_kwh"] == []
    assert set(best) == set(COMPARISON_KPIS)
    assert set(duel.pareto) & set(best["cost_mad"])
    assert set(duel.table.index[duel.table["pareto"]]) == set(duel.pareto)


def test_scenarios_run_as_they_stand_each_against_uncontrolled_in_its_own_place() -> None:
    tight, wide = (Scenario(fleet_size=60, days=0.5, limit_kw_per_vehicle=kw) for kw in (2.2, 9.0))
    comparison = run_comparison({"tight": tight, "wide": wide})
    assert comparison.labels == ["tight", "wide"]
    for label, scenario in (("tight", tight), ("wide", wide)):
        ours, theirs = simulate(scenario).kpis, simulate(make_baseline(scenario)).kpis
        assert comparison.mean.loc[label].to_dict() == {name: ours[name] for name in COMPARISON_KPIS}
        assert comparison.difference.loc[label, "peak_kw"] == ours["peak_kw"] - theirs["peak_kw"]
    assert run_comparison([tight, wide]).labels == ["1", "2"]


def test_a_notebook_shows_it_as_a_table(duel: Comparison) -> None:
    shown = duel._repr_html_()
    assert shown.count("<tr") == len(duel.contestants) + 2
    assert "Price optimisation, V2G off" in shown


@pytest.mark.parametrize("where", ["here", "in processes"])
def test_it_stops_when_it_is_told_to_and_can_be_asked_again(where: str, workers: WorkerPool) -> None:
    those = workers if where == "in processes" else None
    with pytest.raises(Cancelled):
        run_comparison(replace(SCENARIO, days=30), workers=those, cancelled=lambda: True)
    assert run_comparison(replace(SCENARIO, days=0.1), workers=those).figures.shape == (9, 1, len(COMPARISON_KPIS))


def test_no_more_than_a_few_days_of_plans_are_kept_at_once() -> None:
    def plans() -> int:
        return sum(isinstance(thing, DayPlan) for thing in gc.get_objects())

    kept: list[int] = []
    gc.collect()
    before = plans()
    at_the_end = lambda share: kept.append(plans()) if share > 0.99 else None  # noqa: E731
    run_comparison(Scenario(fleet_size=20, days=20, timestep_min=60), progress=at_the_end)
    assert max(kept) - before <= 4


def test_every_issue_of_all_is_told_at_once() -> None:
    with pytest.raises(
        ValueError, match=r"seeds: must be from 1 to 1,?000.*days: must be the same.*tariff: must be one"
    ):
        run_comparison([Scenario(days=1), Scenario(days=2, tariff="none")], seeds=0)
    with pytest.raises(ValueError, match="scenarios: must hold at least one"):
        run_comparison([])
    assert isinstance(SEED_FIELD, Quantity)
    with pytest.raises(ValueError, match="seed: must be from 0"):
        run_comparison(Scenario(seed=int(SEED_FIELD.high), fleet_size=1), seeds=2)


def test_a_long_load_curve_is_thinned_to_means_that_keep_the_energy() -> None:
    values = np.arange(2.0 * MAX_CURVE_POINTS + 2.0)
    points = downsample_mean(values)
    assert len(points) <= MAX_CURVE_POINTS
    assert points[0] == 1.0
    assert points[-1] == values[3 * (len(points) - 1) :].mean()
