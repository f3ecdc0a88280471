"""Actions of an agent: the slots that its numbers apply to, one table of the forms that the slots can take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ev2gym_dashboard.core.arrays import Indices
from ev2gym_dashboard.core.control.setpoints import (
    BY_EVSE,
    BY_MODEL,
    BY_URGENCY,
    BY_VEHICLE,
    URGENCY_CLASSES,
    classify_urgency,
)
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.schema import Issue
from ev2gym_dashboard.integrations.gym.stack import Present

MAX_SLOTS = 10_000
"""Slots of a space with one per EVSE or per vehicle: larger spaces are not learned, and fill the memory."""


@dataclass(frozen=True)
class ActionForm:
    """A form of the action: what has a number, and to which number each vehicle belongs.

    Parameters
    ----------
    about : what has a number
    list_names : function that returns the names of the slots
    find_slots : function that returns the slot of each vehicle that is present between two steps, (n,)
    slots_by : the same slots, as the control of a step finds them
    is_masked : whether ``info["action_mask"]`` says which slots have a vehicle
    """

    about: str
    list_names: Callable[[Engine], list[str]]
    find_slots: Callable[[Present], Indices]
    slots_by: int
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
    classes: Indices = classify_urgency(present, present.target_soc, present.timestep_h, present.hours_left)
    return classes


ACTIONS = {
    "model": ActionForm("vehicle model of the catalog", _list_models, _find_models, BY_MODEL, is_masked=False),
    "evse": ActionForm("EVSE of the site", _list_evses, _find_evses, BY_EVSE),
    "vehicle": ActionForm("vehicle of the fleet", _list_vehicles, _find_vehicles, BY_VEHICLE),
    "urgency": ActionForm("class of urgency", _list_urgency_classes, _find_urgency, BY_URGENCY),
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
