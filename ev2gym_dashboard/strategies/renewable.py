"""Renewable integration: charging with PV output, V2G in the evening."""

from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.allocation import UNLIMITED, Allocation, Demand, compute_covered_share
from ev2gym_dashboard.core.control.observation import StepView
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.fleet.battery import FULL_SOC
from ev2gym_dashboard.core.schema import declare_quantity
from ev2gym_dashboard.core.site.moment import Moment
from ev2gym_dashboard.strategies.registry import register_strategy


@dataclass(frozen=True)
class Renewable:
    """Parameters: V2G window, hold period and SOC threshold; PV output is that of the site."""

    window_start_h: float = declare_quantity(18.0, "h", 0.0, 24.0, "Start of V2G without sun (UTC)")
    window_end_h: float = declare_quantity(22.0, "h", 0.0, 24.0, "End of V2G (UTC)")
    hold_before_h: float = declare_quantity(
        3.0, "h", 0.0, 24.0, "Hours before the V2G window without charging unless the sun shines"
    )
    v2g_min_soc: float = declare_quantity(0.6, "", 0.0, 1.0, "Minimum SOC for V2G")


def is_dark_evening(moment: Moment, params: Renewable) -> bool:
    return moment.solar_kw <= 0.0 and moment.is_in_hours(params.window_start_h, params.window_end_h)


def allocate_solar(moment: Moment, params: Renewable, demand: Demand) -> Allocation:
    """Share the PV output among the vehicles that request charging."""
    return (
        Allocation(g2v_share=compute_covered_share(moment.solar_kw, demand.requested_g2v_kw))
        if moment.solar_kw > 0.0
        else UNLIMITED
    )


def is_hold_period(moment: Moment, params: Renewable) -> bool:
    # Modulo a day: the hold period of a window after midnight begins the evening before.
    return moment.is_in_hours((params.window_start_h - params.hold_before_h) % 24.0, params.window_start_h)


@register_strategy(
    key="renewable",
    name="Renewable integration",
    colour="#1b8a52",
    rule="V2G without sun from {window_start_h} to {window_end_h} above {v2g_min_soc} SOC; charges to "
    "100% with sun, otherwise only to the target SOC.",
    params=Renewable,
    requests_v2g=is_dark_evening,
    idle_reason=Reason.OUTSIDE_WINDOW,
    allocate=allocate_solar,
)
def renewable(view: StepView, params: Renewable) -> Floats:
    """Charge to full with PV output; without it, charge to the target, except in the hold period before V2G."""
    moment = view.moment
    if is_dark_evening(moment, params):
        return view.discharge_to_soc(params.v2g_min_soc)
    if moment.solar_kw > 0.0:
        return view.charge_to_soc(FULL_SOC)
    if is_hold_period(moment, params):
        return np.zeros(view.soc.shape)
    return view.charge_to_soc(view.target_soc)
