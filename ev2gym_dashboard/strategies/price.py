"""Price optimisation: within each stay, V2G at high prices and charging at the lowest ones."""

from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.core.arrays import Floats, Indices
from ev2gym_dashboard.core.control.allocation import (
    Allocation,
    Demand,
    compute_covered_share,
    compute_own_load_share,
    share_requests,
)
from ev2gym_dashboard.core.control.elementwise import count_ahead, count_until, select
from ev2gym_dashboard.core.control.observation import (
    ROUNDING_STEPS,
    StepView,
    can_recharge,
    charge_to_soc,
    compute_steps_to_soc,
    discharge_to_soc,
    find_last_step,
)
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.schema import declare_quantity
from ev2gym_dashboard.core.site.moment import Moment
from ev2gym_dashboard.strategies.door.registry import register_strategy

CHEAPER, NOT_DEARER, SUNNY, BELOW_EXPORT, PAYING_V2G = range(5)
"""Tables of `tabulate_prices`: steps cheaper than this one, not dearer, with surplus, below the price of export, and
cheap enough to charge again what V2G gives."""


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
        return share_requests(1.0, compute_covered_share(moment.surplus_kw, demand.requested_g2v_kw))
    own_share = compute_own_load_share(demand, moment.other_load_kw)
    # Up to the load a kWh saves the import price; beyond it, a kWh earns the export price.
    repurchase_mad_kwh = compute_repurchase_price(moment, params)
    if moment.export_mad_kwh <= repurchase_mad_kwh:
        return share_requests(own_share, 1.0)
    import_margin, export_margin = moment.price_mad_kwh - repurchase_mad_kwh, moment.export_mad_kwh - repurchase_mad_kwh
    is_gain = own_share * import_margin + (1.0 - own_share) * export_margin > 0.0
    return share_requests(1.0 if is_gain else 0.0, 1.0)


def find_thresholds(moment: Moment, params: Price) -> tuple[float, float, float]:
    """Return the value of a kWh charged now, the price of export, and the most to charge again for [MAD/kWh]."""
    # What is charged from the surplus is not exported.
    has_surplus = moment.surplus_kw > 0.0
    now_mad_kwh = max(moment.price_mad_kwh, moment.export_mad_kwh) if has_surplus else moment.price_mad_kwh
    is_exported = moment.export_mad_kwh > compute_repurchase_price(moment, params)
    value_mad_kwh = moment.export_mad_kwh if is_exported else moment.price_mad_kwh
    return now_mad_kwh, moment.export_mad_kwh, value_mad_kwh * params.round_trip_efficiency


def tabulate_prices(moment: Moment, price_mad_kwh: Floats, surplus_price_mad_kwh: Floats, params: Price) -> Floats:
    """Return the number of steps ahead, up to each one, at prices of five kinds, (5, k)."""
    return count_steps(find_thresholds(moment, params), price_mad_kwh, surplus_price_mad_kwh)


def count_steps(thresholds: tuple[float, float, float], price_mad_kwh: Floats, surplus_price_mad_kwh: Floats) -> Floats:
    """Return the tables of `tabulate_prices` by the prices of `find_thresholds`."""
    now_mad_kwh, export_mad_kwh, paying_mad_kwh = thresholds
    # Small tables, read for all vehicles, instead of a sum or an order of prices for each of them.
    tables = np.empty((5, price_mad_kwh.size))
    tables[CHEAPER] = count_ahead(price_mad_kwh < now_mad_kwh)
    tables[NOT_DEARER] = count_ahead(price_mad_kwh <= now_mad_kwh)
    tables[SUNNY] = count_ahead(surplus_price_mad_kwh < price_mad_kwh)
    tables[BELOW_EXPORT] = count_ahead(price_mad_kwh < export_mad_kwh)
    tables[PAYING_V2G] = count_ahead(price_mad_kwh < paying_mad_kwh)
    return tables


@register_strategy(
    key="price",
    name="Price optimisation",
    colour="#cf6d10",
    rule="Charges in the cheapest steps before each departure, and from the solar surplus where its export pays less. "
    "V2G while the price exceeds {price_threshold_mad_kwh}, above {v2g_min_soc} SOC, as far as cheaper steps before "
    "the departure charge it again, losses included; up to the site's own load unless export pays more.",
    params=Price,
    requests_v2g=is_v2g_worth_it,
    idle_reason=Reason.PRICE_TOO_LOW,
    allocate=allocate_surplus_or_load,
    shares_power=shares_surplus_or_load,
    tabulate=tabulate_prices,
)
def price(view: StepView, params: Price) -> Floats:
    """Discharge where the stay has cheaper steps to charge it again, and charge in the cheapest steps of the stay."""
    last_step = find_last_step(view, view.tables.shape[1])
    bought_kw: Floats = buy_in_cheapest_steps(view, last_step)
    if not is_v2g_worth_it(view.moment, params):
        return bought_kw
    given_kw = discharge_to_soc(view, params.v2g_min_soc)
    gives = can_recharge(view, given_kw, count_until(view.tables, PAYING_V2G, last_step))
    decided_kw: Floats = select(gives, given_kw, bought_kw)
    return decided_kw


def buy_in_cheapest_steps(view: StepView, last_step: Indices) -> Floats:
    """Return the power (n,) that no cheaper step before the departure can replace [kW]."""
    to_target_kw, tables = charge_to_soc(view, view.target_soc), view.tables
    n_needed = compute_steps_to_soc(view, view.target_soc) - ROUNDING_STEPS
    # Of equal prices the first ones; but who will see surplus takes the last ones, as it may spare them.
    sees_surplus = count_until(tables, SUNNY, last_step) > 0
    n_not_dearer, n_cheaper = count_until(tables, NOT_DEARER, last_step), count_until(tables, CHEAPER, last_step)
    n_better = select(sees_surplus, n_not_dearer, n_cheaper)
    bought_kw: Floats = select(n_better < n_needed, to_target_kw, 0.0)
    if view.moment.surplus_kw <= 0.0:
        return bought_kw
    is_sun_cheap = count_until(tables, BELOW_EXPORT, last_step) < n_needed
    charged_kw: Floats = np.maximum(bought_kw, select(is_sun_cheap, to_target_kw * view.surplus_share, 0.0))
    return charged_kw
