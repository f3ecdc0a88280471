"""Ahead view: the next hours are those that the run then meets, and the plan is that of the last step."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from ev2gym_dashboard import Scenario, Simulation
from ev2gym_dashboard.core.site.exogenous import HP
from ev2gym_dashboard.service.sessions.ahead_view import AHEAD_H, AheadView, Span, make_ahead_view
from ev2gym_dashboard.service.sessions.cache import SessionCache
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec
from ev2gym_dashboard.service.sessions.site_view import make_site_view

SCENARIO = Scenario(fleet_size=40, tariff="bt_bi_horaire", pv_kwp_per_vehicle=3.0, start="2026-06-16T07:00")


def list_steps(view: AheadView, spans: tuple[Span, ...]) -> list[bool]:
    times = [view.start + timedelta(minutes=k * view.step_min) for k in range(len(view.price_mad_kwh))]
    return [any(span.start <= time < span.end for span in spans) for time in times]


@pytest.mark.parametrize("timestep_min", [5, 15, 60])
@pytest.mark.parametrize("hours", [0, 15])
def test_the_hours_ahead_are_those_that_the_run_meets(timestep_min: int, hours: int) -> None:
    simulation = Simulation(replace(SCENARIO, timestep_min=timestep_min))
    first, n_steps = hours * 60 // timestep_min, AHEAD_H * 60 // timestep_min
    simulation.advance(first)
    view = make_ahead_view(simulation)
    simulation.advance(n_steps)
    met = {name: simulation.series(name)[first:] for name in ("price_mad_kwh", "solar_kw", "base_load_kw", "poste")}
    assert view.price_mad_kwh == met["price_mad_kwh"].tolist()
    assert view.solar_kw == met["solar_kw"].tolist()
    assert list_steps(view, view.peaks) == (met["poste"] == HP).tolist()
    assert list_steps(view, view.surpluses) == (met["solar_kw"] > met["base_load_kw"]).tolist()
    assert view.end == simulation.time


def test_a_span_at_the_edge_is_open() -> None:
    view = make_ahead_view(Simulation(replace(SCENARIO, start="2026-12-15T08:00")))
    assert [span.is_open for span in view.peaks] == [True]


def test_a_site_without_sun_has_none() -> None:
    assert make_ahead_view(Simulation(replace(SCENARIO, pv_kwp_per_vehicle=0.0))).solar_kw == []
    assert make_ahead_view(Simulation(replace(SCENARIO, start="2026-12-15T18:00"))).solar_kw == []


def test_the_plan_is_that_of_the_last_step_and_begins_with_it() -> None:
    simulation = Simulation(replace(SCENARIO, strategy="predictive"))
    assert make_ahead_view(simulation).plan is None
    simulation.advance(5)
    plan = make_ahead_view(simulation).plan
    assert plan is not None
    assert plan.start == simulation.scenario.get_step_time(4)
    assert plan.load_kw[0] == pytest.approx(simulation.series("net_power_kw")[-1], rel=0.1, abs=5.0)
    assert len(plan.load_kw) == len(plan.price_mad_kwh) == 96
    simulation.set(strategy="price")
    assert make_ahead_view(simulation).plan is None


@pytest.mark.parametrize("strategy", ["grid_support", "predictive"])
def test_a_rebuilt_session_has_the_same_hours_ahead(strategy: str) -> None:
    run = RunSpec(SCENARIO, (Change(3, (("strategy", strategy),)),), 20, "one")
    in_steps = SessionCache()
    for step in (7, 8, 19):
        in_steps.render_view(replace(run, step=step), make_site_view)
    assert in_steps.render_view(run, make_site_view).ahead == SessionCache().render_view(run, make_site_view).ahead


def test_a_strategy_that_has_just_been_chosen_has_no_plan_of_another() -> None:
    simulation = Simulation(replace(SCENARIO, strategy="predictive"))
    simulation.advance(2)
    simulation.set(strategy="grid_support")
    simulation.set(strategy="predictive")
    assert make_ahead_view(simulation).plan is None
    assert not np.any(simulation.engine.memory.site)
