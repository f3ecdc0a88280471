"""The engine: the only time loop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.catalog import Catalog
from ev2gym_dashboard.core.decide import Control, Rules, Vehicles, battery_power_kw, decide, vehicles_of
from ev2gym_dashboard.core.evse import UNPLUGGED, Ratings
from ev2gym_dashboard.core.fleet import Fleet, FleetState
from ev2gym_dashboard.core.movements import DayPlan
from ev2gym_dashboard.core.plugs import Plugs
from ev2gym_dashboard.core.record import Records, Totals
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.surroundings import SurroundingsOfDay, moment_at
from ev2gym_dashboard.core.view import Moment

ARRIVAL_MIN_SOC = 0.05
"""No vehicle comes back emptier; what the draw asks for beyond is not driven."""


@dataclass
class Engine:
    """A run: frozen inputs, the state of the fleet, and what was recorded of each step.

    ``step`` counts from the start of the run; ``clock`` from the midnight before it.
    """

    scenario: Scenario
    catalog: Catalog
    surroundings: SurroundingsOfDay
    fleet: Fleet
    ratings: Ratings
    rules: Rules
    state: FleetState
    plugs: Plugs
    days: Iterator[DayPlan] = field(repr=False)
    plan: DayPlan = field(repr=False)
    clock: int
    step: int = 0
    stored_at_start_kwh: float = 0.0
    records: Records = field(default_factory=Records)

    def advance(self, n_steps: int, control: Control) -> None:
        """Run ``n_steps`` steps under one control."""
        for _ in range(n_steps):
            self._advance_one(control)

    @property
    def stored_kwh(self) -> float:
        """Energy in all batteries [kWh]."""
        return float(self.fleet.sum_by_model(self.state.soc) @ self.fleet.capacity_kwh)

    def observe(self) -> Totals:
        """Return the totals of the last step; before the first one, those of the fleet at rest."""
        return self.records.last or self._at_rest()

    def _at_rest(self) -> Totals:
        totals = self._totals()
        for model, rows in enumerate(self.fleet.slices):
            still = np.zeros(rows.stop - rows.start)
            totals.count_model(model, still, still, self.state.soc[rows], self._vehicles(model, rows, totals.moment))
        return totals

    def _totals(self) -> Totals:
        day, step = divmod(self.clock, self.scenario.steps_per_day)
        today, tomorrow = self.surroundings(day), self.surroundings(day + 1)
        return Totals.of_step(moment_at(today, tomorrow, step), int(today.poste[step]), len(self.catalog.names))

    def _advance_one(self, control: Control) -> None:
        totals = self._totals()
        leaving = self.leaving_now()
        totals.count_departures(leaving, self.state.soc[leaving], self.fleet, self.rules.target_soc)
        _, totals.driven_kwh = self.move()
        for model, rows in enumerate(self.fleet.slices):
            self._step_model(model, rows, control, totals)
        self.records.append(totals)
        self.step += 1
        self.clock += 1

    def leaving_now(self) -> NDArray[np.int32]:
        """Return the rows that leave at the beginning of this step; the plan of the day is renewed at midnight."""
        if self.clock >= self.plan.first_step + self.scenario.steps_per_day:
            self.plan = next(self.days)
        rows = self.plan.leaving_in(self.clock)
        leaving: NDArray[np.int32] = rows[self.state.departure_step[rows] == self.clock]
        return leaving

    def move(self) -> tuple[NDArray[np.int32], float]:
        """Let vehicles leave, come and plug in at the beginning of a step.

        Returns
        -------
        rows that plug in, and the energy driven by those that came back [kWh]
        """
        self._leave(self.leaving_now())
        driven_kwh = self._arrive(self.plan.arriving_in(self.clock))
        rows, kinds = self.plugs.assign()
        self.state.kind[rows] = kinds
        return rows, driven_kwh

    def _leave(self, rows: NDArray[np.int32]) -> None:
        kinds = self.state.kind[rows]
        self.plugs.release(kinds)
        self.plugs.forget(rows[kinds == UNPLUGGED])
        self.state.kind[rows] = UNPLUGGED

    def _arrive(self, rows: NDArray[np.int32]) -> float:
        """Take what they drove off the batteries of those that come back; return its sum [kWh]."""
        capacity_kwh = self.fleet.capacity_kwh[self.fleet.model_of(rows)]
        available = np.maximum(self.state.soc[rows] - ARRIVAL_MIN_SOC, 0.0)
        driven = np.minimum(self.plan.drive_kwh[rows] / capacity_kwh, available)
        self.state.soc[rows] -= driven
        self.state.departure_step[rows] = self.plan.departure_step[rows]
        self.plugs.queue(rows)
        return float(driven @ capacity_kwh)

    def _step_model(self, model: int, rows: slice, control: Control, totals: Totals) -> None:
        state, moment = self.state, totals.moment
        vehicles = self._vehicles(model, rows, moment)
        power_kw, reason = decide(vehicles, moment, self.rules, control)
        battery_kw = battery_power_kw(vehicles, power_kw)
        state.soc[rows] += battery_kw * moment.timestep_h / vehicles.capacity_kwh
        state.power_kw[rows], state.reason[rows] = power_kw, reason
        totals.count_model(model, power_kw, battery_kw, state.soc[rows], vehicles)

    def _vehicles(self, model: int, rows: slice, moment: Moment) -> Vehicles:
        state = self.state
        return vehicles_of(
            model,
            capacity_kwh=float(self.fleet.capacity_kwh[model]),
            soc=state.soc[rows],
            hours_left=np.maximum(state.departure_step[rows] - float(self.clock), 0.0) * moment.timestep_h,
            kind=state.kind[rows],
            ratings=self.ratings,
        )
