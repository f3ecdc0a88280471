"""Renewable integration: charging from the site's surplus first, V2G in the dark evening for its own load."""

from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.core.arrays import Booleans, Floats, Indices
from ev2gym_dashboard.core.control.allocation import (
    Allocation,
    Demand,
    compute_covered_share,
    compute_own_load_share,
    share_requests,
)
from ev2gym_dashboard.core.control.elementwise import count_ahead, find_lowest_ahead, select
from ev2gym_dashboard.core.control.observation import (
    StepView,
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

LOWEST, AS_CHEAP, CHEAPER = range(3)
"""Tables of `tabulate_prices`."""


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
    """Return the lowest price up to each step ahead, and how many are as cheap as this one, and cheaper, (3, k)."""
    tables = np.empty((3, price_mad_kwh.size))
    # A vehicle that will see surplus waits for it, as its price counts 0.
    tables[LOWEST] = find_lowest_ahead(surplus_price_mad_kwh)
    tables[AS_CHEAP] = count_ahead(price_mad_kwh == moment.price_mad_kwh)
    tables[CHEAPER] = count_ahead(price_mad_kwh < moment.price_mad_kwh)
    return tables


@register_strategy(
    key="renewable",
    name="Renewable integration",
    colour="#1b8a52",
    rule="Charges to 100% from the solar surplus; buys up to the target SOC only, at the lowest price before the "
    "departure. V2G without sun from {window_start_h} to {window_end_h} above {v2g_min_soc} SOC, up to the site's own "
    "load.",
    params=Renewable,
    requests_v2g=is_dark_evening,
    idle_reason=Reason.OUTSIDE_WINDOW,
    allocate=allocate_surplus_and_load,
    shares_power=shares_surplus_or_load,
    tabulate=tabulate_prices,
)
def renewable(view: StepView, params: Renewable) -> Floats:
    """Charge to full from the surplus; buy what the target needs at the lowest price; give back where that pays."""
    moment, to_target_kw = view.moment, charge_to_soc(view, view.target_soc)
    last_step = find_last_step(view, view.tables.shape[1])
    is_last_chance = find_last_cheap_chance(view, last_step)
    if moment.surplus_kw > 0.0:
        from_surplus_kw = charge_to_soc(view, FULL_SOC) * view.surplus_share
        charged_kw: Floats = np.maximum(from_surplus_kw, select(is_last_chance, to_target_kw, 0.0))
        return charged_kw
    lowest_mad_kwh = view.tables[LOWEST, last_step]
    bought_kw: Floats = select(is_last_chance | (moment.price_mad_kwh <= lowest_mad_kwh), to_target_kw, 0.0)
    if not is_dark_evening(moment, params):
        return bought_kw
    is_worth_it = moment.price_mad_kwh * params.round_trip_efficiency > lowest_mad_kwh
    decided_kw: Floats = select(is_worth_it, discharge_to_soc(view, params.v2g_min_soc), bought_kw)
    return decided_kw


def find_last_cheap_chance(view: StepView, last_step: Indices) -> Booleans:
    """Return which vehicles (n,) reach the target at the lowest price until their last step only if they buy now."""
    # A lower price ahead is a better chance: whoever stays until then waits.
    stays_dear = view.tables[CHEAPER, last_step] == 0.0
    n_needed = compute_steps_to_soc(view, view.target_soc)
    is_last: Booleans = stays_dear & (view.tables[AS_CHEAP, last_step] < n_needed)
    return is_last
