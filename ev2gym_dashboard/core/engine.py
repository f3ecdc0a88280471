"""The engine: the only time loop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.catalog import Catalog
from ev2gym_dashboard.core.decide import Control, Decision, Plugged, decide
from ev2gym_dashboard.core.evse import KINDS, UNPLUGGED, code_of
from ev2gym_dashboard.core.fleet import Fleet, FleetState
from ev2gym_dashboard.core.limits import Floats, Rules, StepLimits
from ev2gym_dashboard.core.movements import DayPlan
from ev2gym_dashboard.core.plugs import Plugs
from ev2gym_dashboard.core.reasons import Reason
from ev2gym_dashboard.core.record import AT_TARGET_TOLERANCE, FLOWS, Records, Totals, flows_of
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.surroundings import SurroundingsOfDay, moment_at

ARRIVAL_MIN_SOC = 0.05
"""No vehicle comes back emptier; what the draw asks for beyond is not driven."""
BLOCK = 32_768
"""Vehicles per block: their arrays stay in the cache from the first operation of a step to the last."""

Rows = NDArray[np.int32]


@dataclass
class Engine:
    """A run: frozen inputs, the state of the fleet, and what was recorded of each step.

    ``step`` counts from the start of the run; ``clock`` from the midnight before it.
    """

    scenario: Scenario
    catalog: Catalog
    surroundings: SurroundingsOfDay
    fleet: Fleet
    limits: StepLimits
    rules: Rules
    state: FleetState
    plugs: Plugs
    days: Iterator[DayPlan] = field(repr=False)
    plan: DayPlan = field(repr=False)
    n_plugged: NDArray[np.int64]
    n_present: NDArray[np.int64]
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
        return self.records.last or replace(self._totals(), soc_sum=self.fleet.sum_by_model(self.state.soc))

    def _advance_one(self, control: Control) -> None:
        leaving = self.leaving_now()
        missing = np.maximum(self.rules.target_soc - self.state.soc[leaving], 0.0)
        _, driven_kwh = self.move()
        totals = self._totals()
        totals.driven_kwh = driven_kwh
        totals.n_departures = len(leaving)
        totals.n_at_target = int(np.count_nonzero(missing <= AT_TARGET_TOLERANCE))
        totals.unserved_kwh = float(missing @ self.fleet.capacity_kwh[self.fleet.model_of(leaving)])
        for first in range(0, self.fleet.size, BLOCK):
            self._step_block(first, control, totals)
        totals.soc_sum = self.fleet.sum_by_model(self.state.soc)
        self.records.append(totals)
        self.step += 1
        self.clock += 1

    def _totals(self) -> Totals:
        day, step = divmod(self.clock, self.scenario.steps_per_day)
        today, tomorrow = self.surroundings(day), self.surroundings(day + 1)
        return Totals(
            moment=moment_at(today, tomorrow, step),
            poste=int(today.poste[step]),
            n_vehicles=self.fleet.size,
            flows=np.zeros((len(FLOWS), len(self.catalog.names))),
            n_connected=self.n_plugged.copy(),
            n_waiting=self.n_present - self.n_plugged,
            soc_sum=np.zeros(0),
        )

    def leaving_now(self) -> Rows:
        """Return the rows that leave at the beginning of this step; the plan of the day is renewed at midnight."""
        if self.clock >= self.plan.first_step + self.scenario.steps_per_day:
            self.plan = next(self.days)
        rows = self.plan.leaving_in(self.clock)
        leaving: Rows = rows[self.state.departure_step[rows] == self.clock]
        return leaving

    def move(self) -> tuple[Rows, float]:
        """Let vehicles leave, come and plug in at the beginning of a step.

        Returns
        -------
        rows that plug in, and the energy driven by those that came back [kWh]
        """
        self._leave(self.leaving_now())
        driven_kwh = self._arrive(self.plan.arriving_in(self.clock))
        rows, kinds = self.plugs.assign()
        model = self.fleet.model_of(rows)
        self.state.code[rows] = code_of(model, kinds)
        self.n_plugged += self._count(model)
        return rows, driven_kwh

    def _leave(self, rows: Rows) -> None:
        plugged = self.state.code[rows] != UNPLUGGED
        self.plugs.release(((self.state.code[rows[plugged]] - 1) % len(KINDS) + 1).astype(np.uint8))
        self.plugs.forget(rows[~plugged])
        model = self.fleet.model_of(rows)
        self.n_present -= self._count(model)
        self.n_plugged -= self._count(model[plugged])
        self.state.code[rows], self.state.power_kw[rows], self.state.reason[rows] = UNPLUGGED, 0.0, Reason.AWAY

    def _arrive(self, rows: Rows) -> float:
        """Take what they drove off the batteries of those that come back; return its sum [kWh]."""
        model = self.fleet.model_of(rows)
        capacity_kwh = self.fleet.capacity_kwh[model]
        self.n_present += self._count(model)
        available = np.maximum(self.state.soc[rows] - ARRIVAL_MIN_SOC, 0.0)
        driven = np.minimum(self.plan.drive_kwh[rows] / capacity_kwh, available)
        self.state.soc[rows] -= driven
        self.state.departure_step[rows] = self.plan.departure_step[rows]
        self.state.reason[rows] = Reason.WAITING
        self.plugs.queue(rows)
        return float(driven @ capacity_kwh)

    def _count(self, model: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.bincount(model, minlength=len(self.fleet.capacity_kwh))

    def _step_block(self, first: int, control: Control, totals: Totals) -> None:
        """Decide and apply the step for the plugged-in vehicles of a block; the others have nothing to do."""
        state, limits = self.state, self.limits
        rows = first + np.flatnonzero(state.code[first : first + BLOCK] != UNPLUGGED)
        if not rows.size:
            return
        code = state.code.take(rows).astype(np.intp)
        hours_left: Floats = (state.departure_step.take(rows) - self.clock) * limits.timestep_h
        plugged = Plugged(code, state.soc.take(rows), hours_left)
        decision = decide(plugged, limits, totals.moment, self.rules, control)
        state.soc[rows] = plugged.soc + decision.soc_change
        state.power_kw[rows], state.reason[rows] = decision.power_kw, decision.reason
        self._tally(rows, code, decision, totals)

    def _tally(self, rows: NDArray[np.intp], code: NDArray[np.intp], decision: Decision, totals: Totals) -> None:
        gained_kw = decision.soc_change * self.limits.ratings.capacity_kwh.take(code) / self.limits.timestep_h
        flows = flows_of(decision.power_kw, decision.power_kw - gained_kw)
        edges = np.searchsorted(rows, self.fleet.offsets)
        present = np.flatnonzero(np.diff(edges))
        totals.flows[:, present] += np.add.reduceat(flows, edges[present], axis=1)
