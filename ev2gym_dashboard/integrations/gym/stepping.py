"""Stepping of the fleets of a batch: all in one compiled call, or one by one where they cannot be compiled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from ev2gym_dashboard.core.arrays import Booleans, Floats, Floats32
from ev2gym_dashboard.core.control.setpoints import SlotSetpoints
from ev2gym_dashboard.core.control.step import Control
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.integrations.gym.actions import ActionForm
from ev2gym_dashboard.integrations.gym.observer import observe_slots
from ev2gym_dashboard.integrations.gym.stack import FleetStack
from ev2gym_dashboard.service.simulation.simulation import Simulation

METER_COLUMNS = ("import_kw", "export_kw", "price_mad_kwh", "export_mad_kwh")
SERIES_KEYS = {
    "unserved_kwh": "energy missing to the target at the departures as the step began [kWh]",
    "net_power_kw": "charging less V2G, mean over the step, positive = import [kW]",
    "net_load_kw": "at the meter, positive = import [kW]",
}
"""Series of the run that ``info`` has too."""
READ_COLUMNS = (*METER_COLUMNS, *SERIES_KEYS)
"""Records of a step that its costs and ``info`` need."""


class Steps(Protocol):
    """Steps of some fleets, each under a control."""

    def serve(self, simulations: Sequence[Simulation]) -> bool:
        """Return whether these are still the fleets that are stepped."""

    def adopt(self, engines: list[Engine]) -> None:
        """Make the cold engines of the next episode, which have the arrays of these, warm up in the same place."""

    def restart(self, simulations: Sequence[Simulation]) -> bool:
        """Go on with the fleets of the next episode; return whether these steps can."""

    def advance(self) -> None:
        """Run a step of each fleet."""

    def store(self) -> None:
        """Bring the engines up to date."""

    def read_columns(self) -> Floats:
        """Return the records of the last step in the order of `READ_COLUMNS`, (columns, fleets)."""

    def observe(self) -> tuple[Floats32, Booleans]:
        """Return the numbers of the slots, (fleets, numbers), and which slots have a vehicle, (fleets, slots)."""

    def compute_worn_mad(self) -> Floats:
        """Return the cost of the wear since the start, (fleets,) [MAD]."""


class EngineSteps:
    """Steps of the engines one after the other."""

    def __init__(
        self, simulations: Sequence[Simulation], controls: Sequence[Control], stack: FleetStack, form: ActionForm
    ) -> None:
        self.engines, self.controls = [simulation.engine for simulation in simulations], controls
        self.stack, self.form, self.n_slots = stack, form, len(form.list_names(self.engines[0]))

    def serve(self, simulations: Sequence[Simulation]) -> bool:
        return are_same(simulations, self.engines, self.controls)

    def adopt(self, engines: list[Engine]) -> None:  # noqa: ARG002 (each warms up alone)
        return

    def restart(self, simulations: Sequence[Simulation]) -> bool:  # noqa: ARG002 (a kernel may be that of one episode)
        return False

    def advance(self) -> None:
        for engine, control in zip(self.engines, self.controls, strict=True):
            engine.advance(1, control)

    def store(self) -> None:
        # Engines that step themselves are up to date.
        return

    def read_columns(self) -> Floats:
        return np.array([[engine.records.series[name][-1] for engine in self.engines] for name in READ_COLUMNS])

    def observe(self) -> tuple[Floats32, Booleans]:
        present = self.stack.find_present(self.engines[0].clock)
        n_fleets, n_slots = len(self.engines), self.n_slots
        slots = self.form.find_slots(present)
        by_slot = observe_slots(self.stack, present, slots, n_fleets=n_fleets, n_slots=n_slots)
        return by_slot.swapaxes(0, 1).reshape(n_fleets, -1).astype(np.float32), by_slot[0] > 0.0

    def compute_worn_mad(self) -> Floats:
        # The means of the vehicles on the road depend on the queue of each engine.
        mean_soc = np.stack([engine.mean_soc for engine in self.engines])
        plugged_steps = np.stack([engine.plugged_steps for engine in self.engines])
        return self.stack.compute_wear_mad(mean_soc, plugged_steps, n_steps=self.engines[0].step)


def are_same(simulations: Sequence[Simulation], engines: Sequence[Engine], controls: Sequence[Control]) -> bool:
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
        from ev2gym_dashboard.compiled.run import can_run  # noqa: PLC0415
        from ev2gym_dashboard.integrations.gym.compiled_steps import CompiledSteps  # noqa: PLC0415

        if all(can_run(engine, control) for engine, control in zip(engines, controls, strict=True)):
            n_slots = len(form.list_names(engines[0]))
            return CompiledSteps(simulations, controls, n_slots=n_slots, observes_wear=observes_wear)
    return EngineSteps(simulations, controls, stack, form)
