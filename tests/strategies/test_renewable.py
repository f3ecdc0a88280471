"""Renewable integrates: it uses the site's surplus better than every other strategy, and costs no more for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard import Scenario, Simulation
from ev2gym_dashboard.strategies import STRATEGIES

SITE: dict[str, Any] = {"pv_kwp_per_vehicle": 4.0, "base_load_kw_per_vehicle": 1.0, "limit_kw_per_vehicle": 6.0}
WINTER, SUMMER = "2026-12-15T00:00", "2026-06-16T00:00"
# A plan takes the surplus where it costs least, as it knows all of it: the other rules are what this one is against.
OTHERS = [key for key, strategy in STRATEGIES.items() if key != "renewable" and not strategy.plans]


@dataclass(frozen=True)
class Outcome:
    """Energy of the EVs from surplus, self-consumption, and the bill with the energy owed at the end."""

    ev_surplus_kwh: float
    self_consumption: float
    bill_mad: float


@cache
def run_site(strategy: str, **changes: Any) -> Outcome:
    scenario = replace(Scenario(fleet_size=60, strategy=strategy, days=4.0), **(SITE | changes))
    simulation = Simulation(scenario)
    simulation.advance(scenario.n_steps)
    kpis, stored_kwh = simulation.kpis, simulation.ledger["stored_kwh"]
    # What the batteries hold less than at the start is bought at the lowest price, by the efficiency of the run.
    efficiency = 1.0 - kpis["charge_loss_kwh"] / kpis["g2v_kwh"]
    owed_mad = -stored_kwh / efficiency * min(simulation.series("price_mad_kwh"))
    return Outcome(kpis["ev_surplus_share"] * kpis["g2v_kwh"], kpis["self_consumption"], kpis["cost_mad"] + owed_mad)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("v2g", [True, False])
@pytest.mark.parametrize("start", [WINTER, SUMMER])
@pytest.mark.parametrize("place", ["work", "home"])
def test_renewable_uses_more_of_the_surplus_than_every_other_strategy(
    place: str, start: str, v2g: bool, seed: int
) -> None:
    ours = run_site("renewable", place=place, start=start, v2g=v2g, seed=seed)
    others = [run_site(key, place=place, start=start, v2g=v2g, seed=seed) for key in OTHERS]
    assert ours.ev_surplus_kwh > max(other.ev_surplus_kwh for other in others)
    assert ours.self_consumption > max(other.self_consumption for other in others)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("v2g", [True, False])
@pytest.mark.parametrize("tariff", ["bt_bi_horaire", "mt_general", "bt_patente"])
@pytest.mark.parametrize("start", [WINTER, SUMMER])
@pytest.mark.parametrize("place", ["work", "home"])
def test_its_bill_is_not_above_that_of_uncontrolled(place: str, start: str, tariff: str, v2g: bool, seed: int) -> None:
    site = {"place": place, "start": start, "tariff": tariff, "seed": seed}
    assert run_site("renewable", v2g=v2g, **site).bill_mad <= run_site("uncontrolled", **site).bill_mad


def test_without_a_surplus_it_charges_at_the_lowest_price_of_the_stay() -> None:
    scenario = Scenario(strategy="renewable", pv_kwp_per_vehicle=0.0, departure_guard=False, v2g=False)
    simulation = Simulation(scenario)
    simulation.advance(96)
    assert simulation.kpis["ev_surplus_share"] == 0.0
    at_peak = np.array(simulation.series("price_mad_kwh")) > 2.0
    charging_kw = np.array(simulation.series("g2v_kw"))
    uncontrolled = Simulation(replace(scenario, strategy="uncontrolled"))
    uncontrolled.advance(96)
    # In peak hours only those charge whose whole rest of the stay is in them.
    assert charging_kw[at_peak].sum() < 0.25 * np.array(uncontrolled.series("g2v_kw"))[at_peak].sum()


def test_it_stores_the_surplus_beyond_the_target_and_buys_up_to_the_target_only() -> None:
    simulation = Simulation(replace(Scenario(fleet_size=60, strategy="renewable", place="work", start=SUMMER), **SITE))
    target_soc = simulation.scenario.target_soc
    stored_beyond = False
    for _ in range(96):
        before, surplus_kw = simulation.state.soc.copy(), simulation.engine.get_moment()[0].surplus_kw
        # A vehicle may arrive with less in the step itself, so that only those that have not moved are compared.
        simulation.advance()
        state = simulation.state
        beyond = (state.power_kw > 0.0) & (state.soc > target_soc + 1e-6) & (state.soc > before)
        stored_beyond |= bool(beyond.any())
        assert surplus_kw > 0.0 or not beyond.any()
    assert stored_beyond


@pytest.mark.parametrize("tariff", ["bt_bi_horaire", "mt_general"])
def test_its_v2g_serves_the_load_of_the_site_and_is_not_exported(tariff: str) -> None:
    site = {"base_load_kw_per_vehicle": 0.1, "bidirectional_share": 1.0, "tariff": tariff}
    simulation = Simulation(replace(Scenario(strategy="renewable", start=WINTER), **(SITE | site)))
    simulation.advance(96)
    v2g_kw, export_kw = (np.array(simulation.series(name)) for name in ("v2g_kw", "export_kw"))
    assert v2g_kw.max() > 10.0
    assert export_kw[v2g_kw > 0.0].max() == pytest.approx(0.0, abs=1e-6)


def test_it_discharges_nothing_that_nothing_cheaper_refills() -> None:
    simulation = Simulation(Scenario(strategy="renewable", tariff="flat", pv_kwp_per_vehicle=0.0))
    simulation.advance(96)
    assert simulation.kpis["v2g_kwh"] == 0.0
