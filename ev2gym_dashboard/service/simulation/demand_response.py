"""A demand-response event against the same run without it: what the fleet gives in it, and what comes back after."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.simulation.simulation import Simulation

REBOUND_H = 24
"""How long after an event the run without it goes on: stays are shorter, so that the fleet has caught up."""

NO_EFFECT = {"event_response_kwh": 0.0, "event_rebound_kwh": 0.0}
"""What an event did that there was not."""


def list_tracked_steps(scenario: Scenario) -> range:
    """Return the steps of the event and of its rebound; empty without an event."""
    event = scenario.event_steps
    return range(event.start, event.stop + round(REBOUND_H / scenario.timestep_h)) if event else event


@dataclass
class EventCounterfactual:
    """The run without its event, from the step in which that begins.

    Parameters
    ----------
    event_steps : the steps of the event
    end_step : the step at which there is nothing more to compare
    net_load_kw : net load of the run without the event since ``event_steps.start`` [kW]
    simulation : the run itself; None when it is over
    """

    event_steps: range
    end_step: int
    net_load_kw: list[float] = field(default_factory=list)
    simulation: Simulation | None = None

    @classmethod
    def start(cls, run: Simulation) -> EventCounterfactual:
        """Go on beside a run that stands where its event begins."""
        (without,) = run.fork(1)
        without.reschedule_event(event_start="")
        return cls(run.scenario.event_steps, list_tracked_steps(run.scenario).stop, simulation=without)

    def set(self, **changes: Any) -> None:
        """Follow what is changed in the run."""
        if self.simulation:
            self.simulation.set(**changes)

    def advance(self, n_steps: int) -> None:
        """Follow the run; past the end there is nothing to do."""
        if self.simulation is None:
            return
        self.simulation.advance(n_steps)
        self.net_load_kw = self.simulation.engine.records.series["net_load_kw"][self.event_steps.start :]
        if self.simulation.step >= self.end_step:
            self.simulation = None

    def compute_effect(self, run: Simulation) -> dict[str, float]:
        """Return the energy [kWh] that was not taken in the event, and that was taken more after it."""
        begin, n_event = self.event_steps.start, len(self.event_steps)
        with_event = run.engine.records.series["net_load_kw"][begin : begin + len(self.net_load_kw)]
        less_kwh = (np.array(self.net_load_kw) - np.array(with_event)) * run.scenario.timestep_h
        figures = float(less_kwh[:n_event].sum()), float(-less_kwh[n_event:].sum())
        return dict(zip(NO_EFFECT, figures, strict=True))
