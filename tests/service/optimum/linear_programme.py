"""The same problem as one linear programme, by SciPy's HiGHS: what price decomposition is checked against."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from ev2gym_dashboard.core.optimum.chains import Stays
from ev2gym_dashboard.service.optimum.problem import Problem

INFEASIBLE = 2
"""Status of SciPy."""


class LinearProgramme:
    """Columns, rows and costs, collected one after the other."""

    def __init__(self) -> None:
        self.cost: list[float] = []
        self.bounds: list[tuple[float, float]] = []
        self.rows: list[tuple[dict[int, float], float, float]] = []

    def add_column(self, cost: float, low: float = 0.0, high: float = np.inf) -> int:
        self.cost.append(cost)
        self.bounds.append((low, high))
        return len(self.cost) - 1

    def add_row(self, columns: dict[int, float], low: float, high: float) -> None:
        self.rows.append((columns, low, high))

    def solve(self) -> float:
        """Return the least cost, infinite where nothing is feasible."""
        upper = [(c, high) for c, low, high in self.rows if low != high and np.isfinite(high)]
        upper += [({k: -v for k, v in c.items()}, -low) for c, low, high in self.rows if low != high and low > -np.inf]
        equal = [(c, low) for c, low, high in self.rows if low == high]
        result = linprog(
            self.cost,
            A_ub=self._make_matrix(upper),
            b_ub=[b for _, b in upper],
            A_eq=self._make_matrix(equal),
            b_eq=[b for _, b in equal],
            bounds=self.bounds,
            method="highs",
        )
        if result.status == INFEASIBLE:
            return float(np.inf)
        assert result.status == 0, result.message
        return float(result.fun)

    def _make_matrix(self, rows: list[tuple[dict[int, float], float]]) -> csr_array:
        entries = [(i, j, v) for i, (columns, _) in enumerate(rows) for j, v in columns.items()]
        columns = np.array(entries, dtype=np.float64).reshape(-1, 3).T
        return csr_array((columns[2], columns[:2].astype(np.intp)), shape=(len(rows), len(self.cost)))


RELAXED, RESTRICTED = "relaxed", "restricted"
"""What is not convex, a fall below the floor of V2G or of drives: as its convex hull, or left out."""


def solve_exactly(problem: Problem) -> float:
    """Return the optimum of a problem whose batteries never fall to the floors of V2G and of drives [MAD]."""
    return solve_programme(problem, problem.plan_stays, RESTRICTED)


def solve_programme(problem: Problem, stays: Stays, kind: str, *, overload_mad_kwh: float | None = None) -> float:
    """Return the optimum of a problem with some stays [MAD], infinite where it has none.

    The relaxed programme is at most the optimum, and the restricted one at least; where no battery falls to a floor
    both are equal. The connection is hard, or soft at a price.
    """
    programme, site, dt = LinearProgramme(), problem.site, problem.prices.timestep_h
    load: list[dict[int, float]] = [{} for _ in range(problem.n_steps)]
    constant = _add_vehicles(programme, problem, stays, load, is_relaxed=kind == RELAXED)
    peaks = [programme.add_column(charge.price_mad_kw, charge.paid_kw) for charge in site.charges]
    pieces = []
    for step in range(problem.n_steps):
        own = [
            programme.add_column(price * dt, 0.0, width)
            for price, width in zip(site.price_mad_kwh[step], site.width_kw[step], strict=True)
        ]
        if overload_mad_kwh is not None:
            own.append(programme.add_column(overload_mad_kwh * dt))
            load[step][programme.add_column(overload_mad_kwh * dt)] = 1.0
        pieces.append(own)
        other_kw = site.other_load_kw[step] - site.lowest_kw[step]
        balance = dict.fromkeys(own, 1.0) | {column: -value for column, value in load[step].items()}
        programme.add_row(balance, other_kw, other_kw)
    for charge, peak in zip(site.charges, peaks, strict=True):
        for weights in charge.weights:
            row = {column: -w for w, own in zip(weights, pieces, strict=True) if w for column in own}
            programme.add_row(row | {peak: 1.0}, float(weights @ site.lowest_kw), np.inf)
    constant += float(site.lowest_mad_h.sum()) * dt + site.fixed_mad + problem.fixed_mad
    constant -= sum(charge.price_mad_kw * charge.paid_kw for charge in site.charges)
    return programme.solve() + constant


def _add_vehicles(
    programme: LinearProgramme, problem: Problem, stays: Stays, load: list[dict[int, float]], *, is_relaxed: bool
) -> float:
    vehicles, prices = problem.vehicles, problem.prices
    dt, constant = prices.timestep_h, 0.0
    for vehicle in range(len(vehicles.row)):
        capacity, top = vehicles.capacity_kwh[vehicle], vehicles.top_kwh[vehicle]
        known: float | None = float(vehicles.energy_kwh[vehicle])
        energy = programme.add_column(0.0, vehicles.energy_kwh[vehicle], vehicles.energy_kwh[vehicle])
        for stay in range(vehicles.first_stay[vehicle], vehicles.first_stay[vehicle + 1]):
            programme.cost[energy] += stays.road_mad_kwh[stay]
            known = None if known is None else drive(known, stays, stay, capacity)
            energy = _add_drive(programme, energy, known, stays, stay, top, is_relaxed=is_relaxed)
            programme.cost[energy] += stays.arrival_mad_kwh[stay]
            constant += stays.arrival_mad[stay]
            gain, give, tg = stays.gain_kwh[stay], stays.give_kwh[stay], stays.taper_gain[stay]
            low = stays.floor_kwh[stay] if give > 0.0 else 0.0
            if low >= top or (is_relaxed if known is None else known < low):
                # Below the floor it only charges: either V2G at any energy, or none in this stay.
                low, give = 0.0, give if is_relaxed else 0.0
            for step in range(stays.start[stay], stays.end[stay]):
                charged = programme.add_column(0.0, 0.0, gain)
                given = programme.add_column(prices.wear_mad_kwh * stays.give_efficiency[stay], 0.0, give)
                after = programme.add_column(prices.hold_mad_kwh, low, top)
                programme.add_row({after: 1.0, energy: -1.0, charged: -1.0, given: 1.0}, 0.0, 0.0)
                programme.add_row({charged: 1.0, energy: tg}, -np.inf, tg * capacity)
                load[step][charged] = 1.0 / (stays.charge_efficiency[stay] * dt)
                load[step][given] = -stays.give_efficiency[stay] / dt
                energy, known = after, None
            missing = programme.add_column(stays.due_mad_kwh[stay])
            programme.add_row({missing: 1.0, energy: 1.0}, stays.due_kwh[stay], np.inf)
            programme.cost[energy] += stays.departure_mad_kwh[stay]
        programme.cost[energy] += vehicles.tail_mad_kwh[vehicle]
    return constant


def drive(energy_kwh: float, stays: Stays, stay: int, capacity_kwh: float) -> float:
    """Return the energy after the drive before a stay, as the engine drives."""
    drawn, floor = float(stays.drive_kwh[stay]), float(stays.drive_floor_kwh[stay])
    if drawn < 0.0:
        return min(energy_kwh - drawn, capacity_kwh)
    return max(energy_kwh - drawn, min(energy_kwh, floor))


def _add_drive(
    programme: LinearProgramme,
    energy: int,
    known: float | None,
    stays: Stays,
    stay: int,
    top: float,
    *,
    is_relaxed: bool,
) -> int:
    """Add the energy at an arrival; where it is not known, a battery at its floor drives for nothing."""
    drawn, floor = float(stays.drive_kwh[stay]), float(stays.drive_floor_kwh[stay])
    if known is not None:
        return programme.add_column(0.0, known, known)
    arrived = programme.add_column(0.0, 0.0 if is_relaxed else floor, top)
    if not is_relaxed:
        programme.add_row({arrived: 1.0, energy: -1.0}, -drawn, -drawn)
        return arrived
    programme.add_row({arrived: 1.0, energy: -1.0}, -drawn, 0.0)
    if top > floor:
        # The line from the floor to the full battery, above which no energy after a drive lies.
        slope = (max(top - drawn, floor) - floor) / (top - floor)
        programme.add_row({arrived: 1.0, energy: -slope}, -np.inf, floor * (1.0 - slope))
    return arrived
