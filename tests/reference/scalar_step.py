"""Scalar reference: the decision of one step, vehicle by vehicle, written from docs/physics.md."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from tests.reference.scalar_battery import (
    FULL_SOC,
    Rating,
    compute_required_soc,
    compute_soc_after_charging,
    find_efficiency,
)
from tests.reference.scalar_room import Need, Outlook, guard_connection, may_run_short
from tests.reference.scalar_strategies import Limits, Params, Site, Sums, Twin

DEAD_BAND_KW = 1e-6
SOC_TOLERANCE = 1e-9
SHARE_ROUNDING = 1e-12
TARGET_TOLERANCE = 0.005
BIN_H = 0.25
LAST_BIN = 255
URGENT_BINS = 4


@dataclass(frozen=True)
class Rules:
    """Inputs of a run that do not change."""

    timestep_h: float
    reserve_soc: float
    departure_guard: bool
    guards_connection: bool
    v2g: bool
    twin: Twin
    params: Params
    site_cap_kw: float


@dataclass(frozen=True)
class Plugged:
    """A plugged-in vehicle at the beginning of a step, and the time that is left of its stay [h]."""

    rating: Rating
    soc: float
    target_soc: float
    hours_left: float


@dataclass(frozen=True)
class Decision:
    """Mean power [kW], change of SOC, and reason of a vehicle."""

    power_kw: float
    change: float
    reason: str


def decide_step(rules: Rules, site: Site, outlook: Outlook, plugged: list[Plugged]) -> list[Decision]:
    """Return the decisions of a step, one for each plugged-in vehicle."""
    vehicles = [(vehicle.rating, make_limits(rules, vehicle)) for vehicle in plugged]
    requested = request_powers(rules, site, vehicles)
    unshared = decide_vehicles(rules, site, vehicles, [share_power(p, 1.0, 1.0) for p in requested])
    guarded_kw, _ = sum_directions([decision.power_kw for decision in unshared])
    urgent_kw = sum(
        max(decision.power_kw, 0.0)
        for (_, limits), decision in zip(vehicles, unshared, strict=True)
        if find_laxity_bin(limits) < URGENT_BINS
    )
    sums = Sums(*sum_directions(requested), guarded_kw, urgent_kw)
    shares = rules.twin.share(site, rules.params, sums)
    requested = request_powers(rules, replace(site, surplus_share=shares.surplus), vehicles)
    decided = decide_vehicles(rules, site, vehicles, [share_power(p, shares.charging, shares.v2g) for p in requested])
    if rules.guards_connection and may_run_short(outlook, sum(rating.charge_kw for rating, _ in vehicles)):
        needs = [find_need(rules, *pair) for pair in zip(vehicles, decided, strict=True)]
        left, urgent_bin = guard_connection(outlook, needs)
        shared = [share_power(p, shares.charging, shares.v2g * left) for p in requested]
        decided = decide_vehicles(rules, site, vehicles, shared, keeps_energy=left == 0.0)
        decided = [
            raise_urgent(need, limits, decision) if need.laxity_bin < urgent_bin else decision
            for need, (_, limits), decision in zip(needs, vehicles, decided, strict=True)
        ]
    return cut_to_connection(rules, site, [limits for _, limits in vehicles], decided)


def find_sufficient_soc(target_soc: float) -> float:
    return target_soc - TARGET_TOLERANCE


def share_power(power_kw: float, g2v_share: float, v2g_share: float) -> float:
    shared_kw = power_kw * (g2v_share if power_kw > 0.0 else v2g_share)
    return shared_kw if abs(shared_kw) >= DEAD_BAND_KW else 0.0


def request_powers(rules: Rules, site: Site, vehicles: list[tuple[Rating, Limits]]) -> list[float]:
    return [clip_request(rules.twin.request(site, limits, rules.params), limits) for _, limits in vehicles]


def decide_vehicles(
    rules: Rules,
    site: Site,
    vehicles: list[tuple[Rating, Limits]],
    powers_kw: list[float],
    *,
    keeps_energy: bool = False,
) -> list[Decision]:
    """Return the decisions before the connection, from the powers of the vehicles."""
    return [
        decide_vehicle(rules, site, *vehicle, power_kw, keeps_energy=keeps_energy)
        for vehicle, power_kw in zip(vehicles, powers_kw, strict=True)
    ]


def find_need(rules: Rules, vehicle: tuple[Rating, Limits], decision: Decision) -> Need:
    """Return what a vehicle needs after the step, at the grid side."""
    _, limits = vehicle
    timestep_h = limits.timestep_h
    reachable = limits.gain / timestep_h * (limits.hours_left - timestep_h)
    kept, left = (
        min(max(limits.sufficient_soc - limits.soc - gained, 0.0), reachable) * limits.kw_per_gain * timestep_h
        for gained in (max(decision.change, 0.0), decision.change)
    )
    return Need(
        deadline_bin=min(max(math.ceil(limits.hours_left / BIN_H) - 1, 0), LAST_BIN),
        laxity_bin=find_laxity_bin(limits),
        power_kw=decision.power_kw,
        kept_kwh=kept,
        put_back_kwh=left - kept,
        urgent_kw=limits.charge(limits.sufficient_soc),
    )


def raise_urgent(need: Need, limits: Limits, decision: Decision) -> Decision:
    if need.urgent_kw <= max(decision.power_kw, 0.0) + DEAD_BAND_KW:
        return decision
    return Decision(need.urgent_kw, need.urgent_kw / limits.kw_per_gain, "connection_guard")


def sum_directions(powers_kw: list[float]) -> tuple[float, float]:
    return sum(max(power, 0.0) for power in powers_kw), sum(max(-power, 0.0) for power in powers_kw)


def clip_request(power_kw: float, limits: Limits) -> float:
    return min(max(power_kw, -limits.discharge_kw), limits.charge_kw)


def make_limits(rules: Rules, vehicle: Plugged) -> Limits:
    """Return the limits of a vehicle in a step."""
    rating, soc = vehicle.rating, vehicle.soc
    timestep_h, capacity_kwh = rules.timestep_h, rating.model.capacity_kwh
    kw_per_gain = capacity_kwh / rating.charge_efficiency / timestep_h
    kw_per_use = capacity_kwh * rating.discharge_efficiency / timestep_h
    gained = compute_soc_after_charging(soc, rating, timestep_h) - soc
    floor_soc = max(rules.reserve_soc, rules.params["v2g_min_soc"])
    discharge_kw = rating.discharge_kw if rules.v2g else 0.0
    return Limits(
        soc=soc,
        target_soc=vehicle.target_soc,
        sufficient_soc=find_sufficient_soc(vehicle.target_soc),
        hours_left=vehicle.hours_left,
        timestep_h=timestep_h,
        gain=rating.soc_per_h * timestep_h,
        taper_soc=rating.taper_soc,
        charge_kw=kw_per_gain * max(min(gained, FULL_SOC - soc), 0.0),
        discharge_kw=min(discharge_kw, kw_per_use * max(soc - floor_soc, 0.0)),
        kw_per_gain=kw_per_gain,
        kw_per_use=kw_per_use,
    )


def decide_vehicle(
    rules: Rules, site: Site, rating: Rating, limits: Limits, power_kw: float, *, keeps_energy: bool
) -> Decision:
    """Return the decision before the connection."""
    change = compute_change(rating, limits, power_kw)
    decision = Decision(power_kw, change, find_reason(rules, site, rating, limits, power_kw, keeps_energy=keeps_energy))
    return guard_departure(rules, rating, limits, decision) if rules.departure_guard else decision


def compute_change(rating: Rating, limits: Limits, power_kw: float) -> float:
    """Return the change of SOC at full current, or at the lower current of the power."""
    limit_kw = limits.charge_kw if power_kw > 0.0 else limits.discharge_kw
    to_target_kw = limits.kw_per_gain * (limits.target_soc - limits.soc)
    change = power_kw / (limits.kw_per_gain if power_kw > 0.0 else limits.kw_per_use)
    is_partial = power_kw != 0.0 and limit_kw - abs(power_kw) > DEAD_BAND_KW
    if not is_partial or abs(power_kw - to_target_kw) <= DEAD_BAND_KW:
        return change
    efficiency = find_efficiency(rating.model, rating.phases, power_kw)
    ratio = efficiency / rating.charge_efficiency if power_kw > 0.0 else rating.discharge_efficiency / efficiency
    lowest, highest = -limits.discharge_kw / limits.kw_per_use, limits.charge_kw / limits.kw_per_gain
    return min(max(change * ratio, lowest), highest)


def guard_departure(rules: Rules, rating: Rating, limits: Limits, decision: Decision) -> Decision:
    """Return the decision with which the vehicle can still meet its target, as far as it can."""
    required = compute_required_soc(limits.sufficient_soc, rating, limits.hours_left - limits.timestep_h)
    is_met = limits.soc + decision.change >= required - SOC_TOLERANCE
    if is_met or limits.charge_kw - decision.power_kw <= DEAD_BAND_KW:
        return decision
    missing = required - limits.soc
    if missing > 0.0:
        power_kw = min(missing * limits.kw_per_gain, limits.charge_kw)
        change = power_kw / limits.kw_per_gain
    else:
        power_kw, change = decision.power_kw * missing / decision.change, missing
    return Decision(power_kw, change, "guard") if abs(power_kw) >= DEAD_BAND_KW else Decision(0.0, 0.0, "guard")


def find_reason(
    rules: Rules, site: Site, rating: Rating, limits: Limits, power_kw: float, *, keeps_energy: bool
) -> str:
    """Return the reason of a vehicle that neither the guard nor the connection rules."""
    if power_kw != 0.0:
        return "charging" if power_kw > 0.0 else "discharging"
    if rules.twin.requests_v2g(site, rules.params):
        if limits.discharge_kw > 0.0:
            return "connection_reserve" if keeps_energy else "no_need"
        return rating.no_v2g_reason or ("at_reserve" if rules.v2g else "v2g_off")
    if limits.soc < limits.sufficient_soc - SOC_TOLERANCE:
        return "deferred" if rating.charge_kw > 0.0 else "cannot_charge"
    return rules.twin.idle_reason if limits.discharge_kw > 0.0 else "target_reached"


def cut_to_connection(rules: Rules, site: Site, vehicles: list[Limits], decided: list[Decision]) -> list[Decision]:
    """Return the decisions within the limit of the connection, in both directions."""
    charging_kw, v2g_kw = sum_directions([decision.power_kw for decision in decided])
    export_kw = min(v2g_kw, max(site.limit_kw + site.other_load_kw + charging_kw, 0.0))
    export_share = export_kw / v2g_kw if v2g_kw > 0.0 else 1.0
    room_kw = max(min(site.limit_kw, site.cap_kw) - site.other_load_kw + export_kw, 0.0)
    bins = [find_laxity_bin(limits) for limits in vehicles]
    cut_bin, cut_share = find_marginal_bin(bins, decided, room_kw) if charging_kw > room_kw else (LAST_BIN + 1, 1.0)
    # Where a limit is filled exactly, rounding neither cuts nor charges anybody.
    cut_share = 1.0 if cut_share > 1.0 - SHARE_ROUNDING else 0.0 if cut_share < SHARE_ROUNDING else cut_share
    cut = []
    for laxity_bin, decision in zip(bins, decided, strict=True):
        share = 1.0 if laxity_bin < cut_bin else cut_share if laxity_bin == cut_bin else 0.0
        cut.append(scale_decision(decision, share if decision.power_kw > 0.0 else export_share))
    return cut


def find_laxity_bin(limits: Limits) -> int:
    missing = max(limits.sufficient_soc - limits.soc, 0.0)
    hours_needed = missing / limits.gain * limits.timestep_h if limits.gain > 0.0 else 0.0
    return math.floor(min(max((limits.hours_left - hours_needed) / BIN_H, 0), LAST_BIN))


def find_marginal_bin(bins: list[int], decided: list[Decision], room_kw: float) -> tuple[int, float]:
    """Return the first bin whose charging does not fit, and the share of it that does."""
    below_kw = 0.0
    for laxity_bin in sorted(set(bins)):
        pairs = zip(bins, decided, strict=True)
        in_bin_kw = sum(max(decision.power_kw, 0.0) for other, decision in pairs if other == laxity_bin)
        if below_kw + in_bin_kw > room_kw:
            return laxity_bin, (room_kw - below_kw) / in_bin_kw
        below_kw += in_bin_kw
    return LAST_BIN + 1, 1.0


def scale_decision(decision: Decision, share: float) -> Decision:
    is_cut = share < 1.0 and decision.power_kw != 0.0
    return Decision(decision.power_kw * share, decision.change * share, "feeder") if is_cut else decision
