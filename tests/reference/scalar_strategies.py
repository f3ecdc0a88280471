"""Scalar reference: the requests of the strategies for one vehicle, written from docs/physics.md."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from tests.reference.scalar_battery import FULL_SOC

Params = dict[str, float]
HOUR_ROUNDING = 1e-9


@dataclass(frozen=True)
class Site:
    """The site in one step."""

    hour_h: float
    price_mad_kwh: float
    lowest_price_mad_kwh: float
    export_mad_kwh: float
    prices_ahead_mad_kwh: list[float]
    surplus_ahead_kw: list[float]
    is_peak: bool
    hours_to_peak: float
    hours_to_peak_end: float
    solar_kw: float
    base_load_kw: float
    limit_kw: float
    surplus_share: float = 1.0
    cap_kw: float = math.inf

    @property
    def surplus_kw(self) -> float:
        return max(self.solar_kw - self.base_load_kw, 0.0)

    @property
    def other_load_kw(self) -> float:
        return self.base_load_kw - self.solar_kw


@dataclass(frozen=True)
class Limits:
    """A plugged-in vehicle in one step.

    On the page ``charge_kw`` is P+, ``discharge_kw`` P-, ``kw_per_gain`` A, ``kw_per_use`` B, ``gain`` g and
    ``hours_left`` h, ``taper_soc`` s_t.
    """

    soc: float
    target_soc: float
    sufficient_soc: float
    hours_left: float
    timestep_h: float
    gain: float
    taper_soc: float
    charge_kw: float
    discharge_kw: float
    kw_per_gain: float
    kw_per_use: float

    def charge(self, soc: float) -> float:
        return min(self.charge_kw, self.kw_per_gain * max(soc - self.soc, 0.0))

    def give(self, soc: float) -> float:
        return -min(self.discharge_kw, self.kw_per_use * max(self.soc - soc, 0.0))

    def count_steps(self, low_soc: float, high_soc: float) -> float:
        """Return n of the page: the steps at full power from one SOC to another."""
        if self.gain <= 0.0:
            return 0.0
        straight = max(min(high_soc, self.taper_soc) - low_soc, 0.0) / self.gain
        entry_soc = min(max(low_soc, self.taper_soc), high_soc)
        return straight + (1.0 - self.taper_soc) / self.gain * math.log((1.0 - entry_soc) / (1.0 - high_soc))

    def can_recharge(self, given_kw: float, n_steps: int) -> bool:
        n_needed = self.count_steps(self.soc + given_kw / self.kw_per_use, self.target_soc)
        return given_kw < 0.0 < self.gain and n_needed <= n_steps


@dataclass(frozen=True)
class Sums:
    """Sums over the plugged-in vehicles without shares [kW].

    Requested charging and V2G, charging after the guard, and the part of it that is urgent.
    """

    charging_kw: float
    v2g_kw: float
    guarded_kw: float
    urgent_kw: float


@dataclass(frozen=True)
class Shares:
    """Shares of the requested charging and V2G, and that of the surplus, which the request itself applies."""

    charging: float = 1.0
    v2g: float = 1.0
    surplus: float = 1.0


@dataclass(frozen=True)
class Twin:
    """The scalar twin of a strategy; ``share`` returns the shares of charging and V2G from the sums of the step."""

    requests_v2g: Callable[[Site, Params], bool]
    request: Callable[[Site, Limits, Params], float]
    share: Callable[[Site, Params, Sums], Shares]
    idle_reason: str


def cover(available_kw: float, requested_kw: float) -> float:
    return min(max(available_kw, 0.0) / requested_kw, 1.0) if requested_kw > 0.0 else 1.0


def share_all(site: Site, params: Params, sums: Sums) -> Shares:
    return Shares()


def share_excess_load(site: Site, params: Params, sums: Sums) -> Shares:
    return Shares(v2g=cover(site.other_load_kw + sums.urgent_kw - site.cap_kw, sums.v2g_kw))


def share_own_load(site: Site, sums: Sums) -> Shares:
    return Shares(v2g=cover(site.other_load_kw + sums.guarded_kw, sums.v2g_kw))


def share_price(site: Site, params: Params, sums: Sums) -> Shares:
    if not is_dear(site, params):
        return Shares(surplus=cover(site.surplus_kw, sums.charging_kw))
    own, repurchase = share_own_load(site, sums), find_repurchase_price(site, params)
    if site.export_mad_kwh <= repurchase:
        return own
    gain = own.v2g * (site.price_mad_kwh - repurchase) + (1.0 - own.v2g) * (site.export_mad_kwh - repurchase)
    return Shares() if gain > 0.0 else Shares(v2g=0.0)


def share_renewable(site: Site, params: Params, sums: Sums) -> Shares:
    if site.surplus_kw > 0.0:
        return Shares(surplus=cover(site.surplus_kw, sums.charging_kw))
    return share_own_load(site, sums) if is_dark_window(site, params) else Shares()


def never_request_v2g(site: Site, params: Params) -> bool:
    return False


def is_peak_hour(site: Site, params: Params) -> bool:
    return site.is_peak and params["v2g_lowers_cap"] > 0.0


def is_v2g_window(site: Site, params: Params) -> bool:
    return is_v2g_hour(site.hour_h, params)


def is_v2g_hour(hour_h: float, params: Params) -> bool:
    start_h, end_h = params["window_start_h"], params["window_end_h"]
    if start_h <= end_h:
        return start_h <= hour_h < end_h
    return hour_h >= start_h or hour_h < end_h


def is_dark_window(site: Site, params: Params) -> bool:
    return site.solar_kw <= 0.0 and is_v2g_window(site, params)


def find_repurchase_price(site: Site, params: Params) -> float:
    return site.lowest_price_mad_kwh / params["round_trip_efficiency"]


def is_dear(site: Site, params: Params) -> bool:
    highest = site.export_mad_kwh if site.surplus_kw > 0.0 else max(site.price_mad_kwh, site.export_mad_kwh)
    return highest > max(params["price_threshold_mad_kwh"], find_repurchase_price(site, params))


def request_uncontrolled(site: Site, limits: Limits, params: Params) -> float:
    return limits.charge(limits.target_soc)


def request_grid_support(site: Site, limits: Limits, params: Params) -> float:
    if not is_v2g_window(site, params):
        return limits.charge(limits.target_soc)
    given_kw = limits.give(params["v2g_min_soc"])
    later_h = [site.hour_h + k * limits.timestep_h for k in range(1, round(limits.hours_left / limits.timestep_h))]
    n_outside = sum(not is_v2g_hour((hour_h + HOUR_ROUNDING) % 24.0, params) for hour_h in later_h)
    return given_kw if limits.can_recharge(given_kw, n_outside) else 0.0


def request_peak_shaving(site: Site, limits: Limits, params: Params) -> float:
    offered_kw = limits.give(params["v2g_min_soc"])
    if is_peak_hour(site, params) and offered_kw < 0.0 and limits.gain > 0.0:
        recharge_h = limits.count_steps(params["v2g_min_soc"], limits.target_soc) * limits.timestep_h
        if limits.hours_left - site.hours_to_peak_end >= recharge_h:
            return offered_kw
    return limits.charge(limits.target_soc)


def request_price(site: Site, limits: Limits, params: Params) -> float:
    given_kw = limits.give(params["v2g_min_soc"]) if is_dear(site, params) else 0.0
    if limits.can_recharge(given_kw, count_paying_steps(site, limits, params)):
        return given_kw
    to_target_kw, needed = limits.charge(limits.target_soc), limits.count_steps(limits.soc, limits.target_soc) - 1e-6
    later, surplus_later_kw = list_prices_later(site, limits), site.surplus_ahead_kw[1 : count_steps_left(site, limits)]
    now = max(site.price_mad_kwh, site.export_mad_kwh) if site.surplus_kw > 0.0 else site.price_mad_kwh
    # A surplus counts where it costs less than the price.
    is_sun_ahead = any(kw > 0.0 and price > 0.0 for kw, price in zip(surplus_later_kw, later, strict=True))
    n_better = sum(price <= now if is_sun_ahead else price < now for price in later)
    bought_kw = to_target_kw if n_better < needed else 0.0
    if site.surplus_kw <= 0.0:
        return bought_kw
    takes_sun = sum(price < site.export_mad_kwh for price in later) < needed
    return max(bought_kw, site.surplus_share * to_target_kw if takes_sun else 0.0)


def count_paying_steps(site: Site, limits: Limits, params: Params) -> int:
    is_exported = site.export_mad_kwh > find_repurchase_price(site, params)
    value = site.export_mad_kwh if is_exported else site.price_mad_kwh
    return sum(price < value * params["round_trip_efficiency"] for price in list_prices_later(site, limits))


def list_prices_later(site: Site, limits: Limits) -> list[float]:
    return site.prices_ahead_mad_kwh[1 : count_steps_left(site, limits)]


def request_renewable(site: Site, limits: Limits, params: Params) -> float:
    to_target_kw, needed = limits.charge(limits.target_soc), limits.count_steps(limits.soc, limits.target_soc) - 1e-6
    later, now = list_prices_later(site, limits), site.price_mad_kwh
    surplus_kw = site.surplus_ahead_kw[1 : count_steps_left(site, limits)]
    sunny = [0.0 if kw > 0.0 else price for kw, price in zip(surplus_kw, later, strict=True)]
    is_last_chance = sum(price <= now for price in later) < needed
    if site.surplus_kw > 0.0:
        return max(site.surplus_share * limits.charge(FULL_SOC), to_target_kw if is_last_chance else 0.0)
    if is_dark_window(site, params):
        given_kw = limits.give(params["v2g_min_soc"])
        n_paying = sum(price < now * params["round_trip_efficiency"] for price in sunny)
        if n_paying and limits.can_recharge(given_kw, n_paying):
            return given_kw
    return to_target_kw if is_last_chance or sum(price < now for price in sunny) < needed else 0.0


def count_steps_left(site: Site, limits: Limits) -> int:
    """Return the steps until the departure, as far as their prices are known."""
    return min(round(limits.hours_left / limits.timestep_h), len(site.prices_ahead_mad_kwh))


TWINS = {
    "uncontrolled": Twin(never_request_v2g, request_uncontrolled, share_all, "target_reached"),
    "grid_support": Twin(is_v2g_window, request_grid_support, share_all, "outside_window"),
    "peak_shaving": Twin(is_peak_hour, request_peak_shaving, share_excess_load, "outside_window"),
    "price": Twin(is_dear, request_price, share_price, "price_too_low"),
    "renewable": Twin(is_dark_window, request_renewable, share_renewable, "outside_window"),
}
"""The twin of each strategy, by its key."""
