"""Compiled steps: all fleets of a batch in one call, with what their agents see."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ev2gym_dashboard.compiled.agents import AgentSteps
from ev2gym_dashboard.compiled.batch import RunBatch
from ev2gym_dashboard.compiled.wear import WearTables
from ev2gym_dashboard.core.arrays import Booleans, Floats, Floats32
from ev2gym_dashboard.core.control.outlook import Outlook
from ev2gym_dashboard.core.control.step import Control
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.engine.recorder import COLUMNS
from ev2gym_dashboard.core.fleet.ageing import compute_loss_cost_mad, compute_past_cycles
from ev2gym_dashboard.core.scenario_options import LFP
from ev2gym_dashboard.core.site.exogenous import SiteDay
from ev2gym_dashboard.integrations.gym.observer import MAX_KEPT_DAYS
from ev2gym_dashboard.integrations.gym.stepping import READ_COLUMNS, are_same
from ev2gym_dashboard.service.scenarios.driving import compute_past_km_per_year
from ev2gym_dashboard.service.simulation.simulation import Simulation


class CompiledSteps:
    """Steps of all fleets in one call, whose engines are brought up to date where somebody looks, and at midnight."""

    def __init__(
        self, simulations: Sequence[Simulation], controls: Sequence[Control], *, n_slots: int, observes_wear: bool
    ) -> None:
        self.engines, self.controls = [simulation.engine for simulation in simulations], controls
        self.batch = RunBatch(self.engines)
        law = make_wear_tables(simulations[0]) if observes_wear else None
        columns = [list(COLUMNS).index(name) for name in READ_COLUMNS]
        self.agents = AgentSteps(self.batch, columns=columns, n_slots=n_slots, law=law)
        self.n_left, self.n_done, self.is_loaded = 0, 0, False
        self.exogenous, self.days = self.engines[0].exogenous, dict[int, tuple[int, SiteDay, Outlook]]()

    def serve(self, simulations: Sequence[Simulation]) -> bool:
        # Who has not been handed the fleets has not changed them.
        return self.is_loaded or (
            are_same(simulations, self.engines, self.controls)
            and all(engine.kernel.run_steps is not None for engine in self.engines)
        )

    def adopt(self, engines: list[Engine]) -> None:
        self.batch.engines = engines
        engines[0].workspace = self.batch

    def restart(self, simulations: Sequence[Simulation]) -> bool:
        self.batch.engines = self.engines = [simulation.engine for simulation in simulations]
        self.n_left, self.n_done, self.is_loaded = 0, 0, False
        return self.serve(simulations)

    def advance(self) -> None:
        if self.n_done == self.n_left or not self.is_loaded:
            self._load()
        self.agents.advance()
        self.n_done += 1

    def store(self) -> None:
        if self.is_loaded:
            self.batch.store()
            self.is_loaded = False

    # Copies: the next step is written to the same place.
    def read_columns(self) -> Floats:
        return self.agents.seen.columns.copy()

    def observe(self) -> tuple[Floats32, Booleans]:
        if not self.is_loaded:
            self._load()
            self.agents.observe()
        return self.agents.seen.slots.copy(), self.agents.seen.masks.copy()

    def compute_worn_mad(self) -> Floats:
        return self.agents.seen.worn_mad.copy()

    def _load(self) -> None:
        self.store()
        for engine, control in zip(self.engines, self.controls, strict=True):
            engine.set_cap(control.site_cap_kw)
            if engine.exogenous is self.exogenous:
                engine.day_cache = self._get_day(engine)
        self.batch.load(self.controls)
        self.n_left, self.n_done, self.is_loaded = self.batch.count_steps_left(), 0, True

    def _get_day(self, engine: Engine) -> tuple[int, SiteDay, Outlook]:
        """Return the day of the site, which is computed once for all fleets and episodes."""
        day = engine.clock // engine.scenario.steps_per_day
        if day not in self.days:
            if len(self.days) >= MAX_KEPT_DAYS:
                self.days.popitem()
            self.days[day] = engine.get_day()
        return self.days[day]


def make_wear_tables(simulation: Simulation) -> WearTables:
    """Return the wear law of a run, as `WearLaw` has it."""
    scenario, fleet = simulation.scenario, simulation.fleet
    capacity_kwh = np.repeat(fleet.capacity_kwh, fleet.counts)
    life = scenario.declared_cycle_life
    return WearTables(
        compute_loss_cost_mad(
            capacity_kwh, pack_price_mad_kwh=scenario.pack_price_mad_kwh, end_of_life_loss=scenario.end_of_life_loss
        ),
        compute_past_cycles(capacity_kwh, km_per_year=compute_past_km_per_year(scenario)),
        scenario.battery_chemistry == LFP,
        0.0 if isinstance(life, str) else float(life),
        float(scenario.end_of_life_loss),
        float(scenario.cell_temperature_c),
        scenario.steps_per_day,
    )
