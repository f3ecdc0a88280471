"""Merged changes: the changes of one step, joined to the few that have the same effect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Settings = Mapping[str, Any]
BEGINNINGS = ("strategy", "overrides")
"""Settings that are not joined to those before them: a strategy that is chosen anew forgets, and orders add up."""


def merge_changes(changes: Iterable[Settings]) -> list[dict[str, Any]]:
    """Return changes that have the effect of some that come one after the other before one step.

    Parameters
    ----------
    changes : keyword arguments of `CounterfactualRuns.set`
    """
    merged: list[dict[str, Any]] = []
    for change in changes:
        if not merged or any(name in change for name in BEGINNINGS):
            merged.append(dict(change))
        else:
            merged[-1] = _join_changes(merged[-1], change)
    return merged


def _join_changes(first: Settings, second: Settings) -> dict[str, Any]:
    params = {**first.get("params", {}), **second.get("params", {})}
    return {**first, **second} | ({"params": params} if params else {})
