"""EVSEs: their kinds, and the ratings of each vehicle model at each kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Booleans, Codes, Floats
from ev2gym_dashboard.core.evse_groups import PHASE_VOLTAGE_V
from ev2gym_dashboard.core.fleet.battery import compute_taper_start_soc
from ev2gym_dashboard.core.fleet.catalog import DEFAULT_EFFICIENCY, Catalog, fill_from_nearest_current

UNPLUGGED = 0
BINS_PER_A = 2
N_CURRENT_BINS = 1 + 64 * BINS_PER_A
MAX_CACHED_RATINGS = 16


@dataclass(frozen=True, slots=True)
class EvseType:
    """A type of EVSE; ``phases`` is 0 for DC."""

    key: str
    phases: int
    current_a: float
    power_kw: float


def _make_ac_type(key: str, phases: int, current_a: float) -> EvseType:
    return EvseType(key, phases, current_a, phases * PHASE_VOLTAGE_V * current_a / 1000.0)


EVSE_TYPES = (
    _make_ac_type("ac_7", 1, 32.0),
    _make_ac_type("ac_11", 3, 16.0),
    _make_ac_type("ac_22", 3, 32.0),
    EvseType("dc_50", 0, 0.0, 50.0),
)
"""One phase at 32 A and 230 V is 7.4 kW; three at 16 A are 11 kW, at 32 A 22 kW."""


class EvseKind(NamedTuple):
    """A kind of EVSE: its type, and whether it discharges vehicles."""

    evse: EvseType
    bidirectional: bool


EVSE_KINDS = tuple(EvseKind(evse, bidirectional) for evse in EVSE_TYPES for bidirectional in (False, True))
"""Kinds of a site that declares shares; at every site, kind ``i + 1`` is its ``kinds[i]``, and kind 0 is none."""


@dataclass(frozen=True)
class Ratings:
    """Ratings of a vehicle of model i at an EVSE of kind j, by the code ``i * n_kinds + j``; 0 is `UNPLUGGED`.

    Parameters
    ----------
    n_kinds : number of kinds of EVSE
    v2g_capable : (models,) whether the model can discharge, at any kind of EVSE
    charge_kw, discharge_kw : (codes,) limits of vehicle, cable and EVSE together, at the grid side; 0 without [kW]
    charge_efficiency, discharge_efficiency : (codes,) at these powers, fractions
    taper_soc : (codes,) SOC from which the vehicle's own limit lies below ``charge_kw``
    capacity_kwh : (codes,) of the model; 1 unplugged [kWh]
    bins_per_kw : (codes,) bins of current per power; 0 for DC [1/kW]
    efficiency_by_bin : (codes, `N_CURRENT_BINS`) efficiency at a current of ``(bin + 0.5) / BINS_PER_A`` ampere
    """

    n_kinds: int
    v2g_capable: Booleans
    charge_kw: Floats
    discharge_kw: Floats
    charge_efficiency: Floats
    discharge_efficiency: Floats
    taper_soc: Floats
    capacity_kwh: Floats
    bins_per_kw: Floats
    efficiency_by_bin: Floats

    def find_efficiency(self, code: Codes, power_kw: Floats) -> Floats:
        """Return the efficiency (n,) at the current of a power (n,) [kW], of either sign.

        It is that of the nearest current that the vehicle accepts; below its smallest current, the vehicle pulses it.
        """
        # A table by bins of current: one gather instead of a search for the nearest current of each vehicle.
        bins = np.minimum(np.abs(power_kw) * self.bins_per_kw[code], N_CURRENT_BINS - 1).astype(np.intp)
        efficiency: Floats = self.efficiency_by_bin[code, bins]
        return efficiency

    def reshape_by_model(self, by_code: NDArray[Any]) -> NDArray[Any]:
        """Return values by code, (codes,), as (models, kinds)."""
        # Code 0 is unplugged and belongs to no model. Codes that are repeated for further targets are left out.
        return by_code[1 : 1 + len(self.v2g_capable) * self.n_kinds].reshape(-1, self.n_kinds)


def encode_model_kind(model: Any, kind: Any, *, n_kinds: int = len(EVSE_KINDS)) -> Any:
    """Return the code of a model, by index, at an EVSE of a kind."""
    return model * n_kinds + kind


def find_fastest_codes(ratings: Ratings, is_usable: Booleans) -> NDArray[np.intp]:
    """Return the code of each model at the EVSE of a site that charges it fastest, (models,).

    ``is_usable`` says which kinds of EVSE of the site a model may use, (models, kinds). Where none of them charges a
    model, it is the fastest one of all kinds.
    """
    by_kind = ratings.reshape_by_model(ratings.charge_kw * ratings.charge_efficiency / ratings.capacity_kwh)
    at_site = by_kind * is_usable
    best = np.where(at_site.any(axis=1, keepdims=True), at_site, by_kind)
    codes: NDArray[np.intp] = encode_model_kind(np.arange(len(best)), best.argmax(axis=1) + 1, n_kinds=ratings.n_kinds)
    return codes


def count_evses(n_evse: int, shares: tuple[float, ...], *, bidirectional_share: float) -> NDArray[np.int64]:
    """Return the number of EVSEs of each kind, shape (kinds,), by the largest remainder."""
    return apportion(compute_kind_weights(shares, bidirectional_share=bidirectional_share), n_evse)


def compute_kind_weights(shares: tuple[float, ...], *, bidirectional_share: float) -> Floats:
    """Return the share of each kind of EVSE, shape (kinds,), from those of `EVSE_TYPES`."""
    parts = (1.0 - bidirectional_share, bidirectional_share)
    return np.array([share * part for share in shares for part in parts])


def apportion(weights: NDArray[np.float64] | NDArray[np.int64], total: int) -> NDArray[np.int64]:
    """Apportion ``total`` items in proportion to ``weights`` by the largest remainder; the first wins a tie.

    Returns
    -------
    (m,) counts that add up to ``total``, each within one of its exact share
    """
    exact = weights / weights.sum() * total
    counts: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    # Stable: equal remainders go to the first, so that a fleet does not depend on the sorting algorithm.
    by_remainder = np.argsort(counts - exact, kind="stable")
    counts[by_remainder[: total - int(counts.sum())]] += 1
    return counts


def compute_ratings(catalog: Catalog, *, transition_soc: float, kinds: Sequence[EvseKind] = EVSE_KINDS) -> Ratings:
    """Return the ratings of every model of a catalog at every kind of EVSE.

    Parameters
    ----------
    catalog : m models
    kinds : kinds of EVSE of the site
    transition_soc : SOC from which a vehicle's own limit falls linearly to zero at SOC 1

    Notes
    -----
    AC: power is bounded by the EVSE, the vehicle, and the largest current that the vehicle accepts on that number of
    phases; a vehicle uses no more phases than its charger has, at the EVSE's current per phase. The efficiency is that
    of the nearest current that it accepts. DC has no table: `DEFAULT_EFFICIENCY`.
    """
    return _compute_ratings(catalog, transition_soc, tuple(kinds))


# Runs on the same models and kinds share the tables, which nobody writes.
@lru_cache(maxsize=MAX_CACHED_RATINGS)
def _compute_ratings(catalog: Catalog, transition_soc: float, kinds: tuple[EvseKind, ...]) -> Ratings:
    n_kinds = len(kinds)
    n_codes = len(catalog.names) * n_kinds + 1
    by_code: dict[str, Any] = {f.name: np.zeros(n_codes) for f in fields(Ratings)}
    others = {"n_kinds": n_kinds, "v2g_capable": catalog.v2g_capable}
    ratings = Ratings(**by_code | others | {"efficiency_by_bin": np.ones((n_codes, N_CURRENT_BINS))})
    for unplugged in (ratings.charge_efficiency, ratings.discharge_efficiency, ratings.taper_soc, ratings.capacity_kwh):
        # Code 0 is never used in a decision, but tables of all codes divide by these values.
        unplugged[UNPLUGGED] = 1.0
    for kind, (evse, bidirectional) in enumerate(kinds, start=1):
        _fill_kind_ratings(
            ratings,
            catalog,
            evse=evse,
            codes=encode_model_kind(np.arange(len(catalog.names)), kind, n_kinds=n_kinds),
            bidirectional=bidirectional,
            transition_soc=transition_soc,
        )
    return ratings


def _fill_kind_ratings(
    ratings: Ratings,
    catalog: Catalog,
    *,
    evse: EvseType,
    codes: NDArray[np.intp],
    bidirectional: bool,
    transition_soc: float,
) -> None:
    charge_max, discharge_max = _get_vehicle_limits_kw(catalog, evse)
    accepted_kw = np.minimum(_compute_accepted_kw(catalog, evse), evse.power_kw)
    phases = np.minimum(evse.phases, catalog.max_ac_phases)
    if evse.phases:
        # At a three-phase EVSE a charger with one phase uses one of them, at no more than the current of the EVSE.
        by_phases_kw = phases * PHASE_VOLTAGE_V * evse.current_a / 1000.0
        accepted_kw = np.where(phases < evse.phases, np.minimum(accepted_kw, by_phases_kw), accepted_kw)
    charge_kw = np.minimum(charge_max, accepted_kw)
    ratings.charge_kw[codes] = charge_kw
    ratings.discharge_kw[codes] = np.minimum(discharge_max, accepted_kw) * bidirectional
    ratings.capacity_kwh[codes] = catalog.capacity_kwh
    ratings.taper_soc[codes] = compute_taper_start_soc(charge_kw, charge_max, transition_soc=transition_soc)
    ratings.bins_per_kw[codes] = BINS_PER_A * 1000.0 / (phases * PHASE_VOLTAGE_V) if evse.phases else 0.0
    ratings.efficiency_by_bin[codes] = _make_binned_efficiency(catalog, evse)
    ratings.charge_efficiency[codes] = ratings.find_efficiency(codes, charge_kw)
    ratings.discharge_efficiency[codes] = ratings.find_efficiency(codes, ratings.discharge_kw[codes])


def _make_binned_efficiency(catalog: Catalog, evse: EvseType) -> Floats:
    if not evse.phases:
        return np.full((len(catalog.names), N_CURRENT_BINS), DEFAULT_EFFICIENCY)
    bin_a = (np.arange(N_CURRENT_BINS) + 0.5) / BINS_PER_A
    nearest = np.abs(catalog.current_a - bin_a[:, None]).argmin(axis=1)
    by_bin: Floats = fill_from_nearest_current(catalog.current_a, _get_efficiency_table(catalog, evse))[:, nearest]
    return by_bin


def _get_efficiency_table(catalog: Catalog, evse: EvseType) -> Floats:
    return catalog.efficiency_1ph if evse.phases == 1 else catalog.efficiency_3ph


def _get_vehicle_limits_kw(catalog: Catalog, evse: EvseType) -> tuple[Floats, Floats]:
    if evse.phases:
        return catalog.max_ac_charge_kw, catalog.max_ac_discharge_kw
    return catalog.max_dc_charge_kw, catalog.max_dc_discharge_kw


def _compute_accepted_kw(catalog: Catalog, evse: EvseType) -> Floats:
    if not evse.phases:
        return np.full(len(catalog.names), np.inf)
    largest_a = np.where(_get_efficiency_table(catalog, evse) > 0.0, catalog.current_a, 0.0).max(axis=1)
    # A model without a table accepts any current: the table's columns are those of other models.
    accepted: Floats = np.where(catalog.has_table, evse.phases * PHASE_VOLTAGE_V * largest_a / 1000.0, np.inf)
    return accepted
