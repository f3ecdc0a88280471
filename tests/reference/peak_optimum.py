"""Lowest peak of a site with perfect foresight: a linear programme over the stays of a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array, vstack

from ev2gym_dashboard import Scenario, Simulation
from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.power_limits import StepLimits
from ev2gym_dashboard.core.control.step import Control
from ev2gym_dashboard.core.engine.step_numba import NUMBA_KERNEL
from ev2gym_dashboard.core.site.moment import Moment

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Recording:
    """A run step by step.

    ``code`` (0 unplugged), ``departure_step``, ``soc_before`` and ``soc_after`` are (steps, vehicles); ``other_kw`` and
    ``is_peak_hour`` are (steps,).
    """

    limits: StepLimits
    target_soc: float
    code: Integers
    departure_step: Integers
    soc_before: Floats
    soc_after: Floats
    other_kw: Floats
    is_peak_hour: NDArray[np.bool_]
    site_peak_kw: float
    unserved_kwh: float
    g2v_kwh: float


@dataclass(frozen=True)
class Stay:
    """A stay at an EVSE: the vehicle, its code, and its steps from ``first`` up to ``last``."""

    vehicle: int
    code: int
    first: int
    last: int


@dataclass
class Rows:
    """Entries of a sparse matrix."""

    row: list[Integers] = field(default_factory=list)
    column: list[Integers] = field(default_factory=list)
    value: list[Floats] = field(default_factory=list)

    def add(self, row: Integers, column: Integers, value: float) -> None:
        self.row.append(row)
        self.column.append(column)
        self.value.append(np.full(len(row), value))

    def make_matrix(self, shape: tuple[int, int]) -> coo_array:
        entries = (np.concatenate(self.row), np.concatenate(self.column))
        return coo_array((np.concatenate(self.value), entries), shape=shape)


def record_run(scenario: Scenario) -> Recording:
    """Run a scenario and record its vehicles in each step."""
    simulation = Simulation(scenario)
    engine, columns, moments = simulation.engine, [], []
    step_blocks = engine._step_blocks

    def observe(moment: Moment, control: Control) -> Floats:
        # After the transitions of the step and before its decisions.
        state = engine.state
        before = state.code.astype(np.int64), state.departure_step - engine.clock + engine.step, state.soc.copy()
        flows = step_blocks(moment, control)
        columns.append((*before, state.soc.copy()))
        moments.append(moment)
        return flows

    # Steps one by one, of which each can be observed.
    engine.kernel = NUMBA_KERNEL
    engine._step_blocks = observe  # type: ignore[method-assign]
    simulation.advance(scenario.n_steps)
    kpis = simulation.kpis
    code, departure_step, soc_before, soc_after = (np.array(column) for column in zip(*columns, strict=True))
    return Recording(
        limits=engine.limits,
        target_soc=engine.rules.target_soc,
        code=code,
        departure_step=departure_step,
        soc_before=soc_before,
        soc_after=soc_after,
        other_kw=np.array([moment.other_load_kw for moment in moments]),
        is_peak_hour=np.array([moment.peak for moment in moments]),
        site_peak_kw=kpis["site_peak_kw"],
        unserved_kwh=kpis["unserved_kwh"],
        g2v_kwh=kpis["g2v_kwh"],
    )


def list_stays(recording: Recording) -> Iterator[Stay]:
    """Yield the stays of the plugged-in vehicles."""
    for vehicle, (code, departure) in enumerate(zip(recording.code.T, recording.departure_step.T, strict=True)):
        changes = 1 + np.flatnonzero((code[1:] != code[:-1]) | (departure[1:] != departure[:-1]))
        edges = [0, *changes.tolist(), len(code)]
        for first, last in pairwise(edges):
            if code[first]:
                yield Stay(vehicle, int(code[first]), first, last)


def find_lowest_peak_kw(recording: Recording, *, v2g_min_soc: float | None) -> float:
    """Return the lowest peak that leaves each vehicle the SOC of the run at the end of each stay [kW].

    V2G runs in peak hours, down to ``v2g_min_soc``; None is without V2G. It is a lower bound: efficiencies are those at
    full current, and the taper is a linear limit.
    """
    limits, stays, n_steps = recording.limits, list(list_stays(recording)), len(recording.other_kw)
    size = sum(stay.last - stay.first for stay in stays)
    # Unknowns of each step of a stay: charging [kW], V2G [kW], SOC at its end; the last one is the peak [kW].
    low, high = np.zeros(3 * size + 1), np.full(3 * size + 1, np.inf)
    load, balance, taper, start_soc = Rows(), Rows(), Rows(), np.zeros(size)
    start = 0
    for stay in stays:
        steps, code = np.arange(stay.first, stay.last), stay.code
        charge = start + np.arange(len(steps))
        give, soc = charge + size, charge + 2 * size
        hours_per_kwh = limits.timestep_h / limits.ratings.capacity_kwh[code]
        gain_per_kw = hours_per_kwh * limits.ratings.charge_efficiency[code]
        use_per_kw = hours_per_kwh / limits.ratings.discharge_efficiency[code]
        first_soc, last_soc = (
            recording.soc_before[stay.first, stay.vehicle],
            recording.soc_after[stay.last - 1, stay.vehicle],
        )
        load.add(steps, charge, 1.0)
        load.add(steps, give, -1.0)
        balance.add(charge, soc, 1.0)
        balance.add(charge[1:], soc[:-1], -1.0)
        balance.add(charge, charge, -gain_per_kw)
        balance.add(charge, give, use_per_kw)
        taper.add(charge, charge, gain_per_kw)
        taper.add(charge[1:], soc[:-1], limits.taper_gain[code])
        start_soc[start] = first_soc
        high[charge] = limits.ratings.charge_kw[code]
        high[give] = 0.0 if v2g_min_soc is None else limits.ratings.discharge_kw[code] * recording.is_peak_hour[steps]
        high[soc] = max(recording.target_soc, first_soc, last_soc)
        low[soc] = first_soc if v2g_min_soc is None else min(first_soc, v2g_min_soc)
        # Rounding of the run's own sums.
        low[soc[-1]] = max(last_soc - 1e-9, low[soc[-1]])
        start += len(steps)
    load.add(np.arange(n_steps), np.full(n_steps, 3 * size), -1.0)
    taper_gain = np.concatenate([np.full(stay.last - stay.first, limits.taper_gain[stay.code]) for stay in stays])
    result = linprog(
        np.append(np.zeros(3 * size), 1.0),
        A_ub=vstack([load.make_matrix((n_steps, len(low))), taper.make_matrix((size, len(low)))]),
        b_ub=np.concatenate([-recording.other_kw, taper_gain * (1.0 - start_soc)]),
        A_eq=balance.make_matrix((size, len(low))),
        b_eq=start_soc,
        bounds=np.column_stack([low, high]),
        method="highs-ds",
    )
    assert result.status == 0, result.message
    return float(result.fun)
