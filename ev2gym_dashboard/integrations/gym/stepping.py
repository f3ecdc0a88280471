"""Stepping of the fleets of a batch: all in one compiled call, or one by one where they cannot be compiled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ev2gym_dashboard.core.arrays import Booleans, Counts, Floats, Floats32
from ev2gym_dashboard.core.control.setpoints import SlotSetpoints
from ev2gym_dashboard.core.control.step import Control
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.engine.recorder import COLUMNS
from ev2gym_dashboard.integrations.gym.actions import ActionForm
from ev2gym_dashboard.integrations.gym.observer import observe_slots
from ev2gym_dashboard.integrations.gym.stack import FleetStack
from ev2gym_dashboard.service.simulation.simulation import Simulation

if TYPE_CHECKING:
    from ev2gym_dashboard.compiled.batch import RunBatch


class Steps(Protocol):
    """Steps of some fleets, each under a control."""

    def serve(self, simulations: Sequence[Simulation]) -> bool:
        """Return whether these are still the fleets that are stepped."""

    def advance(self) -> None:
        """Run a step of each fleet."""

    def store(self) -> None:
        """Bring the engines up to date."""

    def read_last(self) -> Floats:
        """Return the records of the last step, (fleets, columns), in the order of `COLUMNS`."""

    def observe(self, observations: Floats32, masks: Booleans) -> None:
        """Write the numbers of the slots, with which ``observations`` end, and which slots have a vehicle."""

    def observe_wear(self) -> tuple[Floats, Counts]:
        """Return mean SOC and plugged-in steps of the vehicles, (fleets, n), as observed last."""


class EngineSteps:
    """Steps of the engines one after the other."""

    def __init__(
        self, simulations: Sequence[Simulation], controls: Sequence[Control], stack: FleetStack, form: ActionForm
    ) -> None:
        self.engines, self.controls = [simulation.engine for simulation in simulations], controls
        self.stack, self.form = stack, form

    def serve(self, simulations: Sequence[Simulation]) -> bool:
        return _are_same(simulations, self.engines, self.controls)

    def advance(self) -> None:
        for engine, control in zip(self.engines, self.controls, strict=True):
            engine.advance(1, control)

    def store(self) -> None:
        # Engines that step themselves are up to date.
        return

    def read_last(self) -> Floats:
        return np.array([[engine.records.series[name][-1] for name in COLUMNS] for engine in self.engines])

    def observe(self, observations: Floats32, masks: Booleans) -> None:
        present = self.stack.find_present(self.engines[0].clock)
        n_fleets, n_slots = masks.shape
        slots = self.form.find_slots(present)
        by_slot = observe_slots(self.stack, present, slots, n_fleets=n_fleets, n_slots=n_slots)
        observations[:, -len(by_slot) * n_slots :] = by_slot.swapaxes(0, 1).reshape(n_fleets, -1)
        masks[:] = by_slot[0] > 0.0

    def observe_wear(self) -> tuple[Floats, Counts]:
        # The means of the vehicles on the road depend on the queue of each engine.
        mean_soc = np.stack([engine.mean_soc for engine in self.engines])
        return mean_soc, np.stack([engine.plugged_steps for engine in self.engines])


class CompiledSteps:
    """Steps of all fleets in one call, whose engines are brought up to date where somebody looks, and at midnight."""

    def __init__(
        self, simulations: Sequence[Simulation], controls: Sequence[Control], *, batch: RunBatch, observes_wear: bool
    ) -> None:
        self.engines, self.controls, self.batch = [simulation.engine for simulation in simulations], controls, batch
        shape = (len(self.engines), self.engines[0].fleet.size) if observes_wear else (0, 0)
        self.mean_soc, self.plugged_steps = np.zeros(shape), np.zeros(shape, np.int64)
        self.n_left, self.n_done, self.is_loaded = 0, 0, False

    def serve(self, simulations: Sequence[Simulation]) -> bool:
        # Who has not been handed the fleets has not changed them.
        return self.is_loaded or (
            _are_same(simulations, self.engines, self.controls)
            and all(engine.kernel.run_steps is not None for engine in self.engines)
        )

    def advance(self) -> None:
        if self.n_done == self.n_left or not self.is_loaded:
            self._load()
        self.batch.advance_all()
        self.n_done += 1

    def store(self) -> None:
        if self.is_loaded:
            self.batch.store()
            self.is_loaded = False

    def read_last(self) -> Floats:
        # A copy: the next day of the fleets is recorded in the same place.
        return self.batch.rows[:, self.n_done - 1].copy()

    def observe(self, observations: Floats32, masks: Booleans) -> None:
        if not self.is_loaded:
            self._load()
        self.batch.observe(observations, masks, self.mean_soc, self.plugged_steps)

    def observe_wear(self) -> tuple[Floats, Counts]:
        return self.mean_soc, self.plugged_steps

    def _load(self) -> None:
        self.store()
        first = self.engines[0]
        for engine, control in zip(self.engines, self.controls, strict=True):
            engine.set_cap(control.site_cap_kw)
            # The same series of the site: computed once for all fleets.
            if engine is not first and engine.exogenous is first.exogenous:
                engine.day_cache = first.get_day()
        self.batch.load(self.controls)
        self.n_left, self.n_done, self.is_loaded = self.batch.count_steps_left(), 0, True


def _are_same(simulations: Sequence[Simulation], engines: Sequence[Engine], controls: Sequence[Control]) -> bool:
    runs = zip(simulations, engines, controls, strict=True)
    # The slots of a control are found in the state of its engine.
    return all(
        run.engine is engine and isinstance(control.params, SlotSetpoints) and control.params.evse is engine.state.evse
        for run, engine, control in runs
    )


def start_steps(
    simulations: Sequence[Simulation],
    controls: Sequence[Control],
    *,
    stack: FleetStack,
    form: ActionForm,
    observes_wear: bool,
) -> Steps:
    """Return the steps of fleets at the same time of one scenario, compiled where they can be."""
    engines = [simulation.engine for simulation in simulations]
    if all(engine.kernel.run_steps is not None for engine in engines):
        # Only here: Numba takes a second to import.
        from ev2gym_dashboard.compiled.batch import RunBatch  # noqa: PLC0415
        from ev2gym_dashboard.compiled.run import can_run  # noqa: PLC0415

        if all(can_run(engine, control) for engine, control in zip(engines, controls, strict=True)):
            return CompiledSteps(simulations, controls, batch=RunBatch(engines), observes_wear=observes_wear)
    return EngineSteps(simulations, controls, stack, form)
