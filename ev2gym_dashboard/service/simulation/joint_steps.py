"""Joint steps: several simulations are stepped in one compiled call, each under its control and to its own end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ev2gym_dashboard.core.control.outlook import Outlook
from ev2gym_dashboard.core.control.step import Control
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.site.exogenous import SiteDay
from ev2gym_dashboard.service.simulation.simulation import Simulation

if TYPE_CHECKING:
    from ev2gym_dashboard.compiled.batch import RunBatch

MAX_STEPS_AT_ONCE = 1440
"""Steps of a run whose records are kept until they are handed over: those of a day by the minute take 300 KB."""
MAX_BATCH_STEPS = 65_536
"""Steps of all runs together, beyond which each has room for fewer: their records take 14 MB."""

MAX_BATCHES = 2
"""Batches that are kept: a run that joins others is stepped alone once, and with them from then on."""


@dataclass
class _Lane:
    """A simulation on its way to a step, the control of its next steps, and the number of these."""

    simulation: Simulation
    end_step: int
    control: Control
    n_left: int = 0

    def find_steps(self) -> int:
        """Return the number of steps under the present control, 0 at the end."""
        if self.n_left == 0 and self.simulation.step < self.end_step:
            self.n_left, self.control = self.simulation.begin_stretch(self.end_step)
            self.simulation.engine.set_cap(self.control.site_cap_kw)
        return self.n_left


class JointSteps:
    """Steps simulations together, with the bits that they have alone.

    Parameters
    ----------
    n_threads : threads that share the simulations; None for one per core
    max_steps : steps of a simulation whose records are kept until they are handed over
    """

    def __init__(self, n_threads: int | None = None, *, max_steps: int | None = None) -> None:
        self._n_threads, self._max_steps = n_threads, max_steps or MAX_STEPS_AT_ONCE
        self._batches: list[RunBatch] = []

    def advance(self, simulations: Sequence[Simulation], end_steps: Sequence[int]) -> None:
        """Run each simulation to a step of its own, a day of all of them at a time.

        Those that the compiled loop cannot run go alone: plug-ins, strategies that plan, large fleets, NumPy's kernel.

        Raises
        ------
        ValidationError
            If a dated series ends earlier.
        StrategyError
            If a plug-in failed.
        """
        lanes = []
        for simulation, end_step in zip(simulations, end_steps, strict=True):
            if simulation.step >= end_step:
                continue
            if can_join(simulation):
                simulation.prepare_steps(end_step)
                lanes.append(_Lane(simulation, end_step, simulation.control))
            else:
                simulation.advance(end_step - simulation.step)
        if lanes:
            self._advance_lanes(lanes)

    def _advance_lanes(self, lanes: list[_Lane]) -> None:
        batch = self._find_batch([lane.simulation for lane in lanes])
        # In step, the plan of a day can be dropped as soon as all runs have passed it.
        while any(counts := [lane.find_steps() for lane in lanes]):
            _share_days([lane.simulation.engine for lane, n in zip(lanes, counts, strict=True) if n])
            steps = [lane.simulation.step for lane in lanes]
            batch.run([lane.control for lane in lanes], counts)
            for lane, step in zip(lanes, steps, strict=True):
                lane.n_left -= lane.simulation.step - step

    def _find_batch(self, simulations: Sequence[Simulation]) -> RunBatch:
        engines = [simulation.engine for simulation in simulations]
        ids = list(map(id, engines))
        for batch in self._batches:
            if list(map(id, batch.engines)) == ids:
                return batch
        # Only here: Numba takes a second to import.
        from ev2gym_dashboard.compiled.batch import RunBatch  # noqa: PLC0415

        per_day = max(simulation.scenario.steps_per_day for simulation in simulations)
        n_rows = min(per_day, self._max_steps, max(MAX_BATCH_STEPS // len(engines), 1))
        batch = RunBatch(engines, n_rows=n_rows, n_threads=self._n_threads, before=self._batches)
        self._batches = [batch, *self._batches[: MAX_BATCHES - 1]]
        return batch


def _share_days(engines: Sequence[Engine]) -> None:
    """Let engines of one site take the series of their day from the first of them, which computes it."""
    days: dict[tuple[object, ...], tuple[int, SiteDay, Outlook]] = {}
    for engine in engines:
        day = engine.clock // engine.scenario.steps_per_day
        if engine.day_cache is None or engine.day_cache[0] != day:
            site = id(engine.exogenous), id(engine.expect_newcomers), engine.cap_kw, day
            engine.day_cache = days.get(site) or days.setdefault(site, engine.get_day())


def can_join(simulation: Simulation) -> bool:
    """Return whether the compiled loop can run the next steps of a simulation."""
    # Under a schedule, a later stretch of the run may go step by step.
    if simulation.engine.kernel.run_steps is None or simulation.scenario.setpoint_profile:
        return False
    from ev2gym_dashboard.compiled.run import can_run  # noqa: PLC0415 (see above)

    return can_run(simulation.engine, simulation.control)
