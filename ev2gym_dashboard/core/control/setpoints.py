"""Setpoints: a requested power from outside of the engine, by code of model and EVSE or by slot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ev2gym_dashboard.core.arrays import Evses, Floats
from ev2gym_dashboard.core.control.elementwise import select
from ev2gym_dashboard.core.control.observation import StepView, compute_steps_between
from ev2gym_dashboard.core.site.moment import Moment


@dataclass(frozen=True, eq=False)
class Setpoints:
    """Requested power by code of model and EVSE, (codes,) [kW]; V2G stops at the reserve of the scenario."""

    power_kw: Floats
    v2g_min_soc: float = 0.0


BY_MODEL, BY_EVSE, BY_VEHICLE, BY_URGENCY = range(4)
"""Slots: one per vehicle model, per EVSE, per vehicle, or per class of urgency."""
SOME = 1e-9
"""Smallest ratio that counts as a need."""
URGENCY_CLASSES = {"met": 0.0, "relaxed": SOME, "moderate": 0.25, "pressing": 0.5, "urgent": 0.75}
"""Classes of urgency, and from which ratio of the time that charging needs to the time left each of them holds."""
_RELAXED, _MODERATE, _PRESSING, _URGENT = list(URGENCY_CLASSES.values())[1:]


@dataclass(frozen=True, eq=False)
class SlotSetpoints:
    """Requested shares of rated power by slot; V2G stops at the reserve of the scenario.

    Parameters
    ----------
    shares : (slots,) from -1, V2G at rated power, to 1, charging at rated power; an agent writes them in place
    slots_by : `BY_MODEL` and the like
    evse : (vehicles,) EVSE of each vehicle, of the state that the steps update
    charge_kw, discharge_kw : (codes,) rated powers of model and EVSE [kW]
    n_kinds : kinds of EVSEs
    """

    shares: Floats
    slots_by: int
    evse: Evses
    charge_kw: Floats
    discharge_kw: Floats
    n_kinds: int
    v2g_min_soc: float = 0.0


def request_setpoint_power(view: StepView, params: Setpoints) -> Floats:
    """Return the setpoint (n,) of each vehicle."""
    return params.power_kw.take(view.code)


def requests_v2g_by_setpoint(moment: Moment, params: Setpoints) -> bool:  # noqa: ARG001 (every strategy has this signature)
    """Return whether any setpoint discharges."""
    return bool((params.power_kw < 0.0).any())


# In operations that hold for arrays of vehicles and, compiled, for one vehicle.
def request_slot_power(view: StepView, params: SlotSetpoints) -> Any:
    """Return the share of the rated power that the slot of each vehicle requests, (n,) [kW]."""
    share = params.shares[find_slot(view, params)]
    return share * select(share > 0.0, params.charge_kw[view.code], params.discharge_kw[view.code])


def find_slot(view: Any, params: SlotSetpoints) -> Any:
    """Return the slot of each plugged-in vehicle, (n,)."""
    if params.slots_by == BY_EVSE:
        return params.evse[view.vehicle_id]
    if params.slots_by == BY_VEHICLE:
        return view.vehicle_id
    if params.slots_by == BY_URGENCY:
        return classify_urgency(view, view.target_soc, view.moment.timestep_h, view.hours_left)
    # The codes of models and EVSEs are repeated where vehicles have further targets.
    return (view.code - 1) % (params.shares.size * params.n_kinds) // params.n_kinds


def classify_urgency(view: Any, target_soc: Any, timestep_h: float, hours_left: Any) -> Any:
    """Return the class of urgency of vehicles, (n,): by the time to the target at full power over the time left [h]."""
    ratio = compute_steps_between(view, view.soc, target_soc) * timestep_h / hours_left
    return 1 * (ratio >= _RELAXED) + 1 * (ratio >= _MODERATE) + 1 * (ratio >= _PRESSING) + 1 * (ratio >= _URGENT)


def requests_v2g_by_slot(moment: Moment, params: SlotSetpoints) -> bool:  # noqa: ARG001 (every strategy has this signature)
    """Return whether any slot discharges."""
    return bool(params.shares.min() < 0.0)
