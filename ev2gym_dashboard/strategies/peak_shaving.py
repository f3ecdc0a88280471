"""Peak shaving: V2G spread over the tariff's peak hours, and even charging outside them."""

from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.allocation import Allocation, Demand, compute_covered_share
from ev2gym_dashboard.core.control.observation import StepView
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.schema import declare_quantity
from ev2gym_dashboard.core.site.moment import Moment
from ev2gym_dashboard.strategies.registry import register_strategy


@dataclass(frozen=True)
class PeakShaving:
    """Parameters: SOC threshold and shaving target; the hours are those of the tariff."""

    v2g_min_soc: float = declare_quantity(0.7, "", 0.0, 1.0, "Minimum SOC for V2G")
    target_share: float = declare_quantity(0.5, "", 0.0, 1.0, "Peak-shaving target, as a share of the connection limit")


def is_peak_hour(moment: Moment, params: PeakShaving) -> bool:
    return moment.peak


def allocate_excess_load(moment: Moment, params: PeakShaving, demand: Demand) -> Allocation:
    """Share the excess of the load over the shaving target among the vehicles that request V2G."""
    excess_kw = moment.other_load_kw - params.target_share * moment.limit_kw
    return Allocation(v2g_share=compute_covered_share(excess_kw, demand.requested_v2g_kw))


@register_strategy(
    key="peak_shaving",
    name="Peak shaving",
    colour="#2f7fd6",
    rule="V2G in the tariff's peak hours above {v2g_min_soc} SOC, as far as the load exceeds "
    "{target_share} of the connection limit; charges evenly outside the peak hours.",
    params=PeakShaving,
    requests_v2g=is_peak_hour,
    idle_reason=Reason.OUTSIDE_WINDOW,
    allocate=allocate_excess_load,
)
def peak_shaving(view: StepView, params: PeakShaving) -> Floats:
    """Discharge evenly over the rest of the peak; outside it, charge evenly over the time until the next one."""
    moment = view.moment
    if moment.peak:
        # Not longer than the stay: energy kept for after the departure would never be given.
        hours = np.clip(view.hours_left, moment.timestep_h, moment.hours_of_peak_left_h)
        return -view.compute_power_above_soc(params.v2g_min_soc) * moment.timestep_h / hours
    hours = np.maximum(np.minimum(view.hours_left, moment.hours_to_peak_h), moment.timestep_h)
    return view.compute_power_to_soc(view.target_soc) * moment.timestep_h / hours
