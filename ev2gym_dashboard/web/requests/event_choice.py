"""Choice of events in a request: its schema, and the query of validated fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ev2gym_dashboard.core.schema import Choice, Quantity, Switch
from ev2gym_dashboard.service.sessions.event_view import EventQuery
from ev2gym_dashboard.service.simulation.event_log import EVENT_GROUPS
from ev2gym_dashboard.web.requests.schema import FieldSchema, RequestSchema

EVENT_FIELDS: dict[str, FieldSchema] = {
    "group": Choice("", EVENT_GROUPS, "Kind of event"),
    "page": Quantity(0, "", 0, 1_000_000, "Page of the list"),
    "whole": Switch(False, "Whole log"),
}
EVENTS_SCHEMA = RequestSchema(EVENT_FIELDS)


def parse_event_query(values: Mapping[str, Any] | None) -> EventQuery | None:
    """Return the query of validated fields; None where the request asks for no events."""
    if values is None:
        return None
    return EventQuery(values.get("group") or "", int(values.get("page") or 0), bool(values.get("whole")))
