"""Grid support: V2G in the evening, charging at once outside it."""

from dataclasses import dataclass

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.elementwise import select
from ev2gym_dashboard.core.control.observation import StepView, can_recharge, charge_to_soc, discharge_to_soc
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.schema import declare_quantity
from ev2gym_dashboard.core.site.moment import Moment, count_steps_outside, is_in_hours
from ev2gym_dashboard.strategies.door.registry import register_strategy


@dataclass(frozen=True)
class GridSupport:
    """Parameters: V2G window and SOC threshold."""

    window_start_h: float = declare_quantity(18.0, "h", 0.0, 24.0, "Start of V2G (UTC)")
    window_end_h: float = declare_quantity(21.0, "h", 0.0, 24.0, "End of V2G (UTC)")
    v2g_min_soc: float = declare_quantity(0.6, "", 0.0, 1.0, "Minimum SOC for V2G")


def is_in_v2g_window(moment: Moment, params: GridSupport) -> bool:
    return is_in_hours(moment.hour_h, params.window_start_h, params.window_end_h)


@register_strategy(
    key="grid_support",
    name="Grid support",
    colour="#5b7a99",
    rule="V2G from {window_start_h} to {window_end_h} above {v2g_min_soc} SOC, as far as the time after "
    "them until the departure charges it again; charges immediately outside these hours, up to the target SOC.",
    params=GridSupport,
    requests_v2g=is_in_v2g_window,
    idle_reason=Reason.OUTSIDE_WINDOW,
)
def grid_support(view: StepView, params: GridSupport) -> Floats:
    """Discharge in the window what the time after it charges again; outside it, charge to the target SOC."""
    moment = view.moment
    if not is_in_v2g_window(moment, params):
        charging_kw: Floats = charge_to_soc(view, view.target_soc)
        return charging_kw
    given_kw = discharge_to_soc(view, params.v2g_min_soc)
    # Charged again within the window, the energy would be missing there.
    n_charging = count_steps_outside(
        moment, params.window_start_h, params.window_end_h, view.hours_left / moment.timestep_h
    )
    decided_kw: Floats = select(can_recharge(view, given_kw, n_charging), given_kw, 0.0)
    return decided_kw
