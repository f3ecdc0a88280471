"""The one place that knows how Dash writes down a partial update: in plain dicts, past Plotly's slow cleaning."""

from __future__ import annotations

from typing import Any

PatchPath = tuple[str | int, ...]


def make_patch(changes: dict[PatchPath, Any]) -> dict[str, Any]:
    """Return the update of a property that sets only what is given, by its place."""
    operations = [
        {"operation": "Assign", "location": list(place), "params": {"value": value}} for place, value in changes.items()
    ]
    return {"__dash_patch_update": "__dash_patch_update", "operations": operations}
