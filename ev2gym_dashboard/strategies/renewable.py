"""Renewable integration: charging from the site's surplus first, V2G in the dark evening for its own load."""

from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
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
from ev2gym_dashboard.core.fleet.battery import FULL_SOC
from ev2gym_dashboard.core.schema import declare_quantity
from ev2gym_dashboard.core.site.moment import Moment, is_in_hours
from ev2gym_dashboard.strategies.door.registry import register_strategy

BETTER, NOT_DEARER, PAYING_V2G = range(3)
"""Tables of `tabulate_prices`: steps with surplus or at a lower price, at no higher price, and cheap enough to charge
again what V2G gives."""


@dataclass(frozen=True)
class Renewable:
    """Parameters: V2G window, SOC threshold, and the losses that V2G has to pay for."""

    window_start_h: float = declare_quantity(18.0, "h", 0.0, 24.0, "Start of V2G without sun (UTC)")
    window_end_h: float = declare_quantity(22.0, "h", 0.0, 24.0, "End of V2G (UTC)")
    v2g_min_soc: float = declare_quantity(0.6, "", 0.0, 1.0, "Minimum SOC for V2G")
    round_trip_efficiency: float = declare_quantity(
        0.87, "", 0.1, 1.0, "Round-trip efficiency with which V2G has to pay for its energy"
    )


def is_dark_evening(moment: Moment, params: Renewable) -> bool:
    return moment.solar_kw <= 0.0 and is_in_hours(moment.hour_h, params.window_start_h, params.window_end_h)


def shares_surplus_or_load(moment: Moment, params: Renewable) -> bool:
    return moment.surplus_kw > 0.0 or is_dark_evening(moment, params)


def allocate_surplus_and_load(moment: Moment, params: Renewable, demand: Demand) -> Allocation:
    """Share the surplus among the vehicles that charge, and the site's own load among those that discharge."""
    if moment.surplus_kw > 0.0:
        return share_requests(1.0, compute_covered_share(moment.surplus_kw, demand.requested_g2v_kw))
    return share_requests(compute_own_load_share(demand, moment.other_load_kw), 1.0)


def tabulate_prices(moment: Moment, price_mad_kwh: Floats, surplus_price_mad_kwh: Floats, params: Renewable) -> Floats:
    """Return the number of steps ahead, up to each one, of three kinds, (3, k)."""
    return count_steps(find_thresholds(moment, params), price_mad_kwh, surplus_price_mad_kwh)


def find_thresholds(moment: Moment, params: Renewable) -> tuple[float, float]:
    """Return the present price, and the most to charge again for what V2G gives [MAD/kWh]."""
    return moment.price_mad_kwh, moment.price_mad_kwh * params.round_trip_efficiency


def count_steps(thresholds: tuple[float, float], price_mad_kwh: Floats, surplus_price_mad_kwh: Floats) -> Floats:
    """Return the tables of `tabulate_prices` by the prices of `find_thresholds`."""
    now_mad_kwh, paying_mad_kwh = thresholds
    tables = np.empty((3, price_mad_kwh.size))
    # A vehicle that will see surplus waits for it, as its price counts 0.
    tables[BETTER] = count_ahead(surplus_price_mad_kwh < now_mad_kwh)
    tables[NOT_DEARER] = count_ahead(price_mad_kwh <= now_mad_kwh)
    tables[PAYING_V2G] = count_ahead(surplus_price_mad_kwh < paying_mad_kwh)
    return tables


@register_strategy(
    key="renewable",
    name="Renewable integration",
    colour="#1b8a52",
    rule="Charges to 100% from the solar surplus; buys up to the target SOC only, in the cheapest steps before the "
    "departure. V2G without sun from {window_start_h} to {window_end_h} above {v2g_min_soc} SOC, as far as sun or "
    "cheaper steps before the departure charge it again; up to the site's own load.",
    params=Renewable,
    requests_v2g=is_dark_evening,
    idle_reason=Reason.OUTSIDE_WINDOW,
    allocate=allocate_surplus_and_load,
    shares_power=shares_surplus_or_load,
    tabulate=tabulate_prices,
)
def renewable(view: StepView, params: Renewable) -> Floats:
    """Charge to full from the surplus; buy in the cheapest steps of the stay; give back what they charge again."""
    moment, to_target_kw = view.moment, charge_to_soc(view, view.target_soc)
    last_step = find_last_step(view, view.tables.shape[1])
    n_needed = compute_steps_to_soc(view, view.target_soc) - ROUNDING_STEPS
    # The sun may be less than expected: what no later step at this price can charge is bought now.
    is_last_chance = count_until(view.tables, NOT_DEARER, last_step) < n_needed
    if moment.surplus_kw > 0.0:
        from_surplus_kw = charge_to_soc(view, FULL_SOC) * view.surplus_share
        charged_kw: Floats = np.maximum(from_surplus_kw, select(is_last_chance, to_target_kw, 0.0))
        return charged_kw
    is_cheapest = count_until(view.tables, BETTER, last_step) < n_needed
    bought_kw: Floats = select(is_last_chance | is_cheapest, to_target_kw, 0.0)
    if not is_dark_evening(moment, params):
        return bought_kw
    given_kw, n_paying = discharge_to_soc(view, params.v2g_min_soc), count_until(view.tables, PAYING_V2G, last_step)
    # What lies above the target need not be charged again, but nothing ahead makes it worth its wear.
    gives = (n_paying > 0.0) & can_recharge(view, given_kw, n_paying)
    decided_kw: Floats = select(gives, given_kw, bought_kw)
    return decided_kw
