"""Price optimisation: within each stay, V2G at high prices and charging at the lowest ones."""

from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.core.arrays import Booleans, Floats, Indices
from ev2gym_dashboard.core.control.allocation import (
    UNLIMITED,
    Allocation,
    Demand,
    compute_covered_share,
    compute_own_load_share,
)
from ev2gym_dashboard.core.control.observation import StepView
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.schema import declare_quantity
from ev2gym_dashboard.core.site.moment import Moment
from ev2gym_dashboard.strategies.door.registry import register_strategy

ROUNDING_STEPS = 1e-6
"""Steps that rounding alone adds to what a vehicle needs: a whole step at a higher price would be bought for them."""


@dataclass(frozen=True)
class Price:
    """Parameters: price and SOC thresholds, and the losses that V2G has to pay for."""

    price_threshold_mad_kwh: float = declare_quantity(1.5, "MAD/kWh", 0.0, 100.0, "Price threshold for V2G")
    v2g_min_soc: float = declare_quantity(0.65, "", 0.0, 1.0, "Minimum SOC for V2G")
    round_trip_efficiency: float = declare_quantity(
        0.87, "", 0.1, 1.0, "Round-trip efficiency with which V2G has to pay for its energy"
    )


def compute_repurchase_price(moment: Moment, params: Price) -> float:
    """Return the least price of buying back a discharged kWh within 24 h, its losses included [MAD/kWh]."""
    return moment.price_low_mad_kwh / params.round_trip_efficiency


def is_v2g_worth_it(moment: Moment, params: Price) -> bool:
    """Return whether what a discharged kWh may earn is above the threshold, and above what the energy costs."""
    # With surplus the site has no load left that V2G could serve.
    best_mad_kwh = (
        moment.export_mad_kwh if moment.surplus_kw > 0.0 else max(moment.price_mad_kwh, moment.export_mad_kwh)
    )
    return best_mad_kwh > params.price_threshold_mad_kwh and best_mad_kwh > compute_repurchase_price(moment, params)


def shares_surplus_or_load(moment: Moment, params: Price) -> bool:
    return moment.surplus_kw > 0.0 or is_v2g_worth_it(moment, params)


def allocate_surplus_or_load(moment: Moment, params: Price, demand: Demand) -> Allocation:
    """Share the surplus among the vehicles that charge, or the own load among those that give, unless export pays."""
    if not is_v2g_worth_it(moment, params):
        return Allocation(surplus_share=compute_covered_share(moment.surplus_kw, demand.requested_g2v_kw))
    own_share = compute_own_load_share(demand, other_load_kw=moment.other_load_kw)
    # Up to the load a kWh saves the import price; beyond it, a kWh earns the export price.
    repurchase_mad_kwh = compute_repurchase_price(moment, params)
    if moment.export_mad_kwh <= repurchase_mad_kwh:
        return Allocation(v2g_share=own_share)
    margins = moment.price_mad_kwh - repurchase_mad_kwh, moment.export_mad_kwh - repurchase_mad_kwh
    is_gain = own_share * margins[0] + (1.0 - own_share) * margins[1] > 0.0
    return UNLIMITED if is_gain else Allocation(v2g_share=0.0)


@register_strategy(
    key="price",
    name="Price optimisation",
    colour="#e07b1a",
    rule="Charges in the cheapest steps before each departure, and from the solar surplus where its export pays less. "
    "V2G while the price exceeds {price_threshold_mad_kwh}, above {v2g_min_soc} SOC, as far as cheaper steps before "
    "the departure charge it again, losses included; up to the site's own load unless export pays more.",
    params=Price,
    requests_v2g=is_v2g_worth_it,
    idle_reason=Reason.PRICE_TOO_LOW,
    allocate=allocate_surplus_or_load,
    shares_power=shares_surplus_or_load,
)
def price(view: StepView, params: Price) -> Floats:
    """Discharge where the stay has cheaper steps to charge it again, and charge in the cheapest steps of the stay."""
    last_step = view.find_last_step(len(view.moment.price_ahead_mad_kwh))
    bought_kw = _buy_in_cheapest_steps(view, last_step)
    if not is_v2g_worth_it(view.moment, params):
        return bought_kw
    given_kw = view.discharge_to_soc(params.v2g_min_soc)
    is_refilled = _can_refill(view, params, last_step, view.soc + given_kw / view.kw_per_use)
    return np.where((given_kw < 0.0) & is_refilled, given_kw, bought_kw)


def _buy_in_cheapest_steps(view: StepView, last_step: Indices) -> Floats:
    """Return the power (n,) that no cheaper step before the departure can replace [kW]."""
    moment, to_target_kw = view.moment, view.charge_to_soc(view.target_soc)
    price_mad_kwh = moment.price_ahead_mad_kwh
    n_needed = view.compute_steps_to_soc(view.target_soc) - ROUNDING_STEPS
    has_surplus = moment.surplus_kw > 0.0
    # What is charged from the surplus is not exported.
    now_mad_kwh = max(moment.price_mad_kwh, moment.export_mad_kwh) if has_surplus else moment.price_mad_kwh
    n_cheaper = _count_ahead(price_mad_kwh < now_mad_kwh, last_step)
    # Of equal prices the first ones; but who will see surplus takes the last ones, as it may spare them.
    n_later = _count_ahead(price_mad_kwh <= now_mad_kwh, last_step)
    sees_surplus = _count_ahead(moment.surplus_price_ahead_mad_kwh < price_mad_kwh, last_step) > 0
    bought_kw: Floats = to_target_kw * (np.where(sees_surplus, n_later, n_cheaper) < n_needed)
    if not has_surplus:
        return bought_kw
    is_sun_cheap = _count_ahead(price_mad_kwh < moment.export_mad_kwh, last_step) < n_needed
    return np.maximum(bought_kw, to_target_kw * view.surplus_share * is_sun_cheap)


def _can_refill(view: StepView, params: Price, last_step: Indices, soc: Floats) -> Booleans:
    """Return which vehicles (n,) reach the target from a SOC in steps that are cheap enough to pay for V2G."""
    moment = view.moment
    is_exported = moment.export_mad_kwh > compute_repurchase_price(moment, params)
    value_mad_kwh = moment.export_mad_kwh if is_exported else moment.price_mad_kwh
    is_cheap = moment.price_ahead_mad_kwh < value_mad_kwh * params.round_trip_efficiency
    return view.compute_steps_between(soc, view.target_soc) <= _count_ahead(is_cheap, last_step)


def _count_ahead(holds: Booleans, last_step: Indices) -> Indices:
    """Return the number of steps (n,) after this one, until each vehicle's last step, in which a condition holds."""
    counts = np.cumsum(holds)
    # Read from one small table for all vehicles, instead of a sum or an order of prices for each.
    n_ahead: Indices = (counts - counts[0])[last_step]
    return n_ahead
