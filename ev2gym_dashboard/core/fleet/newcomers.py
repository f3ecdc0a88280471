"""Newcomers: the energy that vehicles which have yet to arrive are expected to need by their departures."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol

import numpy as np

from ev2gym_dashboard.core.arrays import Counts, Floats
from ev2gym_dashboard.core.fleet.arrivals import TICKS_PER_H
from ev2gym_dashboard.core.fleet.day_plan import DayPlan
from ev2gym_dashboard.core.fleet.evse import Ratings

QUARTERS_PER_DAY = 96
HORIZON_QUARTERS = 2 * QUARTERS_PER_DAY
TICKS_PER_QUARTER = TICKS_PER_H // 4
ARRIVAL_BLOCK, DEPARTURE_BLOCK = 4, 12
"""Quarters of an hour of arrivals and of departures that `list_needs` puts together: an hour, and three."""
MIN_NEED_KWH = 1e-6


class ExpectNewcomers(Protocol):
    """Function that returns the table of `tabulate_newcomers` for a weekday or a day of the weekend."""

    def __call__(self, *, weekend: bool) -> Floats: ...


def tabulate_newcomers(
    plans: Iterable[DayPlan], *, timestep_h: float, charge_kw: float, charge_efficiency: float
) -> Floats:
    """Return the energy that a fleet is expected to need on a day, from the plans of days like it.

    Parameters
    ----------
    plans : plans of the days over which the mean is taken
    timestep_h : length of a step [h]
    charge_kw, charge_efficiency : means of the vehicles of the site at its EVSEs

    Returns
    -------
    (QUARTERS_PER_DAY + 1, HORIZON_QUARTERS + 1) energy at the grid side [kWh] of the vehicles that arrive in or after a
    quarter of an hour of the day and leave at the latest at the end of another, counted from the midnight before it

    Notes
    -----
    A vehicle is expected to need what it has driven, and at most full power for its stay.
    """
    tables = [_sum_needs(plan, timestep_h, charge_kw, charge_efficiency) for plan in plans]
    mean_kwh = np.mean(tables, axis=0)
    # From the last arrival backwards, and from the first departure on.
    table: Floats = mean_kwh[::-1].cumsum(axis=0)[::-1].cumsum(axis=1)
    return table


def _sum_needs(plan: DayPlan, timestep_h: float, charge_kw: float, charge_efficiency: float) -> Floats:
    arrival = plan.arrival_tick // TICKS_PER_QUARTER
    departure_h = (plan.departure_step - plan.first_step) * timestep_h
    departure = np.ceil(4.0 * departure_h).astype(np.intp)
    need_kwh = np.minimum(
        plan.drive_kwh / charge_efficiency, charge_kw * (departure_h - plan.arrival_tick / TICKS_PER_H)
    )
    # Later departures share the last column, which no deadline within the horizon reaches.
    shape = QUARTERS_PER_DAY + 1, HORIZON_QUARTERS + 2
    cells = arrival * shape[1] + np.minimum(departure, HORIZON_QUARTERS + 1)
    sums_kwh: Floats = np.bincount(cells, need_kwh, shape[0] * shape[1]).astype(np.float64)
    return sums_kwh.reshape(shape)[:, :-1]


def find_newcomers_kwh(table: Floats, first_quarter: int, deadline_quarter: int, n: int) -> Floats:
    """Return the energy that those who arrive from a quarter of the day on need by ``n`` deadlines, (n,) [kWh].

    The deadlines follow each other by a quarter of an hour, from ``deadline_quarter`` on; it may lie before midnight.
    """
    row = table[min(first_quarter, QUARTERS_PER_DAY)]
    by_deadline = np.full(n, row[-1])
    before = max(-deadline_quarter, 0)
    by_deadline[:before] = 0.0
    known = row[max(deadline_quarter, 0) : max(deadline_quarter, 0) + max(n - before, 0)]
    by_deadline[before : before + len(known)] = known
    return by_deadline


class ExpectedNeeds(NamedTuple):
    """Energy that newcomers are expected to need, by arrival and departure, each (m,).

    Parameters
    ----------
    arrival_h, departure_h : hours from now
    need_kwh : at the grid side [kWh]
    """

    arrival_h: Floats
    departure_h: Floats
    need_kwh: Floats


def list_needs(table: Floats, first_quarter: float, last_quarter: float, *, now_quarter: float) -> ExpectedNeeds:
    """Return the needs of those who arrive between two times of a day, from its table.

    Parameters
    ----------
    table : as of `tabulate_newcomers`
    first_quarter, last_quarter : quarters of an hour of the day
    now_quarter : the present, in quarters of an hour after the same midnight; before it, it is negative
    """
    first, last = (min(max(round(quarter), 0), QUARTERS_PER_DAY) for quarter in (first_quarter, last_quarter))
    arrivals = np.append(np.arange(first, last, ARRIVAL_BLOCK), last)
    departures = np.append(np.arange(first, HORIZON_QUARTERS, DEPARTURE_BLOCK), HORIZON_QUARTERS)
    need_kwh = -np.diff(np.diff(table[np.ix_(arrivals, departures)], axis=0), axis=1)
    row, column = np.nonzero(need_kwh > MIN_NEED_KWH)
    middles = (arrivals[:-1] + arrivals[1:]) / 2.0, (departures[:-1] + departures[1:]) / 2.0
    arrival_h, departure_h = (middles[0][row] - now_quarter) / 4.0, (middles[1][column] - now_quarter) / 4.0
    return ExpectedNeeds(arrival_h, departure_h, need_kwh[row, column])


def compute_mean_rating(ratings: Ratings, *, model_counts: Counts, kind_counts: Counts) -> tuple[float, float]:
    """Return the mean charging power [kW] and efficiency of the vehicles of a site at its EVSEs, 0 and 1 if none."""
    weights = np.outer(model_counts, kind_counts).ravel().astype(np.float64)
    charge_kw = ratings.charge_kw[1 : 1 + len(weights)]
    weights *= charge_kw > 0.0
    if not weights.sum():
        return 0.0, 1.0
    efficiency = ratings.charge_efficiency[1 : 1 + len(weights)]
    return float(np.average(charge_kw, weights=weights)), float(np.average(efficiency, weights=weights))
