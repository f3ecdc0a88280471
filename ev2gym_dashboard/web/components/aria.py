"""Attributes for those who hear the page instead of seeing it."""

from __future__ import annotations

from typing import Any

ARIA_HIDDEN: dict[str, Any] = {"aria-hidden": "true"}


def make_aria_label(text: str) -> dict[str, Any]:
    """Return the attribute that names an element without a visible label."""
    return {"aria-label": text}
