"""Master: the small linear programme that mixes the loads of groups at the meter, and its prices; by HiGHS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import highspy
import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.optimum.site_cost import SiteCost

OVERLOAD_FACTOR = 10.0
MIN_OVERLOAD_MAD_KWH = 50.0
"""Price of a kWh above the connection, as a multiple of the highest price, and at least: no answer exceeds it for long,
and the master is feasible from the first answers on."""

NO_ROWS: Mapping[int, float] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Mixture:
    """A solution of the master.

    Parameters
    ----------
    cost_mad : cost of the mixed loads [MAD]
    price_mad_kwh : (steps,) price of a kWh at the meter [MAD/kWh]
    power_prices : of each charge for power, the share (k,) of its price on each mean power [MAD/kW]
    shares : (answers, groups) share of each answer of a group, which add up to 1
    overload_kwh : energy above the connection, of import and of export [kWh]
    """

    cost_mad: float
    price_mad_kwh: Floats
    power_prices: tuple[Floats, ...]
    shares: Floats
    overload_kwh: float


def compute_overload_price(highest_mad_kwh: float) -> float:
    """Return the price of a kWh above the connection from the highest price of a kWh [MAD/kWh]."""
    return max(OVERLOAD_FACTOR * highest_mad_kwh, MIN_OVERLOAD_MAD_KWH)


class Master:
    """The master of a site; each answer adds a column per group.

    Parameters
    ----------
    site : cost of the net load
    n_groups : groups of vehicles
    highest_mad_kwh : highest price that a kWh may have for a vehicle [MAD/kWh]
    """

    def __init__(self, site: SiteCost, n_groups: int, *, highest_mad_kwh: float) -> None:
        self.site, self.n_groups = site, n_groups
        self.loads_kw: list[Floats] = []
        self.highs = highspy.Highs()  # type: ignore[no-untyped-call]
        # One thread: the small programme is faster so, and its solution does not depend on the machine.
        for option, value in (
            ("output_flag", False),
            ("log_to_console", False),
            ("threads", 1),
            ("parallel", "off"),
            ("simplex_strategy", 4),
        ):
            self.highs.setOptionValue(option, value)
        self._add_site(compute_overload_price(highest_mad_kwh))

    def add_answer(self, loads_kw: Floats, costs_mad: Floats) -> None:
        """Add the loads (groups, steps) of an answer [kW], and the costs of its vehicles (groups,) [MAD]."""
        for group in range(self.n_groups):
            self.add_column(group, loads_kw[group], float(costs_mad[group]))
        self.loads_kw.append(loads_kw)

    def add_column(self, group: int, load_kw: Floats, cost: float, *, others: Mapping[int, float] = NO_ROWS) -> None:
        """Add a load (steps,) of a group [kW] with its cost, and its values in other rows."""
        steps = np.flatnonzero(load_kw)
        rows = np.concatenate([steps, [self.first_group_row + group], list(others)]).astype(np.int32)
        values = np.concatenate([-load_kw[steps], [1.0], list(others.values())])
        self.highs.addCol(cost, 0.0, highspy.kHighsInf, len(rows), rows, values)

    def solve(self) -> Mixture:
        """Return the cheapest mixture of the answers so far.

        Raises
        ------
        ArithmeticError
            If HiGHS finds none: all limits are soft, so that only a fault of this programme can be the reason.
        """
        solution, site = self.run(), self.site
        dual, value = np.array(solution.row_dual), np.array(solution.col_value)
        n_steps, power_prices, row = len(site.other_load_kw), [], len(site.other_load_kw)
        for charge in site.charges:
            power_prices.append(dual[row : row + len(charge.weights)])
            row += len(charge.weights)
        return Mixture(
            cost_mad=self.highs.getInfo().objective_function_value + self.constant_mad,
            price_mad_kwh=dual[:n_steps] / site.timestep_h,
            power_prices=tuple(power_prices),
            shares=value[self.first_answer_column :].reshape(len(self.loads_kw), self.n_groups),
            overload_kwh=float(value[self.overload_columns].sum()) * site.timestep_h,
        )

    def run(self) -> highspy.HighsSolution:
        """Solve the programme as it is; raise `ArithmeticError` if HiGHS finds no solution."""
        self.highs.run()
        if (status := self.highs.getModelStatus()) != highspy.HighsModelStatus.kOptimal:
            raise ArithmeticError(f"the mixture of plans is {self.highs.modelStatusToString(status)}")
        return self.highs.getSolution()

    def _add_site(self, overload_mad_kwh: float) -> None:
        site, inf = self.site, highspy.kHighsInf
        n_steps, n_pieces = site.width_kw.shape
        cost = np.concatenate([site.price_mad_kwh.ravel(), np.full(n_steps, overload_mad_kwh)]) * site.timestep_h
        width = np.concatenate([site.width_kw.ravel(), np.full(n_steps, inf)])
        self._add_columns(cost, np.zeros(len(cost)), width)
        # V2G beyond what the connection exports is a load below the lowest one.
        first_below = len(cost)
        below = np.arange(first_below, first_below + n_steps)
        self._add_columns(
            np.full(n_steps, overload_mad_kwh * site.timestep_h), np.zeros(n_steps), np.full(n_steps, inf)
        )
        self.overload_columns = np.concatenate([np.arange(n_steps * n_pieces, first_below), below])
        self._add_columns(
            np.array([charge.price_mad_kw for charge in site.charges]),
            np.array([charge.paid_kw for charge in site.charges]),
            np.full(len(site.charges), inf),
        )
        first_peak = first_below + n_steps
        self.first_answer_column = first_peak + len(site.charges)
        of_step = [
            np.append(np.arange(n_pieces) + step * n_pieces, n_steps * n_pieces + step) for step in range(n_steps)
        ]
        for step, columns in enumerate(of_step):
            above_kw = site.other_load_kw[step] - site.lowest_kw[step]
            signs = np.append(np.ones(len(columns)), -1.0)
            self._add_row(above_kw, above_kw, np.append(columns, below[step]), signs)
        self.load_columns = [np.append(columns, below[step]) for step, columns in enumerate(of_step)]
        for number, charge in enumerate(site.charges):
            for weights in charge.weights:
                steps = np.flatnonzero(weights)
                columns = np.concatenate([[first_peak + number], *(of_step[step] for step in steps)])
                values = np.concatenate([[1.0], np.repeat(-weights[steps], n_pieces + 1)])
                self._add_row(float(weights @ site.lowest_kw), inf, columns, values)
        self.first_group_row = n_steps + sum(len(charge.weights) for charge in site.charges)
        for _ in range(self.n_groups):
            self._add_row(1.0, 1.0, np.empty(0), np.empty(0))
        paid_mad = sum(charge.price_mad_kw * charge.paid_kw for charge in site.charges)
        self.constant_mad = float(site.lowest_mad_h.sum()) * site.timestep_h + site.fixed_mad - paid_mad

    def _add_columns(self, cost: Floats, low: Floats, high: Floats) -> None:
        first = self.highs.getNumCol()
        self.highs.addVars(len(cost), low, high)
        self.highs.changeColsCost(len(cost), np.arange(first, first + len(cost), dtype=np.int32), cost)

    def _add_row(self, low: float, high: float, columns: NDArray[np.generic], values: Floats) -> None:
        self.highs.addRow(float(low), float(high), len(columns), columns.astype(np.int32), values.astype(np.float64))
