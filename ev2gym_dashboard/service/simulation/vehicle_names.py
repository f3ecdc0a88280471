"""Vehicle names: those that a file of charging sessions gives to the vehicles of a run."""

from __future__ import annotations

from ev2gym_dashboard.core.fleet.session_fleet import place_sessions
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.datasets.catalogs import load_scenario_catalog


def list_vehicle_names(scenario: Scenario) -> list[str]:
    """Return the name of each vehicle, by its number; none of a fleet whose stays are drawn."""
    sessions = scenario.sessions
    if sessions is None:
        return []
    # Vehicles are numbered by model, not in the order of the file.
    placed = place_sessions(scenario, load_scenario_catalog(scenario).catalog)
    return [sessions.vehicle_ids[i] for i in placed.vehicles]
