"""Actions of an agent: the slots that its numbers apply to, one table of the forms that the slots can take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.core.arrays import Floats, Indices
from ev2gym_dashboard.core.control.observation import StepView, compute_steps_between
from ev2gym_dashboard.core.control.step import Control
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.schema import Issue
from ev2gym_dashboard.integrations.gym.stack import Present
from ev2gym_dashboard.service.simulation.setpoint_control import make_setpoint_control, make_slot_control

MAX_SLOTS = 10_000
"""Slots of a space with one per EVSE or per vehicle: larger spaces are not learned, and fill the memory."""

SOME = 1e-9
"""Smallest ratio that counts as a need."""
URGENCY_CLASSES = {"met": 0.0, "relaxed": SOME, "moderate": 0.25, "pressing": 0.5, "urgent": 0.75}
"""Classes of urgency, and from which ratio of the time that charging needs to the time left each of them holds."""
URGENCY_BOUNDS = np.array(list(URGENCY_CLASSES.values()))[1:]


@dataclass(frozen=True)
class ActionForm:
    """A form of the action: what has a number, and to which number each vehicle belongs.

    Parameters
    ----------
    about : what has a number
    list_names : function that returns the names of the slots
    find_slots : function that returns the slot of each vehicle that is present between two steps, (n,)
    make_control : function of engine, shares (slots,), V2G switch and site cap [kW] that returns the control of a step
    is_masked : whether ``info["action_mask"]`` says which slots have a vehicle
    """

    about: str
    list_names: Callable[[Engine], list[str]]
    find_slots: Callable[[Present], Indices]
    make_control: Callable[..., Control]
    is_masked: bool = True


def _list_models(engine: Engine) -> list[str]:
    return list(engine.catalog.names)


def _list_evses(engine: Engine) -> list[str]:
    # Names of groups may repeat; the number is that of `FleetState.evse`.
    return [f"EVSE {number}" for number in range(int(engine.installation.counts.sum()))]


def _list_vehicles(engine: Engine) -> list[str]:
    return [f"vehicle {number}" for number in range(engine.fleet.size)]


def _list_urgency_classes(_engine: Engine) -> list[str]:
    return list(URGENCY_CLASSES)


def _find_models(present: Present) -> Indices:
    return present.model


def _find_evses(present: Present) -> Indices:
    return present.evse


def _find_vehicles(present: Present) -> Indices:
    return present.row


def _find_urgency(present: Present) -> Indices:
    return classify_urgency(present, present.target_soc, present.timestep_h, present.hours_left)


def classify_urgency(
    vehicles: StepView | Present, target_soc: float | Floats, timestep_h: float, hours_left: Floats
) -> Indices:
    """Return the class of urgency of vehicles, (n,): by the time to the target at full power over the time left [h]."""
    needed_h = compute_steps_between(vehicles, vehicles.soc, target_soc) * timestep_h
    classes: Indices = URGENCY_BOUNDS.searchsorted(needed_h / hours_left, side="right").astype(np.intp)
    return classes


def _make_model_control(engine: Engine, shares: Floats, *, v2g: bool, site_cap_kw: float) -> Control:
    return make_setpoint_control(engine.limits.ratings, shares, v2g=v2g, site_cap_kw=site_cap_kw)


def _make_evse_control(engine: Engine, shares: Floats, *, v2g: bool, site_cap_kw: float) -> Control:
    # The state as the step finds it: vehicles may have changed places since the observation.
    def find_slots(view: StepView) -> Indices:
        return engine.state.evse.take(view.vehicle_id).astype(np.intp)

    return make_slot_control(engine.limits.ratings, shares, find_slots, v2g=v2g, site_cap_kw=site_cap_kw)


def _make_vehicle_control(engine: Engine, shares: Floats, *, v2g: bool, site_cap_kw: float) -> Control:
    def find_slots(view: StepView) -> Indices:
        return view.vehicle_id.astype(np.intp)

    return make_slot_control(engine.limits.ratings, shares, find_slots, v2g=v2g, site_cap_kw=site_cap_kw)


def _make_urgency_control(engine: Engine, shares: Floats, *, v2g: bool, site_cap_kw: float) -> Control:
    def find_slots(view: StepView) -> Indices:
        return classify_urgency(view, view.target_soc, view.moment.timestep_h, view.hours_left)

    return make_slot_control(engine.limits.ratings, shares, find_slots, v2g=v2g, site_cap_kw=site_cap_kw)


ACTIONS = {
    "model": ActionForm(
        "vehicle model of the catalog", _list_models, _find_models, _make_model_control, is_masked=False
    ),
    "evse": ActionForm("EVSE of the site", _list_evses, _find_evses, _make_evse_control),
    "vehicle": ActionForm("vehicle of the fleet", _list_vehicles, _find_vehicles, _make_vehicle_control),
    "urgency": ActionForm("class of urgency", _list_urgency_classes, _find_urgency, _make_urgency_control),
}
"""Forms of the action by the setting ``action``."""


def check_slots(action: str, engine: Engine) -> list[Issue]:
    """Return an issue where a space would have no slot, or more than `MAX_SLOTS`."""
    n_slots = {"evse": int(engine.installation.counts.sum()), "vehicle": engine.fleet.size}.get(action, 1)
    values = (("action", action), ("n", n_slots), ("most", MAX_SLOTS))
    if n_slots > MAX_SLOTS:
        template = '"{action}" would have {n} numbers, and {most} are the most: use "urgency" or "model"'
        return [Issue("action", template, values)]
    return [] if n_slots else [Issue("action", '"{action}" would have no number, as the site has no EVSE', values)]
