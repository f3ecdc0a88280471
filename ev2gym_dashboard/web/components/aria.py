"""ARIA attributes, for screen readers."""

from __future__ import annotations

from typing import Any

ARIA_HIDDEN: dict[str, Any] = {"aria-hidden": "true"}


def make_aria_label(text: str) -> dict[str, Any]:
    """Return the attribute that labels an element without visible text."""
    return {"aria-label": text}


def make_aria_labelledby(element_id: str) -> dict[str, Any]:
    """Return the attribute that names the element whose text is the label."""
    return {"aria-labelledby": element_id}


def make_aria_expanded(*, is_open: bool) -> dict[str, Any]:
    """Return the attribute that tells whether the part that a button opens is open."""
    return {"aria-expanded": str(is_open).lower()}


def make_aria_pressed(*, is_pressed: bool) -> dict[str, Any]:
    """Return the attribute that tells whether a button that stays pressed is pressed."""
    return {"aria-pressed": str(is_pressed).lower()}
