"""The map of Dash's callbacks, by the name of their outputs: which components it binds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def split_outputs(name: str) -> list[tuple[str, str]]:
    """Return the component and the property of each output of a callback."""
    # Dash joins several outputs as ..id.property...id.property..
    outputs = [output.rpartition(".") for output in name.strip(".").split("...")]
    return [(component, property_) for component, _, property_ in outputs]


def list_bound_ids(callbacks: Mapping[str, Any]) -> frozenset[str]:
    """Return the ids that callbacks read or write."""
    return frozenset(id_ for name, callback in callbacks.items() for id_ in _list_ids(name, callback))


def _list_ids(name: str, callback: Mapping[str, Any]) -> list[str]:
    arguments = [*callback["inputs"], *callback["state"]]
    return [*(component for component, _ in split_outputs(name)), *(argument["id"] for argument in arguments)]
