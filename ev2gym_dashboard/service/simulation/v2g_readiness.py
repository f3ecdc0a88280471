"""V2G readiness: in which of the next steps a strategy requests V2G, and which vehicles could give back."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ev2gym_dashboard.core.arrays import Booleans
from ev2gym_dashboard.core.control.overrides import find_places
from ev2gym_dashboard.core.fleet.evse import UNPLUGGED
from ev2gym_dashboard.core.site.exogenous import ExogenousSource, make_moments
from ev2gym_dashboard.service.scenarios.validation import StrategyParams
from ev2gym_dashboard.service.simulation.simulation import Simulation
from ev2gym_dashboard.service.simulation.site_cap import count_steps_to_next_cap
from ev2gym_dashboard.service.simulation.strategy_control import SiteCap, make_control
from ev2gym_dashboard.strategies import STRATEGIES

MAX_CACHED_DAYS = 256


class ReadyVehicles(NamedTuple):
    """Plugged-in vehicles that can give back: their number, and their power at most [kW]."""

    n: int
    power_kw: float


def find_v2g_steps(simulation: Simulation, n_steps: int) -> Booleans:
    """Return in which of the next steps, at most half a day, the settings of a run request V2G.

    It is empty where that is not known: for a strategy that plans, and one whose site cap is still to be found. What a
    step gives back in the end depends on the vehicles.
    """
    strategy, scenario = STRATEGIES[simulation.strategy], simulation.scenario
    if not simulation.v2g or not strategy.uses_v2g:
        return np.zeros(n_steps, np.bool_)
    if strategy.plans:
        return np.zeros(0, np.bool_)
    if strategy.cap == "found":
        # Its V2G depends on the cap of the week, whose search takes seconds: no view begins it.
        if simulation.step == 0:
            return np.zeros(0, np.bool_)
        n_steps = min(n_steps, count_steps_to_next_cap(scenario, simulation.step))
    day, step = divmod(simulation.engine.clock, scenario.steps_per_day)
    # By the series of its site, which visitors share, and not by its scenario, whose seed is their own.
    source = simulation.engine.exogenous
    steps = _find_day_steps(source, day, simulation.strategy, simulation.params, simulation.site_cap)
    return steps[step : step + n_steps]


def count_ready_vehicles(simulation: Simulation, *, end_step: int) -> ReadyVehicles:
    """Return the vehicles that are plugged in now and until a step at least, and could give back now.

    Parameters
    ----------
    simulation : the run; its V2G has to be allowed
    end_step : step of the run in which they are still to be there

    Notes
    -----
    Their power is that of their EVSEs, and of what a step can take above the SOC at which V2G stops.
    """
    engine, control, state = simulation.engine, simulation.control, simulation.state
    floor_soc = max(engine.rules.reserve_soc, control.params.v2g_min_soc)
    end_clock = engine.clock + end_step - engine.step
    # Most vehicles are on the road: their rows cost a large fleet more than all that follows.
    rows = np.flatnonzero(state.code != UNPLUGGED)
    code = state.code.take(rows)
    rating_kw = engine.limits.ratings.discharge_kw.take(code)
    above_kw = (state.soc.take(rows) - floor_soc) * engine.limits.kw_per_use.take(code)
    is_ready = (rating_kw > 0.0) & (above_kw > 0.0) & (state.departure_step.take(rows) > end_clock)
    is_ready[find_places(rows, engine.overrides.find_barred(engine.clock))] = False
    return ReadyVehicles(int(np.count_nonzero(is_ready)), float(np.minimum(rating_kw, above_kw)[is_ready].sum()))


@lru_cache(maxsize=MAX_CACHED_DAYS)
def _find_day_steps(
    source: ExogenousSource, day: int, strategy: str, params: StrategyParams, site_cap: SiteCap
) -> Booleans:
    """Return the steps of a day and of the first half of the next one in which a strategy requests V2G."""
    control = make_control(strategy, v2g=True, params=params, site_cap=site_cap)
    days = [source(number) for number in (day, day + 1, day + 2)]
    today, tomorrow = (make_moments(*days[k : k + 2], cap_kw=control.site_cap_kw) for k in (0, 1))
    moments = [*today, *tomorrow[: len(tomorrow) // 2]]
    return np.array([control.requests_v2g(moment, control.params) for moment in moments], np.bool_)
