"""Session EVSEs: the EVSEs at which given sessions charge, and their kinds."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ev2gym_dashboard.core.arrays import NO_EVSE, Counts, Evses, Floats
from ev2gym_dashboard.core.charging_sessions import ChargingSessions
from ev2gym_dashboard.core.evse_groups import PHASE_VOLTAGE_V
from ev2gym_dashboard.core.fleet.arrivals import make_day_rng
from ev2gym_dashboard.core.fleet.evse import EvseKind, EvseType, apportion
from ev2gym_dashboard.core.fleet.installation import Installation, format_kind, install_evses
from ev2gym_dashboard.core.fleet.session_models import MAX_AC_KW
from ev2gym_dashboard.core.scenario import Scenario

NO_INSTALLATION = Installation((), (), np.empty(0), np.empty(0, np.int64))
MAX_ONE_PHASE_KW = PHASE_VOLTAGE_V * 32.0 / 1000.0
MAX_POWERS = 60
STANDARD_POWERS_KW = (3.68, 7.36, 11.04, MAX_AC_KW, 50.0, 100.0, 150.0, 250.0, 350.0, 1000.0, 10_000.0)
"""Powers of EVSEs where a file has more than `MAX_POWERS` different ones."""
SESSION_EVSE_DAY = -(2**31) + 1
"""The day whose generator shuffles the kinds of EVSEs of which the power is unknown; no run begins so early."""


class SessionEvses(NamedTuple):
    """The EVSEs of given sessions.

    Parameters
    ----------
    installation : the EVSEs; the first ones, and their kinds, are those for which stays wait
    n_shared, n_shared_kinds : number of these EVSEs, and of their kinds
    evse : (n,) EVSE of each stay, `NO_EVSE` where it waits for one
    """

    installation: Installation
    n_shared: int
    n_shared_kinds: int
    evse: Evses


def install_session_evses(scenario: Scenario, sessions: ChargingSessions) -> SessionEvses:
    """Return the EVSEs of given sessions.

    Notes
    -----
    An EVSE of the file has the largest power of the vehicles that use it. Where the file does not say it, kinds are
    apportioned as the scenario declares them. Its share of bidirectional EVSEs holds for each power.
    """
    declared = install_evses(scenario)
    shared = declared if scenario.queues_sessions else NO_INSTALLATION
    evse, own_names = _find_evses(sessions, has_own=not scenario.queues_sessions)
    power_kw = _find_powers(sessions, evse, len(own_names))
    if not declared.weights.any():
        declared = install_evses(replace(scenario, evses=""))
    kinds, labels = list(shared.kinds), list(shared.labels)
    unknown, kind = np.flatnonzero(np.isnan(power_kw)), np.zeros(len(power_kw), np.int64)
    if unknown.size:
        # Copies of the declared kinds: the EVSEs for which stays wait come first, and have their kinds alone.
        drawn = len(kinds) + np.repeat(np.arange(len(declared.kinds)), apportion(declared.weights, len(unknown)))
        kind[unknown] = make_day_rng(scenario.seed, SESSION_EVSE_DAY).permutation(drawn)
        kinds, labels = [*kinds, *declared.kinds], [*labels, *declared.labels]
    for power in np.unique(power_kw[~np.isnan(power_kw)]).tolist():
        at_power = np.flatnonzero(power_kw == power)
        kind[at_power] = len(kinds) + _spread_share(len(at_power), scenario.bidirectional_share)
        kinds += [EvseKind(make_evse_type(power), bidirectional) for bidirectional in (False, True)]
    labels += map(format_kind, kinds[len(labels) :])
    kind = np.concatenate([np.repeat(np.arange(len(shared.kinds)), shared.counts), kind])
    # The EVSEs of a site are numbered by kind.
    order, counts = np.argsort(kind, kind="stable"), np.bincount(kind, minlength=len(kinds))
    number = np.empty(len(order), np.int32)
    number[order] = np.arange(len(order), dtype=np.int32)
    names = [*shared.list_names(), *own_names]
    installation = Installation(
        tuple(kinds), tuple(labels), counts.astype(np.float64), counts, names=tuple(names[i] for i in order)
    )
    n_shared = len(order) - len(own_names)
    taken = evse.copy()
    taken[evse != NO_EVSE] = number[n_shared + evse[evse != NO_EVSE]]
    return SessionEvses(installation, n_shared, len(shared.kinds), taken)


def make_evse_type(power_kw: float) -> EvseType:
    """Return the type of an EVSE of a power [kW]: one phase as far as it carries it, then three, then DC."""
    if power_kw > MAX_AC_KW * (1.0 + 1e-9):
        return EvseType(f"dc_{power_kw:g}", 0, 0.0, power_kw)
    phases = 1 if power_kw <= MAX_ONE_PHASE_KW * (1.0 + 1e-9) else 3
    return EvseType(f"ac_{power_kw:g}_kw", phases, power_kw * 1000.0 / (phases * PHASE_VOLTAGE_V), power_kw)


def _find_evses(sessions: ChargingSessions, *, has_own: bool) -> tuple[Evses, tuple[str, ...]]:
    """Return the EVSE of each stay, (n,), and the name of each EVSE: the file's first, then the vehicles' own."""
    if not has_own:
        return sessions.evse.astype(np.int32), sessions.evse_ids
    own = np.zeros(sessions.n_vehicles, np.int32)
    vehicles = sessions.own_evse_vehicles
    own[vehicles] = len(sessions.evse_ids) + np.arange(len(vehicles), dtype=np.int32)
    evse: Evses = np.where(sessions.evse >= 0, sessions.evse, own[sessions.vehicle]).astype(np.int32)
    return evse, (*sessions.evse_ids, *(sessions.vehicle_ids[i] for i in vehicles))


def _find_powers(sessions: ChargingSessions, evse: Evses, n_evse: int) -> Floats:
    """Return the power of each EVSE, (n_evse,); NaN where it is unknown [kW]."""
    by_spec = np.array([spec.power_kw for spec in sessions.specs])
    power_kw, has_evse = np.full(n_evse, -math.inf), evse != NO_EVSE
    np.fmax.at(power_kw, evse[has_evse], by_spec[sessions.spec][sessions.vehicle][has_evse])
    known = np.isfinite(power_kw)
    if len(np.unique(power_kw[known])) > MAX_POWERS:
        standard = np.array(STANDARD_POWERS_KW)
        power_kw[known] = standard[np.searchsorted(standard * (1.0 + 1e-9), power_kw[known])]
    return np.where(known, power_kw, math.nan)


def _spread_share(n: int, share: float) -> Counts:
    """Return ``round(n share)`` ones among ``n`` numbers, evenly spread."""
    edges = np.floor(np.arange(n + 1) * (round(n * share) / max(n, 1)) + 1e-9)
    ones: Counts = np.diff(edges).astype(np.int64)
    return ones
