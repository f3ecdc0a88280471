"""Connection guard: V2G and waiting against the room until the departures, by hand and over strategies."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard import Scenario, Simulation
from ev2gym_dashboard.core.control.allocation import N_LAXITY_BINS, UNLIMITED, Allocation, Demand
from ev2gym_dashboard.core.control.connection_guard import ROOM_RESERVE, can_guard, guard_connection
from ev2gym_dashboard.core.control.room import N_DEADLINE_BINS
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.strategies import STRATEGIES
from tests.strategies.scenarios import run_alone

NO_BINS = np.zeros(N_DEADLINE_BINS)
every_strategy = pytest.mark.parametrize("strategy", STRATEGIES)


def fill_bins(by_bin: dict[int, float]) -> np.ndarray:
    values = np.zeros(N_DEADLINE_BINS)
    values[list(by_bin)] = list(by_bin.values())
    return values


def make_demand(
    *,
    v2g_kw: float = 0.0,
    need_kwh: dict[int, float] | None = None,
    put_back_kwh: dict[int, float] | None = None,
    urgent_kw: dict[int, float] | None = None,
) -> Demand:
    needs = (fill_bins(values or {}) for values in (need_kwh, put_back_kwh, urgent_kw))
    return Demand(0.0, v2g_kw, np.zeros(N_LAXITY_BINS), v2g_kw, *needs)


def guard(demand: Demand, *, room_kw: float = 10.0, newcomers_kwh: float = 0.0) -> Allocation:
    """Return the allocation where the connection leaves a constant power after a step of a quarter of an hour."""
    return guard_connection(
        UNLIMITED,
        demand,
        room_kwh=np.linspace(0.0, room_kw * 0.25 * (N_DEADLINE_BINS - 1), N_DEADLINE_BINS),
        newcomers_kwh=np.full(N_DEADLINE_BINS, newcomers_kwh),
        room_kw=room_kw,
        timestep_h=0.25,
    )


def test_v2g_that_can_be_charged_again_is_left_alone() -> None:
    # Until bin 40 there are 100 kWh, of which 60 are kept in reserve.
    demand = make_demand(v2g_kw=20.0, need_kwh={40: 29.0}, put_back_kwh={40: 10.0})
    assert guard(demand) == UNLIMITED


def test_v2g_is_shared_out_so_that_what_it_takes_fits_until_each_departure() -> None:
    demand = make_demand(v2g_kw=20.0, need_kwh={20: 15.0, 40: 15.0}, put_back_kwh={20: 5.0, 40: 15.0})
    # Bin 20: 20 kWh for 15 + 5; bin 40: 40 kWh for 30 + 20.
    assert guard(demand).v2g_share == pytest.approx(0.5)


def test_v2g_leaves_room_to_newcomers() -> None:
    demand = make_demand(v2g_kw=20.0, need_kwh={40: 19.0}, put_back_kwh={40: 20.0})
    assert guard(demand) == UNLIMITED
    assert guard(demand, newcomers_kwh=11.0).v2g_share == pytest.approx(0.5)
    assert guard(demand, newcomers_kwh=21.0) == Allocation(v2g_share=0.0, keeps_energy=True)


def test_an_early_departure_does_not_keep_a_later_one_from_v2g() -> None:
    demand = make_demand(v2g_kw=20.0, need_kwh={4: 8.0}, put_back_kwh={100: 10.0})
    assert (1.0 - ROOM_RESERVE) * 10.0 < 8.0
    assert guard(demand) == UNLIMITED


def test_vehicles_of_least_laxity_charge_where_waiting_would_lose_room_that_is_needed() -> None:
    # 101 kWh needed until bin 40, and 100 kWh left after the step: 1 kWh in a quarter of an hour is 4 kW.
    demand = make_demand(need_kwh={40: 101.0}, urgent_kw={3: 3.0, 8: 3.0, 30: 50.0})
    assert guard(demand).urgent_bin == 9


def test_no_more_charges_than_the_connection_leaves_in_the_step() -> None:
    demand = make_demand(need_kwh={40: 500.0}, urgent_kw={3: 6.0, 8: 6.0, 30: 50.0})
    assert guard(demand).urgent_bin == 9


def test_nothing_is_guarded_without_v2g_where_all_charge_already() -> None:
    charging = fill_bins({5: 7.0})
    demand = make_demand(need_kwh={40: 500.0}, urgent_kw={5: 7.0})._replace(g2v_kw=charging)
    assert not can_guard(demand, 10.0)
    assert can_guard(demand._replace(v2g_kw=1.0), 10.0)
    assert guard(demand) == UNLIMITED


@every_strategy
@pytest.mark.parametrize("place", ["home", "work"])
@pytest.mark.parametrize("limit_kw", [1.8, 2.2, 2.6])
def test_v2g_leaves_no_more_energy_unserved_than_no_v2g(strategy: str, place: str, limit_kw: float) -> None:
    fleet_size, n_seeds = (100, 3) if STRATEGIES[strategy].plans else (150, 6)
    scenario = Scenario(fleet_size=fleet_size, days=2.0, strategy=strategy, place=place, limit_kw_per_vehicle=limit_kw)
    unserved_kwh, charged_kwh = np.zeros(2), 0.0
    for seed in range(n_seeds):
        runs = [run_alone(replace(scenario, seed=seed, v2g=v2g)) for v2g in (True, False)]
        unserved_kwh += [run.kpis["unserved_kwh"] for run in runs]
        charged_kwh += runs[0].kpis["g2v_kwh"]
    # Where hardly any energy stays unserved, a share of it is a vehicle's chance: 0.1 % of what is charged.
    assert unserved_kwh[0] <= 1.01 * unserved_kwh[1] + 0.001 * charged_kwh


@every_strategy
@pytest.mark.parametrize("wide", [{"limit_kw_per_vehicle": 50.0}, {"limit_kw_per_vehicle": 14.0, "place": "work"}])
def test_a_connection_that_never_binds_leaves_every_power_as_it_is(
    strategy: str, wide: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = Scenario(fleet_size=200, strategy=strategy, **wide)
    guarded = run_alone(scenario)
    monkeypatch.setattr(Engine, "_may_run_short", lambda *_: False)
    assert guarded.series.equals(run_alone(scenario).series)


def test_the_connection_guard_is_off_with_the_departure_guard() -> None:
    scenario = Scenario(fleet_size=100, limit_kw_per_vehicle=2.2, departure_guard=False)
    simulation = Simulation(scenario)
    simulation.advance(scenario.n_steps)
    assert simulation.result().kpis["v2g_kwh"] > 0.0
