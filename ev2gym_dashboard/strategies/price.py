"""Price optimisation: V2G at high prices, charging at the lowest price of the next 24 hours."""

from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.observation import StepView
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.schema import declare_quantity
from ev2gym_dashboard.core.site.moment import Moment
from ev2gym_dashboard.strategies.registry import register_strategy


@dataclass(frozen=True)
class Price:
    """Parameters: price and SOC thresholds."""

    price_threshold_mad_kwh: float = declare_quantity(1.5, "MAD/kWh", 0.0, 100.0, "Price threshold for V2G")
    v2g_min_soc: float = declare_quantity(0.65, "", 0.0, 1.0, "Minimum SOC for V2G")


def is_price_high(moment: Moment, params: Price) -> bool:
    return moment.price_mad_kwh > params.price_threshold_mad_kwh


@register_strategy(
    key="price",
    name="Price optimisation",
    colour="#e07b1a",
    rule="V2G while the price exceeds {price_threshold_mad_kwh}, above {v2g_min_soc} SOC; charges at the "
    "lowest price of the next 24 hours.",
    params=Price,
    requests_v2g=is_price_high,
    idle_reason=Reason.PRICE_TOO_LOW,
)
def price(view: StepView, params: Price) -> Floats:
    """Discharge above the price threshold, charge at the lowest price ahead, and idle otherwise."""
    if is_price_high(view.moment, params):
        return view.discharge_to_soc(params.v2g_min_soc)
    if view.moment.price_mad_kwh <= view.moment.price_low_mad_kwh:
        return view.charge_to_soc(view.target_soc)
    return np.zeros(view.soc.shape)
