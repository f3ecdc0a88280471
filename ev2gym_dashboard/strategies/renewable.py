"""Renewable integration: store the sun, give it back in the evening."""

from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.core.control.allocation import UNCAPPED, Caps, Demand, share_of
from ev2gym_dashboard.core.control.observation import Floats, Moment, StepView
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.fleet.battery import FULL_SOC
from ev2gym_dashboard.core.schema import quantity
from ev2gym_dashboard.strategies.registry import strategy


@dataclass(frozen=True)
class Renewable:
    """Window and SOC threshold; the sun is the site's series, not the clock."""

    window_start_h: float = quantity(18.0, "h", 0.0, 24.0, "V2G from this time of day (UTC), without sun")
    window_end_h: float = quantity(22.0, "h", 0.0, 24.0, "V2G until this time of day (UTC)")
    hold_before_h: float = quantity(3.0, "h", 0.0, 24.0, "No charging without sun in these hours before the V2G window")
    v2g_min_soc: float = quantity(0.6, "", 0.0, 1.0, "V2G only above this SOC")


def dark_evening(moment: Moment, params: Renewable) -> bool:
    return moment.solar_kw <= 0.0 and moment.within(params.window_start_h, params.window_end_h)


def sun_first(moment: Moment, params: Renewable, demand: Demand) -> Caps:
    """While the sun shines on the site, charge with what it gives."""
    return Caps(g2v_share=share_of(moment.solar_kw, demand.wished_g2v_kw)) if moment.solar_kw > 0.0 else UNCAPPED


def soon_evening(moment: Moment, params: Renewable) -> bool:
    return moment.within((params.window_start_h - params.hold_before_h) % 24.0, params.window_start_h)


@strategy(
    key="renewable",
    name="Renewable integration",
    rule="V2G without sun from {window_start_h} to {window_end_h} above {v2g_min_soc} SOC; "
    "charges with the sun up to full, otherwise only to the target.",
    params=Renewable,
    calls_v2g=dark_evening,
    quiet=Reason.OUTSIDE_WINDOW,
    shares=sun_first,
)
def renewable(view: StepView, params: Renewable) -> Floats:
    """Store what the sun gives; without it, charge only to the target, and not before the evening."""
    moment = view.moment
    if dark_evening(moment, params):
        return view.discharge_to(params.v2g_min_soc)
    if moment.solar_kw > 0.0:
        return view.charge_to(FULL_SOC)
    if soon_evening(moment, params):
        return np.zeros(view.soc.shape)
    return view.charge_to(view.target_soc)
