"""Uncontrolled: charge at once, as fast as possible; the baseline of every comparison."""

from dataclasses import dataclass

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.observation import StepView, charge_to_soc
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.schema import declare_quantity
from ev2gym_dashboard.core.site.moment import Moment
from ev2gym_dashboard.strategies.door.registry import register_strategy


@dataclass(frozen=True)
class Uncontrolled:
    """No parameters to set: a threshold of 1 rules out V2G."""

    v2g_min_soc: float = declare_quantity(1.0, "", 1.0, 1.0, "Minimum SOC for V2G")


def never_requests_v2g(moment: Moment, params: Uncontrolled) -> bool:
    return False


@register_strategy(
    key="uncontrolled",
    name="Uncontrolled",
    colour="#a46fd6",
    rule="Charges immediately and at full power, up to the target SOC; no V2G.",
    params=Uncontrolled,
    requests_v2g=never_requests_v2g,
    idle_reason=Reason.TARGET_REACHED,
    cap="ignored",
)
def uncontrolled(view: StepView, params: Uncontrolled) -> Floats:
    """Charge at once to the target SOC."""
    charging_kw: Floats = charge_to_soc(view, view.target_soc)
    return charging_kw
