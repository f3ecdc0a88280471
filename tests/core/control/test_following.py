"""Following a setpoint: its sum, the limits of every vehicle, and who goes first."""

from __future__ import annotations

import numpy as np
import pytest

from ev2gym_dashboard import Scenario, Simulation
from ev2gym_dashboard.core.control.dispatch import make_step_view
from ev2gym_dashboard.core.control.following import (
    Schedule,
    find_power_range,
    follow_setpoint,
    make_schedule_control,
)
from ev2gym_dashboard.core.control.observation import StepView
from ev2gym_dashboard.core.control.step import make_step
from ev2gym_dashboard.core.engine.step_numpy import gather_plugged

ROUNDING_KW = 1e-6


def make_view(*, v2g: bool = True, n_steps: int = 12, place: str = "home") -> StepView:
    run = Simulation(Scenario(fleet_size=200, strategy="price", place=place, bidirectional_share=1.0))
    run.advance(n_steps)
    engine = run.engine
    step = make_step(
        engine.state,
        engine.fleet.offsets,
        limits=engine.limits,
        rules=engine.rules,
        moment=engine.get_moment()[0],
        control=make_schedule_control(Schedule(np.zeros(0), 0), v2g=v2g, site_cap_kw=np.inf),
        clock=engine.clock,
        elapsed=engine.step,
    )
    return make_step_view(gather_plugged(step, 0, engine.fleet.size)[1], step)


@pytest.mark.parametrize("v2g", [True, False])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 0.9, 1.0])
def test_every_sum_between_the_extremes_is_met_within_the_limits(share: float, v2g: bool) -> None:
    view = make_view(v2g=v2g)
    lowest_kw, highest_kw = find_power_range(view)
    setpoint_kw = float((1.0 - share) * lowest_kw.sum() + share * highest_kw.sum())
    power_kw = follow_setpoint(view, setpoint_kw)
    assert power_kw.sum() == pytest.approx(setpoint_kw, abs=ROUNDING_KW)
    assert np.all((lowest_kw - ROUNDING_KW <= power_kw) & (power_kw <= highest_kw + ROUNDING_KW))
    assert lowest_kw.min() < 0.0 if v2g else lowest_kw.min() >= 0.0


@pytest.mark.parametrize("setpoint_kw", [-1e6, 1e6])
def test_a_setpoint_out_of_reach_is_followed_as_far_as_it_goes(setpoint_kw: float) -> None:
    view = make_view()
    lowest_kw, highest_kw = find_power_range(view)
    ends_kw = lowest_kw if setpoint_kw < 0.0 else highest_kw
    assert follow_setpoint(view, setpoint_kw) == pytest.approx(ends_kw, abs=ROUNDING_KW)


def test_nobody_gives_back_while_others_charge_by_choice() -> None:
    view = make_view()
    must_kw = np.maximum(find_power_range(view)[0], 0.0)
    for setpoint_kw in (-200.0, 0.0, 300.0):
        power_kw = follow_setpoint(view, setpoint_kw)
        assert not ((power_kw < 0.0).any() and (power_kw > must_kw + ROUNDING_KW).any())


def test_the_vehicles_with_the_least_laxity_charge_first_and_beyond_their_targets_last() -> None:
    view = make_view(place="work", n_steps=70)
    to_target_kw = view.charge_to_soc(view.target_soc)
    laxity_h = view.hours_left - view.compute_steps_to_soc(view.target_soc) * view.moment.timestep_h
    power_kw = follow_setpoint(view, 0.5 * float(to_target_kw.sum()))
    chosen = (power_kw > ROUNDING_KW) & (to_target_kw > ROUNDING_KW)
    waiting = (power_kw <= ROUNDING_KW) & (to_target_kw > ROUNDING_KW)
    assert chosen.any()
    assert waiting.any()
    assert laxity_h[chosen].max() <= laxity_h[waiting].min()
    assert not (power_kw > to_target_kw + ROUNDING_KW).any()


def test_a_run_follows_its_schedule_and_serves_its_departures() -> None:
    scenario = Scenario(fleet_size=150, strategy="uncontrolled", timestep_min=15)
    run = Simulation(scenario)
    (followed,) = run.fork(1)
    run.advance(scenario.n_steps)
    # Half of the evening's load, flat for four hours: uncontrolled charging is far from it.
    base_kw = run.series("net_power_kw")
    schedule_kw = base_kw.copy()
    schedule_kw[:16] = 0.5 * base_kw[:16].mean()
    moment = followed.get_moment()[0]
    first_clock = moment.day_ordinal * 96 + round(moment.hour_h * 4)
    followed.engine.advance(
        scenario.n_steps, make_schedule_control(Schedule(schedule_kw, first_clock), v2g=True, site_cap_kw=np.inf)
    )
    error_kw = followed.series("net_power_kw") - schedule_kw
    assert np.abs(error_kw[:16]).max() <= 0.01 * schedule_kw.max()
    assert np.abs(base_kw[:16] - schedule_kw[:16]).max() > 0.1 * schedule_kw.max()
    assert followed.kpis["unserved_kwh"] <= run.kpis["unserved_kwh"] + 0.1
