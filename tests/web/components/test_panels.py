"""Panels: the entries of a legend that a reply turns on are those that wait for it; the others are there at once."""

from __future__ import annotations

import pytest

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions.fleet_view import FleetView
from ev2gym_dashboard.service.sessions.process_cache import get_site_view, get_vehicles_view
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.sessions.vehicle_query import VehicleQuery
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.legend_definitions import LEGEND_DEFINITIONS
from ev2gym_dashboard.web.components.panels import OPTIONAL_ENTRIES, render_legend
from ev2gym_dashboard.web.i18n import get_translator
from ev2gym_dashboard.web.pages.live import figures as live_figures
from ev2gym_dashboard.web.pages.site import figures as site_figures
from ev2gym_dashboard.web.pages.vehicles import history_figure


def list_hidden(chart: str, keys: list[str]) -> set[str]:
    known = [(key, key) for key in keys if key in LEGEND_DEFINITIONS[chart]]
    entries = [entry.to_plotly_json()["props"] for entry in render_legend(chart, "", known, get_translator("en"))]
    return {entry["id"] for entry in entries if entry.get("data-state") == "off"}


@pytest.mark.parametrize("chart", OPTIONAL_ENTRIES)
def test_only_optional_entries_are_hidden_until_the_first_reply(chart: str) -> None:
    optional = OPTIONAL_ENTRIES[chart]
    expected = {ids.make_legend_id(chart, key) for key in optional}
    assert list_hidden(chart, ["net", "price", "soc", "idle", *optional]) == expected


def test_each_reply_tells_the_state_of_every_optional_entry(view: FleetView) -> None:
    site_view = get_site_view(RunSpec(Scenario(fleet_size=20)))
    vehicle_view = get_vehicles_view(RunSpec(Scenario(fleet_size=20)), VehicleQuery(vehicle="3"))
    states = live_figures.compute_legend_states(view) | site_figures.compute_legend_states(site_view)
    states |= history_figure.compute_legend_states(vehicle_view)
    expected = {ids.make_legend_id(chart, key) for chart, keys in OPTIONAL_ENTRIES.items() for key in keys}
    assert set(states) == expected
