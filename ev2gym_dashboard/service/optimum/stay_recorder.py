"""Stay recorder: which vehicle is plugged in where, from when to when, which does not depend on the strategy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.engine.initial_state import make_engine
from ev2gym_dashboard.core.engine.trace import Stays, Trace
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import CAP_OFF
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.scenarios.profiles import check_coverage
from ev2gym_dashboard.service.simulation.counterfactuals import BASELINE_STRATEGY
from ev2gym_dashboard.service.simulation.schedule import drop_schedule
from ev2gym_dashboard.service.simulation.simulation import Simulation


@dataclass
class StayRecorder(Trace):
    """A trace that keeps the stays alone: of a large fleet, the states of all steps would fill the memory."""

    keeps_states: ClassVar[bool] = False


@dataclass(frozen=True, eq=False)
class ReferenceRun:
    """A run of uncontrolled charging, and its stays.

    Parameters
    ----------
    simulation : the run, at its end
    stays : stays of all vehicles in the order of their begin. A battery that is too empty drives less than was drawn:
        that depends on the strategy, and the draw does not
    n_present : number of the stays that began before the run, which are the first ones
    initial_soc, initial_expected_soc : of each vehicle at the start, (n,)
    allows_v2g : whether the scenario allows V2G
    """

    simulation: Simulation
    stays: Stays
    n_present: int
    initial_soc: Floats
    initial_expected_soc: Floats
    allows_v2g: bool


def run_reference(scenario: Scenario) -> ReferenceRun:
    """Run uncontrolled charging without V2G, and record the stays; raise `ValidationError` with every issue."""
    size = scenario.fleet_size
    recorder = StayRecorder.make(np.arange(size, dtype=np.int32), size)
    # The optimum is that without a schedule, which no run under one is below.
    uncontrolled = replace(
        drop_schedule(scenario), strategy=BASELINE_STRATEGY, v2g=False, site_cap_kw_per_vehicle=CAP_OFF
    )
    simulation = Simulation(uncontrolled, start=partial(make_engine, trace=recorder))
    if issues := check_coverage(scenario, scenario.n_steps):
        raise ValidationError(issues)
    engine = simulation.engine
    state = engine.state
    initial_soc, expected_soc, n_present = state.soc.copy(), state.expected_soc.copy(), recorder.n_stays
    # Not by the simulation, whose traces are limited by the memory of their states, of which there are none here.
    engine.advance(scenario.n_steps, simulation.control)
    stays = recorder.list_stays(engine.state)
    return ReferenceRun(simulation, stays, n_present, initial_soc, expected_soc, scenario.v2g)
