"""Price optimisation: sell dear, buy cheap."""

from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.core.control.observation import Floats, Moment, StepView
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.schema import quantity
from ev2gym_dashboard.strategies.registry import strategy


@dataclass(frozen=True)
class Price:
    """Price and SOC thresholds."""

    price_threshold_mad_kwh: float = quantity(1.5, "MAD/kWh", 0.0, 100.0, "V2G only above this price")
    v2g_min_soc: float = quantity(0.65, "", 0.0, 1.0, "V2G only above this SOC")


def dear(moment: Moment, params: Price) -> bool:
    return moment.price_mad_kwh > params.price_threshold_mad_kwh


@strategy(
    key="price",
    name="Price optimisation",
    rule="V2G while the price is above {price_threshold_mad_kwh}, above {v2g_min_soc} SOC; "
    "charges at the lowest price of the next 24 hours.",
    params=Price,
    calls_v2g=dear,
    quiet=Reason.PRICE_TOO_LOW,
)
def price(view: StepView, params: Price) -> Floats:
    if dear(view.moment, params):
        return view.discharge_to(params.v2g_min_soc)
    if view.moment.price_mad_kwh <= view.moment.price_low_mad_kwh:
        return view.charge_to(view.target_soc)
    return np.zeros(view.soc.shape)
