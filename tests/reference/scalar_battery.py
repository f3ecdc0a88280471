"""Scalar reference: battery, EVSEs and efficiencies of one vehicle, written from docs/physics.md."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

FULL_SOC = 0.995
VOLTAGE_V = 230.0
DEFAULT_EFFICIENCY = 0.933


@dataclass(frozen=True)
class EvseKind:
    """A kind of EVSE: phases, 0 for DC, with the current of each [A], or the power of DC [kW]."""

    phases: int
    current_a: float
    dc_kw: float
    bidirectional: bool


STANDARD_KINDS = tuple(
    EvseKind(*kind, bidirectional)
    for kind in ((1, 32.0, 0.0), (3, 16.0, 0.0), (3, 32.0, 0.0), (0, 0.0, 50.0))
    for bidirectional in (False, True)
)
"""Kinds of a site that declares shares of EVSEs."""


@dataclass(frozen=True, eq=False)
class Model:
    """A vehicle model; ``efficiency`` maps the number of phases to the efficiency at each of ``current_a``.

    A model without currents accepts each of them. A model equals only itself, so that its ratings can be kept.
    """

    capacity_kwh: float
    ac_charge_kw: float
    dc_charge_kw: float
    ac_discharge_kw: float
    dc_discharge_kw: float
    current_a: tuple[float, ...]
    efficiency: dict[int, tuple[float, ...]]


@dataclass(frozen=True)
class Rating:
    """A vehicle of a model at an EVSE of a kind; ``no_v2g_reason`` is empty if it can discharge there."""

    model: Model
    phases: int
    charge_kw: float
    discharge_kw: float
    charge_efficiency: float
    discharge_efficiency: float
    taper_soc: float
    no_v2g_reason: str

    @property
    def soc_per_h(self) -> float:
        return self.charge_efficiency * self.charge_kw / self.model.capacity_kwh


@lru_cache(10_000)
def rate_vehicle(model: Model, kind: EvseKind, transition_soc: float) -> Rating:
    """Return the ratings of a model at an EVSE of a kind."""
    vehicle_kw = model.ac_charge_kw if kind.phases else model.dc_charge_kw
    charge_kw = min(vehicle_kw, compute_cable_kw(model, kind))
    discharge_kw = compute_discharge_kw(model, kind)
    ratio = charge_kw / vehicle_kw if charge_kw > 0.0 else 1.0
    return Rating(
        model=model,
        phases=kind.phases,
        charge_kw=charge_kw,
        discharge_kw=discharge_kw,
        charge_efficiency=find_efficiency(model, kind.phases, charge_kw),
        discharge_efficiency=find_efficiency(model, kind.phases, discharge_kw),
        taper_soc=1.0 - (1.0 - transition_soc) * ratio,
        no_v2g_reason="" if discharge_kw > 0.0 else find_no_v2g_reason(model),
    )


def compute_cable_kw(model: Model, kind: EvseKind) -> float:
    """Return the power of the EVSE, for AC bounded by the largest current that the vehicle accepts."""
    if not kind.phases:
        return kind.dc_kw
    accepted = [a for a, eta in zip(model.current_a, model.efficiency[kind.phases], strict=True) if eta > 0.0]
    largest_a = max(accepted, default=0.0) if model.current_a else math.inf
    return kind.phases * VOLTAGE_V * min(kind.current_a, largest_a) / 1000.0


def compute_discharge_kw(model: Model, kind: EvseKind) -> float:
    vehicle_kw = model.ac_discharge_kw if kind.phases else model.dc_discharge_kw
    return min(vehicle_kw, compute_cable_kw(model, kind)) if kind.bidirectional else 0.0


def find_no_v2g_reason(model: Model) -> str:
    return "one_way_evse" if max(model.ac_discharge_kw, model.dc_discharge_kw) > 0.0 else "not_capable"


def find_efficiency(model: Model, phases: int, power_kw: float) -> float:
    """Return the efficiency at the current of a power, in either direction."""
    if not phases or not model.current_a:
        return DEFAULT_EFFICIENCY
    half_amperes = min(math.floor(abs(power_kw) * (2000.0 / (phases * VOLTAGE_V))), 128)
    listed_a = find_nearest(model.current_a, (half_amperes + 0.5) / 2.0)
    by_current = dict(zip(model.current_a, model.efficiency[phases], strict=True))
    accepted = [a for a in model.current_a if by_current[a] > 0.0]
    return by_current[find_nearest(accepted, listed_a)] if accepted else DEFAULT_EFFICIENCY


def find_nearest(rising: Sequence[float], value: float) -> float:
    return min(rising, key=lambda candidate: (abs(candidate - value), candidate))


def compute_soc_after_charging(soc: float, rating: Rating, hours: float) -> float:
    """Return the SOC after a time at full power."""
    rate, taper_soc = rating.soc_per_h, rating.taper_soc
    if rate <= 0.0:
        return soc
    hours_to_taper = max(taper_soc - soc, 0.0) / rate
    if hours <= hours_to_taper:
        return soc + rate * hours
    decay = math.exp(-rate * (hours - hours_to_taper) / (1.0 - taper_soc))
    return 1.0 - (1.0 - max(soc, taper_soc)) * decay


def compute_required_soc(target_soc: float, rating: Rating, hours: float) -> float:
    """Return the SOC from which full power for a time just reaches the target."""
    rate, taper_soc = rating.soc_per_h, rating.taper_soc
    if rate <= 0.0:
        return target_soc
    top = min(taper_soc, target_soc)
    hours_in_taper = (1.0 - taper_soc) / rate * math.log((1.0 - top) / (1.0 - target_soc))
    if hours > hours_in_taper:
        return top - rate * (hours - hours_in_taper)
    return 1.0 - (1.0 - target_soc) * math.exp(rate * hours / (1.0 - taper_soc))


def apportion(weights: Sequence[float], total: int) -> list[int]:
    """Return the largest-remainder apportionment of ``total`` items."""
    exact = [weight / sum(weights) * total for weight in weights]
    counts = [math.floor(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: counts[i] - exact[i])
    for i in by_remainder[: total - sum(counts)]:
        counts[i] += 1
    return counts
