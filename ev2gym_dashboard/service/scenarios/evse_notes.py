"""EVSE notes: the number of EVSEs of a scenario and its rounding, as templates with their values."""

from __future__ import annotations

from typing import Any

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.scenarios.site_evses import SiteEvses, is_declared, summarize_evses

Note = tuple[str, dict[str, Any]]
"""Template of a text (a msgid), and its values by name."""


def list_evse_notes(scenario: Scenario) -> list[Note]:
    """Return the numbers of EVSEs by type, and how those that are rounded are rounded."""
    evses = summarize_evses(scenario)
    notes = [_make_group_note(evses) if is_declared(scenario) else _make_count_note(evses)]
    if evses.is_total_rounded:
        notes.append(_make_total_note(evses))
    return [*notes, _make_kinds_note()] if evses.are_kinds_rounded else notes


def format_rounding(scenario: Scenario) -> str:
    """Return the notes in English if a number is rounded, an empty text otherwise."""
    notes = list_evse_notes(scenario)
    return " ".join(map(format_note, notes)) if len(notes) > 1 else ""


def format_note(note: Note) -> str:
    """Return a note in English."""
    template, values = note
    return template.format(
        **{name: value if isinstance(value, str) else f"{value:.15g}" for name, value in values.items()}
    )


def _make_count_note(evses: SiteEvses) -> Note:
    template = (
        "EVSEs: {total}, of which {bidirectional} bidirectional; {ac_7} AC 7.4 kW, {ac_11} AC 11 kW, "
        "{ac_22} AC 22 kW, {dc_50} DC 50 kW."
    )
    return template, evses.to_dict()


def _make_group_note(evses: SiteEvses) -> Note:
    groups = ", ".join(f"{count} × {label}" for label, count in evses.by_type.items())
    template = "EVSEs: {total}, of which {bidirectional} bidirectional; {groups}."
    return template, {"total": evses.total, "bidirectional": evses.bidirectional, "groups": groups}


def _make_total_note(evses: SiteEvses) -> Note:
    template = "The number of EVSEs is rounded from {exact}, to at least one."
    return template, {"exact": round(evses.exact, 6)}


def _make_kinds_note() -> Note:
    template = "Each kind of EVSE, one-way or bidirectional, is rounded to a whole number by the largest remainder."
    return template, {}
