"""Price optimisation: V2G at high prices, charging at the lowest price of the next 24 hours and at negative ones."""

from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.allocation import UNLIMITED, Allocation, Demand, compute_own_load_share
from ev2gym_dashboard.core.control.observation import StepView
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.schema import declare_quantity
from ev2gym_dashboard.core.site.moment import Moment
from ev2gym_dashboard.strategies.door.registry import register_strategy


@dataclass(frozen=True)
class Price:
    """Parameters: price and SOC thresholds, and the losses that V2G has to pay for."""

    price_threshold_mad_kwh: float = declare_quantity(1.5, "MAD/kWh", 0.0, 100.0, "Price threshold for V2G")
    v2g_min_soc: float = declare_quantity(0.65, "", 0.0, 1.0, "Minimum SOC for V2G")
    round_trip_efficiency: float = declare_quantity(
        0.87, "", 0.1, 1.0, "Round-trip efficiency with which V2G has to pay for its energy"
    )


def compute_repurchase_price(moment: Moment, params: Price) -> float:
    """Return the price of buying back a discharged kWh within 24 h, its losses included [MAD/kWh]."""
    return moment.price_low_mad_kwh / params.round_trip_efficiency


def is_v2g_worth_it(moment: Moment, params: Price) -> bool:
    """Return whether the price of import or of export is high, and above what the discharged energy costs."""
    price_mad_kwh = max(moment.price_mad_kwh, moment.export_mad_kwh)
    return price_mad_kwh > params.price_threshold_mad_kwh and price_mad_kwh > compute_repurchase_price(moment, params)


def allocate_own_load(moment: Moment, params: Price, demand: Demand) -> Allocation:
    """Share the site's own load among the vehicles that request V2G, unless export pays for the energy."""
    own_share = compute_own_load_share(demand, moment.other_load_kw)
    # Up to the load a kWh saves the import price; beyond it, a kWh earns the export price.
    repurchase_mad_kwh = compute_repurchase_price(moment, params)
    if moment.export_mad_kwh <= repurchase_mad_kwh:
        return Allocation(v2g_share=own_share)
    margins = moment.price_mad_kwh - repurchase_mad_kwh, moment.export_mad_kwh - repurchase_mad_kwh
    is_gain = own_share * margins[0] + (1.0 - own_share) * margins[1] > 0.0
    return UNLIMITED if is_gain else Allocation(v2g_share=0.0)


def is_paid_to_charge(moment: Moment) -> bool:
    """Return whether charging earns money: with surplus the price of export is negative, else that of import."""
    return (moment.export_mad_kwh if moment.surplus_kw > 0.0 else moment.price_mad_kwh) < 0.0


@register_strategy(
    key="price",
    name="Price optimisation",
    colour="#e07b1a",
    rule="V2G while the price exceeds {price_threshold_mad_kwh} and the cost of recharging, above "
    "{v2g_min_soc} SOC, up to the site's own load unless export pays more; charges at the lowest price of the next "
    "24 hours, and at negative prices.",
    params=Price,
    requests_v2g=is_v2g_worth_it,
    idle_reason=Reason.PRICE_TOO_LOW,
    allocate=allocate_own_load,
    shares_power=is_v2g_worth_it,
)
def price(view: StepView, params: Price) -> Floats:
    """Discharge where it pays, charge at the lowest price ahead or where it is paid for, and idle otherwise."""
    if is_v2g_worth_it(view.moment, params):
        return view.discharge_to_soc(params.v2g_min_soc)
    moment = view.moment
    if moment.price_mad_kwh <= moment.price_low_mad_kwh or is_paid_to_charge(moment):
        return view.charge_to_soc(view.target_soc)
    return np.zeros(view.soc.shape)
