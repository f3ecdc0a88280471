"""EVSEs: their kinds, and what each vehicle model can do at each of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.battery import taper_start_soc
from ev2gym_dashboard.core.catalog import DEFAULT_EFFICIENCY, Catalog, nearest_taken

PHASE_VOLTAGE_V = 230.0
UNPLUGGED = 0


@dataclass(frozen=True, slots=True)
class EvseType:
    """A type of EVSE; ``phases`` is 0 for DC."""

    key: str
    phases: int
    current_a: float
    power_kw: float


def _ac(key: str, phases: int, current_a: float) -> EvseType:
    return EvseType(key, phases, current_a, phases * PHASE_VOLTAGE_V * current_a / 1000.0)


EVSE_TYPES = (_ac("ac_7", 1, 32.0), _ac("ac_11", 3, 16.0), _ac("ac_22", 3, 32.0), EvseType("dc_50", 0, 0.0, 50.0))
"""One phase at 32 A and 230 V is 7.4 kW; three at 16 A are 11 kW, at 32 A 22 kW."""

KINDS = tuple((evse, bidirectional) for evse in EVSE_TYPES for bidirectional in (False, True))
"""Kind ``i + 1`` is ``KINDS[i]``; kind 0 is `UNPLUGGED`, with all ratings zero."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ratings:
    """What model i can do at an EVSE of kind j; every array has shape (models, kinds + 1), powers at the grid side.

    Parameters
    ----------
    charge_kw, discharge_kw : limits of vehicle, cable and EVSE together; 0 where it cannot [kW]
    charge_efficiency, discharge_efficiency : at these powers, fractions
    taper_soc : SOC from which the vehicle's own limit lies below ``charge_kw``
    """

    charge_kw: Floats
    discharge_kw: Floats
    charge_efficiency: Floats
    discharge_efficiency: Floats
    taper_soc: Floats


def evse_counts(n_evse: int, shares: tuple[float, ...], *, bidirectional_share: float) -> NDArray[np.int64]:
    """Return how many EVSEs there are of each kind, shape (kinds,), by the largest remainder."""
    weights = [share * part for share in shares for part in (1.0 - bidirectional_share, bidirectional_share)]
    return share_out(np.array(weights), n_evse)


def share_out(weights: NDArray[np.float64] | NDArray[np.int64], total: int) -> NDArray[np.int64]:
    """Share ``total`` things in proportion to ``weights`` by the largest remainder; the first wins a tie.

    Returns
    -------
    (m,) counts that add up to ``total``, each within one of its exact share
    """
    exact = weights / weights.sum() * total
    counts: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    by_remainder = np.argsort(counts - exact, kind="stable")
    counts[by_remainder[: total - int(counts.sum())]] += 1
    return counts


def rate(catalog: Catalog, *, transition_soc: float) -> Ratings:
    """Rate every model of a catalog at every kind of EVSE.

    Notes
    -----
    AC: power is bounded by the EVSE, the vehicle, and the largest current that the vehicle takes on that number of
    phases; the efficiency is that of the nearest current that it takes. DC has no table: `DEFAULT_EFFICIENCY`.
    """
    charge, discharge = _no_rating(catalog), _no_rating(catalog)
    charge_eff, discharge_eff, vehicle_kw = _no_rating(catalog) + 1.0, _no_rating(catalog) + 1.0, _no_rating(catalog)
    for kind, (evse, bidirectional) in enumerate(KINDS, start=1):
        charge_max, discharge_max = _vehicle_limits_kw(catalog, evse)
        cable_kw = _accepted_kw(catalog, evse)
        vehicle_kw[:, kind] = charge_max
        charge[:, kind] = np.minimum(np.minimum(charge_max, cable_kw), evse.power_kw)
        charge_eff[:, kind] = efficiency_at(catalog, evse, charge[:, kind])
        if bidirectional:
            discharge[:, kind] = np.minimum(np.minimum(discharge_max, cable_kw), evse.power_kw)
            discharge_eff[:, kind] = efficiency_at(catalog, evse, discharge[:, kind])
    taper = taper_start_soc(charge, vehicle_kw, transition_soc=transition_soc)
    return Ratings(charge, discharge, charge_eff, discharge_eff, taper)


def efficiency_at(catalog: Catalog, evse: EvseType, power_kw: Floats) -> Floats:
    """Return the efficiency of each model, shape (m,), at a power drawn from a type of EVSE."""
    if not evse.phases:
        return np.full(power_kw.shape, DEFAULT_EFFICIENCY)
    table = _table(catalog, evse)
    current_a = power_kw * 1000.0 / (evse.phases * PHASE_VOLTAGE_V)
    nearest = np.abs(catalog.current_a - current_a[:, None]).argmin(axis=1)
    efficiency: Floats = np.take_along_axis(nearest_taken(catalog.current_a, table), nearest[:, None], axis=1)[:, 0]
    return efficiency


def _no_rating(catalog: Catalog) -> Floats:
    return np.zeros((len(catalog.names), len(KINDS) + 1))


def _table(catalog: Catalog, evse: EvseType) -> Floats:
    return catalog.efficiency_1ph if evse.phases == 1 else catalog.efficiency_3ph


def _vehicle_limits_kw(catalog: Catalog, evse: EvseType) -> tuple[Floats, Floats]:
    if evse.phases:
        return catalog.max_ac_charge_kw, catalog.max_ac_discharge_kw
    return catalog.max_dc_charge_kw, catalog.max_dc_discharge_kw


def _accepted_kw(catalog: Catalog, evse: EvseType) -> Floats:
    if not evse.phases:
        return np.full(len(catalog.names), np.inf)
    largest_a = np.where(_table(catalog, evse) > 0.0, catalog.current_a, 0.0).max(axis=1)
    accepted: Floats = evse.phases * PHASE_VOLTAGE_V * largest_a / 1000.0
    return accepted
