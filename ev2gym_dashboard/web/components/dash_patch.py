"""Partial updates of a property in the form of Dash, as plain dicts."""

from __future__ import annotations

from typing import Any

PatchPath = tuple[str | int, ...]


def make_patch(changes: dict[PatchPath, Any]) -> dict[str, Any]:
    """Return the update of a property that sets values by path."""
    # `dash.Patch` validates each value through Plotly, which takes longer than all the rest of a tick.
    operations = [
        {"operation": "Assign", "location": list(path), "params": {"value": value}} for path, value in changes.items()
    ]
    return {"__dash_patch_update": "__dash_patch_update", "operations": operations}
