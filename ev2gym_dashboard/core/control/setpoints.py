"""Setpoints: a requested power from outside of the engine, by code of model and EVSE or by slot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ev2gym_dashboard.core.arrays import Floats, Indices
from ev2gym_dashboard.core.control.observation import StepView
from ev2gym_dashboard.core.site.moment import Moment


@dataclass(frozen=True, eq=False)
class Setpoints:
    """Requested power by code of model and EVSE, (codes,) [kW]; V2G stops at the reserve of the scenario."""

    power_kw: Floats
    v2g_min_soc: float = 0.0


@dataclass(frozen=True, eq=False)
class SlotSetpoints:
    """Requested shares of rated power by slot; V2G stops at the reserve of the scenario.

    Parameters
    ----------
    shares : (slots,) from -1, V2G at rated power, to 1, charging at rated power
    find_slots : function of the plugged-in vehicles that returns the slot of each, (n,)
    charge_kw, discharge_kw : (codes,) rated powers of model and EVSE [kW]
    """

    shares: Floats
    find_slots: Callable[[StepView], Indices]
    charge_kw: Floats
    discharge_kw: Floats
    v2g_min_soc: float = 0.0


def request_setpoint_power(view: StepView, params: Setpoints) -> Floats:
    """Return the setpoint (n,) of each vehicle."""
    return params.power_kw.take(view.code)


def requests_v2g_by_setpoint(moment: Moment, params: Setpoints) -> bool:  # noqa: ARG001 (every strategy has this signature)
    """Return whether any setpoint discharges."""
    return bool((params.power_kw < 0.0).any())


def request_slot_power(view: StepView, params: SlotSetpoints) -> Floats:
    """Return the share of the rated power that the slot of each vehicle requests, (n,) [kW]."""
    shares = params.shares.take(params.find_slots(view))
    power_kw: Floats = shares * params.discharge_kw.take(view.code)
    charging = shares > 0.0
    power_kw[charging] = shares[charging] * params.charge_kw.take(view.code[charging])
    return power_kw


def requests_v2g_by_slot(moment: Moment, params: SlotSetpoints) -> bool:  # noqa: ARG001 (every strategy has this signature)
    """Return whether any slot discharges."""
    return bool((params.shares < 0.0).any())
