"""The shared day of ``docs/physics.md``: a default fleet of 1,000, and what each vehicle did in each step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.observation import StepView
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.fleet.evse import EVSE_KINDS, PHASE_VOLTAGE_V, UNPLUGGED
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.simulation.simulation import Simulation, make_control

SCENARIO = Scenario(fleet_size=1000, limit_kw_per_vehicle=1000.0)
TIMESTEP_H = SCENARIO.timestep_h
DC, ONE_PHASE, THREE_PHASES = 0, 1, 3
FLOAT32_TOLERANCE = 1e-6
"""Powers are kept in single precision."""

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class RecordedDay:
    """What every vehicle did in every step; arrays are (steps, vehicles), 0 where it was not plugged in.

    Parameters
    ----------
    engine : at the end of the day
    code : of model and EVSE, 0 = not plugged in
    soc : at the beginning of the step, after driving
    power_kw : at the grid side, positive = charging
    soc_change : in the step
    held_back : whether it charged or discharged less than it could have
    departure_step : in which the stay ends
    stays_at_start : (vehicles,) step in which a stay ends that had begun before the day; -1 without one
    """

    engine: Engine
    code: NDArray[np.uint16]
    soc: Floats
    power_kw: Floats
    soc_change: Floats
    held_back: Bools
    departure_step: NDArray[np.int32]
    stays_at_start: NDArray[np.int32]

    @property
    def plugged(self) -> Bools:
        return np.not_equal(self.code, UNPLUGGED)

    @property
    def kind(self) -> NDArray[np.int64]:
        """Place of the EVSE in `KINDS`; of no meaning where not plugged in."""
        return (self.code.astype(np.int64) - 1) % len(EVSE_KINDS)

    @cached_property
    def phases(self) -> NDArray[np.int64]:
        """Phases of the EVSE, 0 = DC, -1 = not plugged in."""
        phases = np.array([evse.phases for evse, _ in EVSE_KINDS])
        return np.where(self.plugged, phases[self.kind], -1)

    @cached_property
    def model(self) -> NDArray[np.int64]:
        """Model of each vehicle, by index, (vehicles,)."""
        return self.engine.fleet.find_models(np.arange(self.engine.fleet.size))

    @property
    def capacity_kwh(self) -> Floats:
        """Capacity of each vehicle, (vehicles,)."""
        return self.engine.fleet.capacity_kwh[self.model]

    @cached_property
    def charged_kwh(self) -> Floats:
        """Energy taken at the grid side."""
        return np.maximum(self.power_kw, 0.0) * TIMESTEP_H

    @cached_property
    def discharged_kwh(self) -> Floats:
        """Energy given back at the grid side."""
        return np.maximum(-self.power_kw, 0.0) * TIMESTEP_H

    @cached_property
    def stored_kwh(self) -> Floats:
        """Energy that came into the batteries."""
        return np.maximum(self.soc_change, 0.0) * self.capacity_kwh

    @cached_property
    def used_kwh(self) -> Floats:
        """Energy that went out of the batteries."""
        return np.maximum(-self.soc_change, 0.0) * self.capacity_kwh

    @cached_property
    def current_a(self) -> Floats:
        """Mean current per phase; 0 for DC."""
        return np.abs(self.power_kw) * 1000.0 / (np.maximum(self.phases, 1) * PHASE_VOLTAGE_V) * (self.phases > DC)

    @property
    def price_mad_kwh(self) -> Floats:
        """Price in each step, (steps,)."""
        return np.array(self.engine.records.series["price_mad_kwh"])


def record_day() -> RecordedDay:
    """Run the day, and keep what each vehicle did in each step."""
    simulation = Simulation(SCENARIO)
    engine, state = simulation.engine, simulation.engine.state
    control = make_control(SCENARIO.strategy, v2g=SCENARIO.v2g, params=SCENARIO.params)
    seen: list[StepView] = []

    def request_power(view: StepView, params: object) -> Floats:
        seen.append(view)
        return control.request_power(view, params)

    stays_at_start = np.where(state.departure_step > engine.clock, state.departure_step, -1)
    steps = []
    for _ in range(SCENARIO.n_steps):
        seen.clear()
        engine.advance(1, replace(control, request_power=request_power))
        plugged = state.code != UNPLUGGED
        soc = _scatter_plugged(plugged, seen[0].soc)
        charge_kw = _scatter_plugged(plugged, seen[0].charge_limit_kw)
        discharge_kw = _scatter_plugged(plugged, seen[0].discharge_limit_kw)
        power_kw, soc_change = state.power_kw * plugged, (state.soc - soc) * plugged
        held_back = np.abs(power_kw) < np.where(power_kw > 0.0, charge_kw, discharge_kw) * (1.0 - FLOAT32_TOLERANCE)
        steps.append((state.code.copy(), soc, power_kw, soc_change, held_back, state.departure_step.copy()))
    code, soc, power_kw, soc_change, held_back, departure_step = (
        np.array(column) for column in zip(*steps, strict=True)
    )
    return RecordedDay(engine, code, soc, power_kw.astype(float), soc_change, held_back, departure_step, stays_at_start)


def _scatter_plugged(plugged: Bools, values: Floats) -> Floats:
    whole = np.zeros(plugged.shape)
    whole[plugged] = values
    return whole
