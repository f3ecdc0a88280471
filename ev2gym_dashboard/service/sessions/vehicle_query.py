"""Vehicle query: which vehicles of a run a page lists, in which order, or which one it shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.core.arrays import Booleans
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.simulation.simulation import Simulation
from ev2gym_dashboard.service.simulation.vehicle_names import list_vehicle_names
from ev2gym_dashboard.service.simulation.vehicle_trace import MODES, ModeCodes

SORT_COLUMNS = ("vehicle", "model", "mode", "soc", "power_kw", "evse", "departure", "target_soc", "reason")
REASONS = {reason.key: reason for reason in Reason}
MAX_PAGE_ROWS = 50
BY_HAND = "hand"
"""Key of the vehicles for which a decision of the user holds."""


@dataclass(frozen=True)
class VehicleQuery:
    """A choice of vehicles; an empty text leaves its filter out.

    Parameters
    ----------
    model : name of a model
    mode : one of `MODES`
    reason : key of a `Reason`
    decided : `BY_HAND` for the vehicles for which a decision of the user holds
    search : words, each of which begins the number of a vehicle, or is part of its name or of that of its model
    sort, descending : one of `SORT_COLUMNS`, and its direction
    page : number of the page, from 0
    held : vehicles that are shown in this order, in place of those of the page
    vehicle : number or name of the one vehicle that is shown; empty for the list
    whole : whether the steps of the one vehicle are asked for as a file
    past_step : step of the run that is looked at; None for the current one
    """

    model: str = ""
    mode: str = ""
    reason: str = ""
    decided: str = ""
    search: str = ""
    sort: str = SORT_COLUMNS[0]
    descending: bool = False
    page: int = 0
    held: tuple[int, ...] = ()
    vehicle: str = ""
    whole: bool = False
    past_step: int | None = None


ALL_VEHICLES = VehicleQuery()


def find_vehicle(text: str, scenario: Scenario) -> int | None:
    """Return the number of the vehicle with a name, or with a number as text; None if there is none."""
    names = list_vehicle_names(scenario)
    if text in names:
        return names.index(text)
    # Digits of other scripts, and signs, are no number that the page writes.
    number = int(text) if text.isascii() and text.isdecimal() else -1
    return number if 0 <= number < scenario.fleet_size else None


def select_vehicles(query: VehicleQuery, simulation: Simulation, modes: ModeCodes) -> Booleans:
    """Return which vehicles of a run pass the filters of a query, (n,); ``modes`` are codes of `MODES`, (n,)."""
    fleet, names = simulation.fleet, simulation.catalog.names
    selected = np.ones(fleet.size, np.bool_)
    if query.model:
        selected &= np.repeat([name == query.model for name in names], fleet.counts)
    if query.mode:
        selected &= modes == MODES.get_loc(query.mode)
    if query.reason:
        selected &= simulation.state.reason == REASONS[query.reason]
    if query.decided:
        engine = simulation.engine
        selected &= np.isin(np.arange(fleet.size), engine.overrides.find_active(engine.clock))
    for word in query.search.casefold().split():
        selected &= _match_word(word, simulation)
    return selected


def _match_word(word: str, simulation: Simulation) -> Booleans:
    fleet = simulation.fleet
    matches = np.repeat([word in name.casefold() for name in simulation.catalog.names], fleet.counts)
    if names := list_vehicle_names(simulation.scenario):
        matches |= np.array([word in name.casefold() for name in names], np.bool_)
    if word.isascii() and word.isdecimal():
        _mark_numbers(matches, word)
    return matches


def _mark_numbers(matches: Booleans, digits: str) -> None:
    """Mark the numbers that begin with some digits: 12 stands for 12, 120 to 129, 1200 to 1299, and so on."""
    first, n = int(digits), 1
    if str(first) != digits:
        return
    while first < len(matches):
        matches[first : first + n] = True
        if first == 0:
            return
        first, n = 10 * first, 10 * n
