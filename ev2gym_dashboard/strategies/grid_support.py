"""Grid support: give power back in the evening, charge outside it."""

from dataclasses import dataclass

from ev2gym_dashboard.core.control.observation import Floats, Moment, StepView
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.schema import quantity
from ev2gym_dashboard.strategies.registry import strategy


@dataclass(frozen=True)
class GridSupport:
    """Window and SOC threshold."""

    window_start_h: float = quantity(18.0, "h", 0.0, 24.0, "V2G from this time of day (UTC)")
    window_end_h: float = quantity(21.0, "h", 0.0, 24.0, "V2G until this time of day (UTC)")
    v2g_min_soc: float = quantity(0.6, "", 0.0, 1.0, "V2G only above this SOC")


def in_window(moment: Moment, params: GridSupport) -> bool:
    return moment.within(params.window_start_h, params.window_end_h)


@strategy(
    key="grid_support",
    name="Grid support",
    rule="V2G from {window_start_h} to {window_end_h} above {v2g_min_soc} SOC; "
    "outside these hours it charges at once, up to the target SOC.",
    params=GridSupport,
    calls_v2g=in_window,
    quiet=Reason.OUTSIDE_WINDOW,
)
def grid_support(view: StepView, params: GridSupport) -> Floats:
    if in_window(view.moment, params):
        return view.discharge_to(params.v2g_min_soc)
    return view.charge_to(view.target_soc)
