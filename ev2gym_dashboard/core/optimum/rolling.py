"""Rolling plan, compiled: vehicles answer one after the other to what a kWh more costs the site, given all others."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-redef, untyped-decorator"
# ruff: noqa: PLR0917 (compiled functions take their arrays by position)
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.compiler import compile_inner_kernel, compile_kernel
from ev2gym_dashboard.core.optimum.chains import Prices, Stays, Vehicles
from ev2gym_dashboard.core.optimum.response import PIECES_PER_STEP, follow_thresholds
from ev2gym_dashboard.core.optimum.thresholds import StepColumns, find_thresholds

OVERLOAD_MAD_KWH, OVERLOAD_SHARE = 10.0, 0.05
"""Price of a kWh above the connection or the site cap where the load exceeds it by this share; it rises in proportion.
A steeper one would have vehicles give back for others that are over-planned: the engine cuts those anyway."""
EVENNESS = 1e-3
"""Share of the price by which the load of all vehicles at once is dearer: of equal prices, emptier hours are better."""


class SiteAhead(NamedTuple):
    """A site over the cells of a plan, each (cells,), and its prices of power.

    Parameters
    ----------
    other_kw : load without EVs, net of PV output [kW]
    import_mad_kwh, export_mad_kwh : prices [MAD/kWh]
    import_limit_kw, export_limit_kw : net load up to which vehicles may charge, and export up to which it is paid [kW]
    demand_mad_kw, paid_kw : price of the highest net load, and up to where it is paid for [MAD/kW], [kW]
    width_kw : width of the ramps that replace the jumps of the price [kW]
    fleet_kw : rating of all vehicles [kW]
    """

    other_kw: Floats
    import_mad_kwh: Floats
    export_mad_kwh: Floats
    import_limit_kw: Floats
    export_limit_kw: Floats
    demand_mad_kw: float
    paid_kw: float
    width_kw: float
    fleet_kw: float


@compile_kernel
def plan_fleet(
    vehicles,
    stays,
    prices,
    site,
    order,
    shares,
    prior_kw,
    n_sweeps,
    loads_kw,
    first_kw,
    first_kwh,
    thresholds_kwh,
    price,
):
    """Plan all vehicles; write the first power of each and the energy after it, both (n,) [kW], [kWh].

    Parameters
    ----------
    vehicles, stays, prices : `Vehicles` of a single stay each, `Stays`, `Prices`
    site : `SiteAhead`
    order : (n,) indices in which they answer
    shares : (n,) shares of the load that was expected before, which add up to 1
    prior_kw : (cells,) load of all vehicles that was expected before [kW]
    n_sweeps : times that each vehicle answers
    loads_kw : (n, cells) room for the load of each vehicle; (0, cells) if each answers once
    thresholds_kwh : (2, n) to which the energies are written below which each charges first, and above which it gives
        back [kWh]
    price : (cells,) to which the price of a kWh more is written [MAD/kWh]

    Returns
    -------
    Load of all vehicles, (cells,) [kW]

    Notes
    -----
    Gauss-Seidel on the convex cost of the site: each vehicle answers exactly to the marginal cost at the load of all
    others and half of its own. In the first sweep, those who have not answered yet count with their share of the load
    that was expected before.
    """
    vehicles, stays, prices, site = Vehicles(*vehicles), Stays(*stays), Prices(*prices), SiteAhead(*site)
    n, n_cells, keeps_loads = len(order), len(prior_kw), len(loads_kw) > 0
    a, b, c, d = np.zeros(n_cells + 1), np.zeros(n_cells + 1), np.zeros(n_cells + 1), np.zeros(n_cells + 1)
    steps = StepColumns(np.zeros(n_cells), np.zeros(n_cells), a, b, c, d, np.zeros(n_cells))
    most = PIECES_PER_STEP * (n_cells + 4) + 8
    slope, width, slope_2, width_2 = np.empty(most), np.empty(most), np.empty(most), np.empty(most)
    plan_kw, plan_kwh, own_kw = np.empty(n_cells), np.empty(n_cells), np.empty(n_cells)
    total_kw, net_kw = prior_kw.copy(), np.empty(n_cells)
    for sweep in range(n_sweeps):
        for k in range(n):
            i = order[k]
            half_kw = 0.5 * stays.gain_kwh[i] / prices.timestep_h
            for t in range(n_cells):
                total_kw[t] -= prior_kw[t] * shares[i] if sweep == 0 else loads_kw[i, t]
                own_kw[t], plan_kw[t], plan_kwh[t] = 0.0, 0.0, 0.0
                net_kw[t] = site.other_kw[t] + total_kw[t] + half_kw
            price_cells(net_kw, site, prices.timestep_h, price)
            find_thresholds(i, vehicles, stays, prices, price, steps, slope, width, slope_2, width_2)
            follow_thresholds(i, vehicles, stays, prices, price, steps, own_kw, plan_kw, plan_kwh, 1.0)
            for t in range(n_cells):
                total_kw[t] += own_kw[t]
                if keeps_loads:
                    loads_kw[i, t] = own_kw[t]
            first_kw[i], first_kwh[i] = plan_kw[0], plan_kwh[0]
            thresholds_kwh[0, i], thresholds_kwh[1, i] = steps.charge_below[0], steps.give_above[0]
    for t in range(n_cells):
        net_kw[t] = site.other_kw[t] + total_kw[t]
    price_cells(net_kw, site, prices.timestep_h, price)
    return total_kw


@compile_inner_kernel
def price_cells(net_kw, site, cell_h, price):
    """Write the marginal cost of each cell at a net load, its jumps as ramps."""
    n_cells, width = len(net_kw), site.width_kw
    level_kw, share = site.paid_kw, 0.0
    if site.demand_mad_kw > 0.0:
        level_kw = find_peak_level(net_kw, site.paid_kw, width)
        share = site.demand_mad_kw / (width * cell_h)
    for t in range(n_cells):
        x, dearer = net_kw[t], site.import_mad_kwh[t] - site.export_mad_kwh[t]
        value = site.export_mad_kwh[t] + dearer * _ramp(x, width)
        value *= _ramp(x + site.export_limit_kw[t], width)
        limit_kw = site.import_limit_kw[t]
        value += OVERLOAD_MAD_KWH * max(x - limit_kw, 0.0) / (OVERLOAD_SHARE * max(limit_kw, 0.0) + width)
        value += share * max(x - level_kw, 0.0)
        price[t] = value + EVENNESS * abs(site.import_mad_kwh[t]) * (x - site.other_kw[t]) / site.fleet_kw


@compile_inner_kernel
def find_peak_level(net_kw, paid_kw, width_kw):
    """Return the power, at least the paid one, above which the net load of all cells adds up to the width at most.

    Notes
    -----
    The price of the highest of several powers falls on all that are nearly as high: the least of ``D P + D / (2 w)
    sum (x - P)^2`` over P. By Newton's method, which does not pass the solution of a convex falling function.
    """
    level_kw = paid_kw
    for _ in range(len(net_kw)):
        excess_kw, count = 0.0, 0
        for x in net_kw:
            if x > level_kw:
                excess_kw += x - level_kw
                count += 1
        if excess_kw <= width_kw * (1.0 + 1e-9):
            break
        level_kw += (excess_kw - width_kw) / count
    return level_kw


@compile_inner_kernel
def _ramp(x, width):
    """Return 0 below, 1 above, and a line about 0."""
    return min(max((x + 0.5 * width) / width, 0.0), 1.0)
