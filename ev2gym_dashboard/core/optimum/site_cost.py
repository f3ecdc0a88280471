"""Site cost: what the net load of a site costs, as convex pieces per step and charges for power."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.optimum.convex import find_lower_hull

MAX_PIECES = 3
"""Pieces of the cost of a step: curtailed, exported and imported energy."""


@dataclass(frozen=True, eq=False)
class PowerCharge:
    """A charge for the highest of some mean powers.

    Parameters
    ----------
    price_mad_kw : price of the highest power above what is paid [MAD/kW]
    paid_kw : power up to which nothing is due [kW]
    weights : (k, steps) share of each step in each of the k mean powers
    """

    price_mad_kw: float
    paid_kw: float
    weights: Floats


@dataclass(frozen=True, eq=False)
class SiteCost:
    """Cost of the net load of a site.

    Parameters
    ----------
    other_load_kw : (steps,) load without EVs, net of PV output [kW]
    lowest_kw : (steps,) lowest net load that any strategy can reach [kW]
    lowest_mad_h : (steps,) cost at it, per hour [MAD/h]
    width_kw : (steps, `MAX_PIECES`) widths of the pieces above it; they end at the highest net load [kW]
    price_mad_kwh : (steps, `MAX_PIECES`) their prices, rising [MAD/kWh]
    charges : charges for power
    fixed_mad : what is due whatever happens [MAD]
    timestep_h : length of a step [h]
    """

    other_load_kw: Floats
    lowest_kw: Floats
    lowest_mad_h: Floats
    width_kw: Floats
    price_mad_kwh: Floats
    charges: tuple[PowerCharge, ...]
    fixed_mad: float
    timestep_h: float

    def compute_energy_cost_mad(self, net_load_kw: Floats) -> float:
        """Return the cost of the energy of a net load within its range, (steps,) [MAD]."""
        above = (net_load_kw - self.lowest_kw)[:, None] - np.cumsum(self.width_kw, axis=1) + self.width_kw
        filled_kw = np.clip(above, 0.0, self.width_kw)
        return float((self.lowest_mad_h + (filled_kw * self.price_mad_kwh).sum(axis=1)).sum()) * self.timestep_h

    def compute_power_cost_mad(self, net_load_kw: Floats) -> float:
        """Return the charges for the power of a net load, (steps,) [MAD]."""
        peaks = ((charge, float((charge.weights @ net_load_kw).max())) for charge in self.charges)
        return sum(charge.price_mad_kw * max(peak_kw - charge.paid_kw, 0.0) for charge, peak_kw in peaks)

    def compute_value(self, price_mad_kwh: Floats, power_prices: tuple[Floats, ...]) -> float:
        """Return the least cost of the site, if it sells energy to its vehicles at some prices [MAD].

        Parameters
        ----------
        price_mad_kwh : (steps,) price of a kWh for the vehicles; any price gives a valid lower bound [MAD/kWh]
        power_prices : of each charge, the share (k,) of its price that falls on each mean power [MAD/kW]

        Notes
        -----
        Lagrange relaxation of the balance of the meter, and of the rows that hold the highest power above each mean
        power: ``min c(n) - p dt (n - o) + sum_k q_k (w_k n - P) + price (P - paid)``. The multipliers of a charge may
        add up to its price at most, so that the smallest P, which is what is paid, is the best one.
        """
        shares = [_cap_sum(q, charge.price_mad_kw) for q, charge in zip(power_prices, self.charges, strict=True)]
        added_mad = sum((q @ charge.weights for q, charge in zip(shares, self.charges, strict=True)), np.zeros(1))
        paid_mad = sum(float(q.sum()) * charge.paid_kw for q, charge in zip(shares, self.charges, strict=True))
        bought_mad = price_mad_kwh * self.timestep_h
        slope_mad = self.price_mad_kwh * self.timestep_h + (added_mad - bought_mad)[:, None]
        lowest_mad = self.lowest_mad_h * self.timestep_h + bought_mad * (self.other_load_kw - self.lowest_kw)
        lowest_mad += added_mad * self.lowest_kw
        value_mad = lowest_mad.sum() + (np.minimum(slope_mad, 0.0) * self.width_kw).sum()
        return float(value_mad) - paid_mad + self.fixed_mad


def make_step_pieces(
    *,
    import_mad_kwh: Floats,
    export_mad_kwh: Floats,
    limit_kw: Floats,
    lowest_kw: Floats,
    highest_kw: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Return the cost of the net load of each step as the largest convex function below it.

    Parameters
    ----------
    import_mad_kwh, export_mad_kwh : (steps,) prices [MAD/kWh]
    limit_kw : (steps,) connection; PV output beyond it is curtailed and earns nothing [kW]
    lowest_kw, highest_kw : (steps,) range of the net load before curtailment [kW]

    Returns
    -------
    cost at the lowest net load (steps,) [MAD/h], widths and prices of the pieces, both (steps, `MAX_PIECES`)

    Notes
    -----
    The cost itself is convex unless export earns more than import costs, or its price is negative.
    """
    n = len(limit_kw)
    corners = np.stack([lowest_kw, -limit_kw, np.zeros(n), highest_kw], axis=1)
    corners = np.sort(np.clip(corners, lowest_kw[:, None], highest_kw[:, None]), axis=1)
    exported_kw = np.minimum(np.maximum(-corners, 0.0), limit_kw[:, None])
    cost_mad_h = np.maximum(corners, 0.0) * import_mad_kwh[:, None] - exported_kw * export_mad_kwh[:, None]
    width_kw, price_mad_kwh = np.zeros((n, MAX_PIECES)), np.zeros((n, MAX_PIECES))
    for step in range(n):
        x, y = find_lower_hull(corners[step], cost_mad_h[step])
        width_kw[step, : len(x) - 1], price_mad_kwh[step, : len(x) - 1] = np.diff(x), np.diff(y) / np.diff(x)
    return cost_mad_h[:, 0], width_kw, price_mad_kwh


def _cap_sum(shares: Floats, price: float) -> Floats:
    """Return shares >= 0 that add up to a price at most."""
    shares = np.maximum(shares, 0.0)
    total = float(shares.sum())
    return shares * (price / total) if total > price else shares
