"""Setpoints: a requested power by code of model and EVSE, from outside of the engine."""

from __future__ import annotations

from dataclasses import dataclass

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.observation import StepView
from ev2gym_dashboard.core.site.moment import Moment


@dataclass(frozen=True, eq=False)
class Setpoints:
    """Requested power by code of model and EVSE, (codes,) [kW]; V2G stops at the reserve of the scenario."""

    power_kw: Floats
    v2g_min_soc: float = 0.0


def request_setpoint_power(view: StepView, params: Setpoints) -> Floats:
    """Return the setpoint (n,) of each vehicle."""
    return params.power_kw.take(view.code)


def requests_v2g_by_setpoint(moment: Moment, params: Setpoints) -> bool:  # noqa: ARG001 (every strategy has this signature)
    """Return whether any setpoint discharges."""
    return bool((params.power_kw < 0.0).any())
