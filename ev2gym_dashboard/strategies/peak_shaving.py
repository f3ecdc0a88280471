"""Peak shaving: the load of the site with its EVs under the lowest cap, by V2G in the tariff's peak hours."""

from dataclasses import dataclass

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.allocation import (
    LAXITY_BIN_H,
    Allocation,
    Demand,
    compute_covered_share,
    share_requests,
)
from ev2gym_dashboard.core.control.elementwise import select
from ev2gym_dashboard.core.control.observation import StepView, charge_to_soc, compute_steps_between, discharge_to_soc
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.schema import declare_quantity
from ev2gym_dashboard.core.site.moment import Moment
from ev2gym_dashboard.strategies.door.registry import register_strategy

URGENT_LAXITY_H = 1.0
"""Laxity below which charging is urgent: it counts as load that V2G makes room for."""
URGENT_BINS = round(URGENT_LAXITY_H / LAXITY_BIN_H)


@dataclass(frozen=True)
class PeakShaving:
    """Parameters: SOC threshold and margin of the cap; the hours are those of the tariff.

    ``v2g_lowers_cap`` is not set by the user but by the search for the cap, together with it.
    """

    v2g_min_soc: float = declare_quantity(0.7, "", 0.0, 1.0, "Minimum SOC for V2G")
    cap_margin: float = declare_quantity(0.0, "", 0.0, 1.0, "Margin of the cap above the lowest one that is found")
    v2g_lowers_cap: bool = True


def is_peak_hour(moment: Moment, params: PeakShaving) -> bool:
    return moment.peak and params.v2g_lowers_cap


def allocate_excess_load(moment: Moment, params: PeakShaving, demand: Demand) -> Allocation:
    """Share the excess of the load, urgent charging included, over the cap among the vehicles that request V2G."""
    urgent_kw = float(demand.g2v_kw[:URGENT_BINS].sum())
    excess_kw = moment.other_load_kw + urgent_kw - moment.cap_kw
    return share_requests(compute_covered_share(excess_kw, demand.requested_v2g_kw), 1.0)


@register_strategy(
    key="peak_shaving",
    name="Peak shaving",
    colour="#2f7fd6",
    rule="V2G in the tariff's peak hours above {v2g_min_soc} SOC, as far as the load with urgent charging would exceed "
    "the site cap; charges under the cap, the most urgent vehicles first. Without a declared cap, it finds the lowest "
    "one that leaves no more energy unserved, and adds {cap_margin}.",
    params=PeakShaving,
    requests_v2g=is_peak_hour,
    idle_reason=Reason.OUTSIDE_WINDOW,
    allocate=allocate_excess_load,
    cap="found",
)
def peak_shaving(view: StepView, params: PeakShaving) -> Floats:
    """Offer V2G in the peak hours where it can be charged again after them; charge to the target SOC otherwise."""
    charging_kw: Floats = charge_to_soc(view, view.target_soc)
    if not is_peak_hour(view.moment, params):
        return charging_kw
    offered_kw = discharge_to_soc(view, params.v2g_min_soc)
    # Where the stay is too short, the energy would be bought again in the peak, or be missing at the departure.
    n_after_peak = (view.hours_left - view.moment.hours_of_peak_left_h) / view.moment.timestep_h
    # From the threshold, although less may be given: under the cap, vehicles charge at full power only in turns.
    n_recharging = compute_steps_between(view, params.v2g_min_soc, view.target_soc)
    offers = (offered_kw < 0.0) & (view.gain > 0.0) & (n_recharging <= n_after_peak)
    decided_kw: Floats = select(offers, offered_kw, charging_kw)
    return decided_kw
