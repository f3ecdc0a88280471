"""Reference day of ``docs/physics.md``: a default fleet of 1,000 vehicles, recorded per step and vehicle."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.observation import StepView
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.evse_groups import PHASE_VOLTAGE_V
from ev2gym_dashboard.core.fleet.evse import EVSE_KINDS, UNPLUGGED
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.simulation.simulation import Simulation
from ev2gym_dashboard.service.simulation.strategy_control import make_control

SCENARIO = Scenario(fleet_size=1000, limit_kw_per_vehicle=1000.0)
TIMESTEP_H = SCENARIO.timestep_h
DC, ONE_PHASE, THREE_PHASES = 0, 1, 3
FLOAT32_TOLERANCE = 1e-6
"""Powers are stored in single precision."""

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class RecordedDay:
    """State and power of each vehicle in each step; arrays are (steps, vehicles), 0 while not plugged in.

    Parameters
    ----------
    engine : the engine at the end of the day
    code : code of the model and the EVSE kind, 0 = not plugged in
    soc : SOC at the beginning of the step, after driving
    power_kw : power at the grid side, positive = charging
    soc_change : change of the SOC in the step
    curtailed : True where the power is below the limit of vehicle and EVSE
    departure_step : step in which the stay ends
    initial_departure_step : (vehicles,) departure step of a stay that began before the day; -1 without one
    """

    engine: Engine
    code: NDArray[np.uint16]
    soc: Floats
    power_kw: Floats
    soc_change: Floats
    curtailed: Bools
    departure_step: NDArray[np.int32]
    initial_departure_step: NDArray[np.int32]

    @property
    def plugged(self) -> Bools:
        return np.not_equal(self.code, UNPLUGGED)

    @property
    def kind(self) -> NDArray[np.int64]:
        """Index of the EVSE kind in `EVSE_KINDS`; undefined where not plugged in."""
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
        """Energy charged, at the grid side."""
        return np.maximum(self.power_kw, 0.0) * TIMESTEP_H

    @cached_property
    def discharged_kwh(self) -> Floats:
        """Energy discharged, at the grid side."""
        return np.maximum(-self.power_kw, 0.0) * TIMESTEP_H

    @cached_property
    def stored_kwh(self) -> Floats:
        """Energy charged, at the battery."""
        return np.maximum(self.soc_change, 0.0) * self.capacity_kwh

    @cached_property
    def used_kwh(self) -> Floats:
        """Energy discharged, at the battery."""
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
    """Simulate the day and record each vehicle in each step."""
    simulation = Simulation(SCENARIO)
    engine, state = simulation.engine, simulation.engine.state
    control = make_control(SCENARIO.strategy, v2g=SCENARIO.v2g, params=SCENARIO.params)
    views: list[StepView] = []

    # The view exists only while a step is decided: the strategy's function is the one place to copy it from.
    def record_request(view: StepView, params: object) -> Floats:
        views.append(view)
        return control.request_power(view, params)

    initial_departure_step = np.where(state.departure_step > engine.clock, state.departure_step, -1)
    steps = []
    for _ in range(SCENARIO.n_steps):
        views.clear()
        engine.advance(1, replace(control, request_power=record_request))
        plugged = state.code != UNPLUGGED
        soc = _scatter_plugged(plugged, views[0].soc)
        charge_kw = _scatter_plugged(plugged, views[0].charge_limit_kw)
        discharge_kw = _scatter_plugged(plugged, views[0].discharge_limit_kw)
        power_kw, soc_change = state.power_kw * plugged, (state.soc - soc) * plugged
        curtailed = np.abs(power_kw) < np.where(power_kw > 0.0, charge_kw, discharge_kw) * (1.0 - FLOAT32_TOLERANCE)
        steps.append((state.code.copy(), soc, power_kw, soc_change, curtailed, state.departure_step.copy()))
    code, soc, power_kw, soc_change, curtailed, departure_step = (
        np.array(column) for column in zip(*steps, strict=True)
    )
    return RecordedDay(
        engine, code, soc, power_kw.astype(float), soc_change, curtailed, departure_step, initial_departure_step
    )


def _scatter_plugged(plugged: Bools, values: Floats) -> Floats:
    whole = np.zeros(plugged.shape)
    whole[plugged] = values
    return whole
