"""Effect of a demand-response event: the run against the same run without the event."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.simulation.simulation import Simulation

REBOUND_H = 36
"""Hours for which the rebound of an event is followed: no stay of ElaadNL's tables lasts longer (33 h at home)."""

NO_EFFECT = {"event_response_kwh": 0.0, "event_rebound_kwh": 0.0}
"""The effect of a run without an event, by KPI."""


def list_tracked_steps(scenario: Scenario) -> range:
    """Return the steps of the event and of its rebound; an empty range without an event."""
    event_steps = scenario.event_steps
    if not event_steps:
        return event_steps
    return range(event_steps.start, event_steps.stop + round(REBOUND_H / scenario.timestep_h))


@dataclass
class EventCounterfactual:
    """The run without its event, from the step in which the event begins.

    Parameters
    ----------
    event_steps : the steps of the event
    end_step : the step after the rebound
    net_load_kw : net load of the run without the event since ``event_steps.start`` [kW]
    simulation : the run without the event; None after ``end_step``
    """

    event_steps: range
    end_step: int
    net_load_kw: Floats = field(default_factory=partial(np.zeros, 0))
    simulation: Simulation | None = None

    @classmethod
    def start(cls, run: Simulation) -> EventCounterfactual:
        """Fork a run at the first step of its event."""
        (simulation,) = run.fork(1)
        simulation.reschedule_event(event_start="")
        return cls(run.scenario.event_steps, list_tracked_steps(run.scenario).stop, simulation=simulation)

    def fork(self) -> EventCounterfactual:
        """Return a counterfactual that continues independently from here."""
        return replace(self, simulation=self.simulation and self.simulation.fork(1)[0])

    def set(self, **settings: Any) -> None:
        """Apply the changed settings of the run."""
        if self.simulation:
            self.simulation.set(**settings)

    def follow(self, run: Simulation) -> None:
        """Advance to the step of the run; do nothing after ``end_step``."""
        if self.simulation is None:
            return
        self.simulation.advance(run.step - self.simulation.step)
        # A copy: the series of the run without the event are not kept after its end.
        self.net_load_kw = self.simulation.series("net_load_kw")[self.event_steps.start :].copy()
        if self.simulation.step >= self.end_step:
            # A live run goes on for weeks: without this every event would cost another fleet in memory.
            self.simulation = None

    def compute_effect(self, run: Simulation) -> dict[str, float]:
        """Return the reduction of the energy in the event, and its rise after it, by KPI [kWh]."""
        first_step, n_event_steps = self.event_steps.start, len(self.event_steps)
        with_event_kw = run.series("net_load_kw")[first_step : first_step + len(self.net_load_kw)]
        reduction_kwh = (self.net_load_kw - with_event_kw) * run.scenario.timestep_h
        response_kwh, rebound_kwh = reduction_kwh[:n_event_steps].sum(), -reduction_kwh[n_event_steps:].sum()
        return dict(zip(NO_EFFECT, (float(response_kwh), float(rebound_kwh)), strict=True))
