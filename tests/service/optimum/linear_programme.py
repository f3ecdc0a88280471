"""The same problem as one linear programme, by SciPy's HiGHS: what price decomposition is checked against."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from ev2gym_dashboard.service.optimum.problem import Problem


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
        """Return the least cost."""
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
        assert result.status == 0, result.message
        return float(result.fun)

    def _make_matrix(self, rows: list[tuple[dict[int, float], float]]) -> csr_array:
        entries = [(i, j, v) for i, (columns, _) in enumerate(rows) for j, v in columns.items()]
        i, j, v = (np.array(column) for column in zip(*entries, strict=True))
        return csr_array((v, (i, j)), shape=(len(rows), len(self.cost)))


def solve_exactly(problem: Problem) -> float:
    """Return the optimum of a problem whose batteries never fall to the floors of V2G and of drives [MAD]."""
    programme, site, dt = LinearProgramme(), problem.site, problem.prices.timestep_h
    load: list[dict[int, float]] = [{} for _ in range(problem.n_steps)]
    constant = _add_vehicles(programme, problem, load)
    peaks = [programme.add_column(charge.price_mad_kw, charge.paid_kw) for charge in site.charges]
    pieces = []
    for step in range(problem.n_steps):
        own = [
            programme.add_column(price * dt, 0.0, width)
            for price, width in zip(site.price_mad_kwh[step], site.width_kw[step], strict=True)
        ]
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


def _add_vehicles(programme: LinearProgramme, problem: Problem, load: list[dict[int, float]]) -> float:
    vehicles, stays, prices = problem.vehicles, problem.plan_stays, problem.prices
    dt, constant = prices.timestep_h, 0.0
    for vehicle in range(len(vehicles.row)):
        capacity, top = vehicles.capacity_kwh[vehicle], vehicles.top_kwh[vehicle]
        energy = programme.add_column(0.0, vehicles.energy_kwh[vehicle], vehicles.energy_kwh[vehicle])
        for stay in range(vehicles.first_stay[vehicle], vehicles.first_stay[vehicle + 1]):
            programme.cost[energy] += stays.road_mad_kwh[stay]
            arrived = programme.add_column(0.0, 0.0, top)
            programme.add_row({arrived: 1.0, energy: -1.0}, -stays.drive_kwh[stay], -stays.drive_kwh[stay])
            energy = arrived
            gain, give, tg = stays.gain_kwh[stay], stays.give_kwh[stay], stays.taper_gain[stay]
            low = stays.floor_kwh[stay] if give > 0.0 else 0.0
            for step in range(stays.start[stay], stays.end[stay]):
                charged = programme.add_column(0.0, 0.0, gain)
                given = programme.add_column(prices.wear_mad_kwh * stays.give_efficiency[stay], 0.0, give)
                after = programme.add_column(prices.hold_mad_kwh, low, top)
                programme.add_row({after: 1.0, energy: -1.0, charged: -1.0, given: 1.0}, 0.0, 0.0)
                programme.add_row({charged: 1.0, energy: tg}, -np.inf, tg * capacity)
                load[step][charged] = 1.0 / (stays.charge_efficiency[stay] * dt)
                load[step][given] = -stays.give_efficiency[stay] / dt
                energy = after
            missing = programme.add_column(stays.due_mad_kwh[stay])
            programme.add_row({missing: 1.0, energy: 1.0}, stays.due_kwh[stay], np.inf)
        programme.cost[energy] += vehicles.tail_mad_kwh[vehicle]
    return constant
