"""Choice of vehicles in a request: its fields, and the query that they describe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ev2gym_dashboard.core.schema import Choice, Quantity, Switch
from ev2gym_dashboard.service.sessions.stored_scenario import MAX_LIVE_FLEET
from ev2gym_dashboard.service.sessions.vehicle_query import BY_HAND, MAX_PAGE_ROWS, REASONS, SORT_COLUMNS, VehicleQuery
from ev2gym_dashboard.service.simulation.vehicle_trace import MODES
from ev2gym_dashboard.web.requests.schema import FieldSchema, ListSchema, RequestSchema, TextSchema

MAX_SEARCH_LENGTH = 200
VEHICLE_NUMBER = Quantity(0, "", 0, MAX_LIVE_FLEET - 1, "Number of a vehicle")
PAGE_NUMBER = Quantity(0, "", 0, MAX_LIVE_FLEET // MAX_PAGE_ROWS, "Page of the list")


VEHICLE_FIELDS: dict[str, FieldSchema] = {
    "model": TextSchema(MAX_SEARCH_LENGTH),
    "mode": Choice("", tuple(MODES), "Mode of the vehicles"),
    "reason": Choice("", tuple(REASONS), "Reason of the vehicles"),
    "decided": Choice("", (BY_HAND,), "Who has decided for the vehicles"),
    "search": TextSchema(MAX_SEARCH_LENGTH),
    "sort": Choice("", SORT_COLUMNS, "Column of the order"),
    "descending": Switch(False, "Direction of the order"),
    "page": PAGE_NUMBER,
    "held": ListSchema(VEHICLE_NUMBER, MAX_PAGE_ROWS),
    "vehicle": TextSchema(MAX_SEARCH_LENGTH),
    "whole": Switch(False, "Whether the steps of the vehicle are asked for as a file"),
}
VEHICLES_SCHEMA = RequestSchema(VEHICLE_FIELDS)


def parse_vehicle_query(values: Mapping[str, Any] | None) -> VehicleQuery:
    """Return the query of validated fields; without them, that of the whole list."""
    given = {name: value for name, value in (values or {}).items() if value not in (None, "")}
    counts = {"page": int(given.get("page", 0)), "held": tuple(int(number) for number in given.get("held", ()))}
    return VehicleQuery(**given | counts)
