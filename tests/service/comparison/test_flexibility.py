"""Flexibility: promises that the engine keeps, in every strategy, and what bounds them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ev2gym_dashboard import Scenario, Simulation, compute_flexibility
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.comparison.flexibility import choose_promises
from ev2gym_dashboard.service.comparison.flexibility_runs import (
    PromiseTask,
    ReplayTask,
    find_promises,
    list_starts,
    replay_promises,
)
from ev2gym_dashboard.strategies import STRATEGIES

SITE = Scenario(fleet_size=30, timestep_min=60, start="2026-12-15T12:00")
LENGTHS = (1, 4)


def ignore(_steps: int) -> None:
    return None


@cache
def find(**changes: Any) -> Any:
    return find_promises(PromiseTask(replace(SITE, **changes), LENGTHS), ignore)


@pytest.mark.parametrize("strategy", [key for key, strategy in STRATEGIES.items() if not strategy.plans])
def test_the_engine_keeps_what_is_promised_and_serves_every_departure(strategy: str) -> None:
    scenario, promised_kw = replace(SITE, strategy=strategy), find(strategy=strategy)
    replays = replay_promises(ReplayTask(scenario, LENGTHS, promised_kw), ignore)
    promised = promised_kw > 0.0
    assert promised.mean() > 0.5
    assert replays.is_kept[promised].all()
    assert np.isnan(replays.is_kept[~promised]).all()
    run = Simulation(scenario)
    run.advance(scenario.steps_per_day)
    assert np.nanmax(replays.unserved_kwh) <= 0.002 * run.kpis["g2v_kwh"]


@pytest.mark.parametrize("strategy", ["uncontrolled", "price"])
def test_half_as_much_again_is_not_kept(strategy: str) -> None:
    # Newcomers add a little room to what is known at the start: more than the promise, and less than half of it.
    scenario, promised_kw = replace(SITE, strategy=strategy), find(strategy=strategy)
    replays = replay_promises(ReplayTask(scenario, LENGTHS, 1.5 * promised_kw), ignore)
    assert np.nanmean(replays.is_kept) < 0.2


@pytest.mark.parametrize("changes", [{}, {"place": "work"}, {"v2g": False}, {"limit_kw_per_vehicle": 1.0}])
def test_longer_promises_are_smaller_and_none_exceeds_the_evses(changes: dict[str, Any]) -> None:
    promised_kw = find(**changes)
    assert promised_kw.min() >= 0.0
    assert (np.diff(promised_kw, axis=2) <= 0.0).all()
    ratings = Simulation(replace(SITE, **changes)).engine.limits.ratings
    charging_kw, giving_kw = ratings.charge_kw.max(), ratings.discharge_kw.max()
    assert promised_kw[:, 0].max() <= SITE.fleet_size * (charging_kw + giving_kw)
    assert promised_kw[:, 1].max() <= SITE.fleet_size * (charging_kw + giving_kw)


def test_without_v2g_the_fleet_can_give_up_no_more_than_it_draws() -> None:
    scenario = replace(SITE, v2g=False, strategy="uncontrolled")
    run = Simulation(scenario)
    run.advance(30)
    drawn_kw = run.series("net_power_kw")
    down_kw = find(v2g=False, strategy="uncontrolled")[:, 1, :]
    for step, promises_kw in zip(list_starts(scenario), down_kw, strict=True):
        for n, promised_kw in zip(LENGTHS, promises_kw, strict=True):
            assert promised_kw <= drawn_kw[step : step + n].min() + 1e-6
    assert down_kw.max() > 0.0


def test_v2g_adds_to_what_can_be_given_up() -> None:
    with_v2g, without = (find(v2g=v2g, strategy="uncontrolled")[:, 1, 0] for v2g in (True, False))
    assert with_v2g.sum() > 1.5 * without.sum()


def test_a_connection_that_is_full_leaves_no_room_up() -> None:
    tight, wide = (find(limit_kw_per_vehicle=limit)[:, 0, :].sum() for limit in (1.0, 50.0))
    assert tight < 0.5 * wide


def make_one_stay(**stay: Any) -> Scenario:
    van = {"vehicle": "van", "capacity_kwh": 60.0, "power_kw": 10.0, "arrival": "2026-12-15T12:00"}
    sessions = [van | {"departure": "2026-12-16T12:00", "soc": 0.5, "target_soc": 0.5} | stay]
    return Scenario(sessions=sessions, start="2026-12-15T13:00", strategy="uncontrolled", limit_kw_per_vehicle=100.0)


def test_one_vehicle_by_hand() -> None:
    scenario = replace(make_one_stay(), bidirectional_share=0.0, timestep_min=15)
    ((quarter, hour, four, ten), (down, *_)), *_ = find_promises(PromiseTask(scenario, (1, 4, 16, 40)), ignore)
    run = Simulation(scenario)
    efficiency = float(run.engine.limits.ratings.charge_efficiency[run.state.code[0]])
    assert (quarter, hour) == pytest.approx((10.0, 10.0), rel=0.01)
    # Nothing is drawn at the target, so that there is nothing to give up.
    assert down == 0.0
    # From 50 % to full: less than 30 kWh at the battery, of which the taper keeps the last ones from full power.
    assert ten <= 0.495 * 60.0 / efficiency / 10.0 + 1e-6
    assert four <= 0.495 * 60.0 / efficiency / 4.0 + 1e-6
    assert ten > 0.7 * 0.495 * 60.0 / efficiency / 10.0


def test_an_empty_site_promises_nothing() -> None:
    scenario = make_one_stay(arrival="2026-12-15T20:00")
    promised_kw = find_promises(PromiseTask(scenario, (1,)), ignore)[:, :, 0]
    empty = [step for step in list_starts(scenario) if scenario.get_step_time(step).hour in range(13, 20)]
    assert len(empty) == 7
    assert not promised_kw[: len(empty)].any()
    # The last start is the departure itself.
    assert promised_kw[len(empty) + 1 : -1, 0].all()


def test_a_promise_holds_in_the_share_of_the_seeds() -> None:
    found_kw = np.arange(20.0)[::-1, None]
    assert choose_promises(found_kw, 0.95) == 1.0
    assert choose_promises(found_kw, 1.0) == 0.0
    assert choose_promises(found_kw, 0.5) == 10.0
    assert choose_promises(found_kw[:1], 0.5) == 19.0


def test_the_table_has_a_row_per_hour_direction_and_duration() -> None:
    scenario = replace(SITE, fleet_size=12, strategy="price")
    table = compute_flexibility(scenario, durations_h=[4.0, 1.0], seeds=2).table
    assert len(table) == 24 * 2 * 2
    assert table["time"].iloc[0] == "12:00"
    assert table["duration_h"].unique().tolist() == [1.0, 4.0]
    tasks = [PromiseTask(replace(scenario, seed=seed), LENGTHS) for seed in (0, 1)]
    found_kw = np.array([find_promises(task, ignore) for task in tasks])
    assert table["promised_kw"].to_numpy() == pytest.approx(found_kw.min(axis=0).ravel())
    assert table["mean_kw"].to_numpy() == pytest.approx(found_kw.mean(axis=0).ravel())
    promised = table["promised_kw"] > 0.0
    # What both seeds can promise is no less than what each of them keeps.
    assert (table["kept_share"][promised] == 1.0).mean() > 0.95
    assert table["cost_mad_kw_h"].notna().equals(promised)


def test_a_kilowatt_hour_charged_early_costs_the_difference_to_the_lowest_price() -> None:
    prices = [3.0 if hour < 15 else 1.0 for hour in range(24)]
    scenario = replace(make_one_stay(departure="2026-12-17T20:00", soc=0.3, target_soc=0.3), price_profile=prices)
    scenario = replace(scenario, bidirectional_share=0.0)
    replays = replay_promises(ReplayTask(scenario, (4,), np.full((24, 2, 1), 5.0)), ignore)
    assert replays.cost_mad[0, 0, 0] / 5.0 == pytest.approx(2.0, rel=0.1)
    # From 15:00 on the price is the lowest one; what is left are losses at half of the current, and calendar wear.
    assert replays.cost_mad[2, 0, 0] / 5.0 == pytest.approx(0.0, abs=0.3)
    # Nothing is charged at the target, so that nothing can be given up.
    assert replays.is_kept[:, 1].max() == 0.0


def test_bad_input_is_refused_with_every_issue() -> None:
    with pytest.raises(ValidationError) as refused:
        compute_flexibility(replace(SITE, fleet_size=0), durations_h=[-1.0], confidence=2.0, seeds=0)
    assert {issue.field for issue in refused.value.issues} == {"fleet_size", "durations_h", "confidence", "seeds"}
    wrong: list[Any] = [[], [0.7], ["x"], [30.0]]
    for durations_h in wrong:
        with pytest.raises(ValidationError, match="durations_h"):
            compute_flexibility(SITE, durations_h=durations_h, seeds=1)


def test_a_series_that_ends_too_early_is_refused() -> None:
    times = pd.date_range("2026-12-15", periods=40, freq="h")
    with pytest.raises(ValidationError, match="price_profile"):
        compute_flexibility(replace(SITE, price_profile=pd.Series(1.0, index=times)), seeds=1)
