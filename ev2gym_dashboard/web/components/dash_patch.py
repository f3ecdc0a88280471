"""Partial updates of a property in the form of Dash, as plain dicts."""

from __future__ import annotations

from typing import Any

PatchPath = tuple[str | int, ...]


def make_patch(changes: dict[PatchPath, Any]) -> dict[str, Any]:
    """Return the update of a property that sets values by path."""
    # Plain dicts bypass the validation of Plotly, which is slow for figures of thousands of values.
    operations = [
        {"operation": "Assign", "location": list(path), "params": {"value": value}} for path, value in changes.items()
    ]
    return {"__dash_patch_update": "__dash_patch_update", "operations": operations}
