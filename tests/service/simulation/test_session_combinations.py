"""Given sessions together with what else a run has: found subscription and cap, events, V2G's value, Gymnasium."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ev2gym_dashboard import Scenario, simulate
from ev2gym_dashboard.integrations.gym import FleetEnv
from tests.service.simulation.test_given_sessions import make_stays

DEPOT = Scenario(
    sessions=make_stays(10, seed=5, days=2), start="2026-12-14T00:00", days=2.0, limit_kw_per_vehicle=100.0
)
QUEUE = replace(DEPOT, evses="4 x AC 22 V2G; 1 x DC 150 V2G")
both = pytest.mark.parametrize("depot", [DEPOT, QUEUE], ids=["own EVSEs", "queue"])


@both
def test_an_automatic_subscription_is_that_of_the_sessions(depot: Scenario) -> None:
    site = replace(depot, tariff="mt_general", subscribed_kva="auto", strategy="uncontrolled")
    kpis = simulate(site).kpis
    assert 0.0 < kpis["needed_subscription_kva"] <= site.connection_kva


@both
def test_an_automatic_cap_lowers_the_peak_and_serves_as_much(depot: Scenario) -> None:
    free, capped = (
        simulate(replace(depot, strategy="price", v2g=False, site_cap_kw_per_vehicle=cap)).kpis
        for cap in ("off", "auto")
    )
    assert capped["site_peak_kw"] < free["site_peak_kw"]
    assert capped["unserved_kwh"] <= free["unserved_kwh"] + 1e-3 * free["g2v_kwh"]


@both
def test_an_event_lowers_the_load_of_the_sessions(depot: Scenario) -> None:
    site = replace(depot, strategy="uncontrolled", limit_kw_per_vehicle=12.0, base_load_kw_per_vehicle=0.0)
    event = replace(site, event_start="2026-12-14T17:00", event_minutes=60.0, event_reduction=0.9)
    without, with_event = (simulate(scenario).series["net_load_kw"] for scenario in (site, event))
    steps = [*event.event_steps]
    assert with_event.iloc[steps].max() <= 0.1 * site.limit_kw + 1e-6
    assert without.iloc[steps].max() > with_event.iloc[steps].max()


@both
def test_the_counterfactuals_have_the_same_stays_and_v2g_its_value(depot: Scenario) -> None:
    result = simulate(replace(depot, strategy="grid_support"))
    kpis = result.kpis
    assert kpis["v2g_kwh"] > 0.0
    assert np.isfinite(kpis["v2g_net_mad"])
    without = simulate(replace(depot, strategy="grid_support", v2g=False)).kpis
    saved = without["total_mad"] - kpis["total_mad"]
    assert kpis["total_mad_saved_vs_without_v2g"] == pytest.approx(saved)


@both
def test_the_environment_runs_the_sessions(depot: Scenario) -> None:
    env = FleetEnv(sessions=depot.sessions, evses=depot.evses, start=depot.start, days=0.5, limit_kw_per_vehicle=100.0)
    assert env.scenario.fleet_size == 10
    env.reset(seed=0)
    assert env.models == env.simulation.catalog.names
    action, done, n_steps = np.ones(len(env.models), np.float32), False, 0
    while not done:
        _, _, terminated, truncated, _ = env.step(action)
        done, n_steps = terminated or truncated, n_steps + 1
    assert n_steps == 48
    assert env.simulation.kpis["g2v_kwh"] > 0.0
    assert env.simulation.engine.installation.counts.sum() == env.scenario.n_evse


@both
@pytest.mark.parametrize("action", ["model", "vehicle", "evse", "urgency"])
def test_a_number_reaches_the_vehicles_of_all_targets(depot: Scenario, action: str) -> None:
    """Codes are repeated for further targets: each of them gets the number of its model."""
    given = {name: getattr(depot, name) for name in ("sessions", "evses", "start", "limit_kw_per_vehicle")}
    env = FleetEnv(**given, days=0.5, departure_guard=False, action=action)
    seen, _ = env.reset(seed=0)
    charged = np.zeros(10, np.bool_)
    for _ in range(48):
        assert env.observation_space.contains(seen)
        seen, *_ = env.step(np.ones(env.action_space.shape or (), np.float32))
        state = env.simulation.state
        charged |= state.power_kw > 0.0
        waiting = (state.code > 0) & (state.soc < 0.95)
        assert (state.power_kw[waiting] > 0.0).all()
    assert charged.sum() > 4
