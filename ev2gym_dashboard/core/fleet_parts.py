"""Fleet parts: the parts of a mixed fleet that a user declares, by line, as text or as tables."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from ev2gym_dashboard.core.group_lines import (
    AMOUNT_PATTERN,
    FILLERS,
    NAME_PATTERN,
    PLACE_WORDS,
    check_amount,
    check_amounts,
    check_table,
    format_group_start,
    format_table_start,
    make_issue,
    parse_amount,
    parse_groups,
    split_lines,
    to_number,
    to_percent,
)
from ev2gym_dashboard.core.schema import Issue, format_value

PART_KEYS = ("place", "count", "share", "target_soc", "return_share", "models", "name")
EXAMPLES = '"60 x home, target 90%" or "40% work, target 80%, models Nissan Leaf | Renault Zoe"'
LINE_ISSUE = (
    'must read as "60 x home, target 90%" or "40% work, target 80%, models Nissan Leaf | Renault Zoe", not {value}'
)
TARGET_BOUNDS = 10.0, 100.0
"""Lowest and highest target of a part [%], as of the whole fleet."""

_LINE = re.compile(
    NAME_PATTERN
    + AMOUNT_PATTERN
    + rf"(?:(?:{'|'.join(FILLERS)})\s+)*(?P<place>[^\W\d]+)"
    + r"(?:[\s,]+(?:target|cible|الهدف)\s+(?P<target>\d+(?:[.,]\d+)?)\s*%)?"
    + r"(?:[\s,]+(?:return|retour|العودة)\s+(?P<arrive>\d+(?:[.,]\d+)?)\s*%)?"
    + r"(?:[\s,]+(?:models|modèles?|الطرازات)\s+(?P<models>.+))?\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class FleetPart:
    """Vehicles that park at one place.

    Parameters
    ----------
    amount : number of vehicles, or their share of the fleet
    is_share : whether the amount is a share
    place : parking place, which selects arrivals, stays and energy
    target_soc, return_share : those of the part; None for those of the scenario
    models : models of the part; none for all of the catalog
    name : name of the part; empty for its place
    """

    amount: float
    is_share: bool
    place: str
    target_soc: float | None = None
    return_share: float | None = None
    models: tuple[str, ...] = ()
    name: str = ""


def format_fleet_parts(parts: Sequence[FleetPart]) -> str:
    """Return parts as text that reads back equal."""
    return "; ".join(map(_format_part, parts))


def to_shares(parts: Sequence[FleetPart]) -> str:
    """Return parts as text with shares of the fleet in place of numbers."""
    total = sum(part.amount for part in parts)
    return format_fleet_parts([replace(part, amount=part.amount / total, is_share=True) for part in parts])


def normalize_parts(value: object) -> object:
    """Return declared parts as canonical text; a value that cannot be read stays as it is, for its check."""
    parts, issues = parse_parts(value)
    return value if issues else format_fleet_parts(parts)


def check_parts(name: str, value: object) -> list[Issue]:
    """Return the issues of declared parts under the name of their field."""
    return [Issue(name + issue.field, issue.template, issue.values) for issue in parse_parts(value)[1]]


def check_part_sizes(parts: Sequence[FleetPart], *, fleet_size: int, has_sessions: bool) -> list[Issue]:
    """Return an issue if the numbers of vehicles do not add up to the fleet, or sessions say who parks when."""
    if not parts:
        return []
    if has_sessions:
        return [make_issue("parts", "must be empty with charging sessions, which have the target of each stay")]
    total = sum(part.amount for part in parts)
    if not parts[0].is_share and total != fleet_size:
        template = "the parts have {value} vehicles, not the {size} of the fleet: change one of both, or use shares"
        return [make_issue("parts", template, value=int(total), size=fleet_size)]
    return []


def parse_parts(value: object) -> tuple[tuple[FleetPart, ...], list[Issue]]:
    """Read the parts of a fleet: a text with a part in each line, or a list of such lines and of tables.

    Parameters
    ----------
    value : lines are separated by semicolons or line ends; the keys of a table are `PART_KEYS`

    Returns
    -------
    parts : none if there is any issue
    issues : every issue; its field is "/row number" of the line, or empty
    """
    lines, issues = split_lines(value, example=EXAMPLES, format_entry=_format_entry)
    return ((), issues) if issues else _parse_lines(lines)


@lru_cache(maxsize=256)
def _parse_lines(lines: tuple[str, ...]) -> tuple[tuple[FleetPart, ...], list[Issue]]:
    return parse_groups(lines, parse_line=_parse_line, check_groups=_check_parts)


def _parse_line(line: str, field: str) -> tuple[FleetPart | None, list[Issue]]:
    match = _LINE.fullmatch(line)
    place = PLACE_WORDS.get(match["place"].lower()) if match else None
    if match is None or place is None:
        return None, [make_issue(field, LINE_ISSUE, value=format_value(line))]
    (amount, is_share), models = parse_amount(match), match["models"] or ""
    part = FleetPart(
        amount=amount,
        is_share=is_share,
        place=place,
        target_soc=_parse_percent(match["target"]),
        return_share=_parse_percent(match["arrive"]),
        models=tuple(model.strip() for model in models.split("|") if model.strip()),
        name=(match["name"] or "").strip(),
    )
    issues = check_amount(part, field) + _check_shares(part, field)
    return (None, issues) if issues else (part, [])


def _check_shares(part: FleetPart, field: str) -> list[Issue]:
    low, high = TARGET_BOUNDS
    issues = []
    if part.target_soc is not None and not low <= 100.0 * part.target_soc <= high:
        template = "the target must be from {low}% to {high}%, not {value}"
        issues.append(make_issue(field, template, low=low, high=high, value=to_percent(part.target_soc)))
    if part.return_share is not None and part.return_share > 1.0:
        template = "the share that returns on a day must be from 0% to 100%, not {value}"
        issues.append(make_issue(field, template, value=to_percent(part.return_share)))
    return issues


def _check_parts(parts: Sequence[FleetPart]) -> list[Issue]:
    return check_amounts(parts) or _check_names(parts)


def _check_names(parts: Sequence[FleetPart]) -> list[Issue]:
    labels = [part.name or part.place for part in parts]
    return [
        make_issue(f"/row {number}", "needs a name, before a colon: {value} is another part", value=label)
        for number, label in enumerate(labels, start=1)
        if label in labels[: number - 1]
    ]


def _format_entry(entry: object, field: str) -> tuple[str, list[Issue]]:
    """Return the line of an entry of a list, and its issues."""
    if isinstance(entry, str):
        return entry, []
    if isinstance(entry, FleetPart):
        return _format_part(entry), []
    issues = check_table(entry, field, PART_KEYS, required="place")
    return (_format_table(entry) if isinstance(entry, Mapping) else ""), issues


def _format_table(table: Mapping[str, Any]) -> str:
    models = table.get("models") or ()
    names = models if isinstance(models, str) else " | ".join(map(str, models))
    shares = (("target", table.get("target_soc")), ("return", table.get("return_share")))
    words = [f"{format_table_start(table)} {table.get('place')}"]
    words += [f"{word} {to_percent(value)}%" for word, value in shares if value is not None]
    return ", ".join([*words, f"models {names}"] if names else words)


def _format_part(part: FleetPart) -> str:
    shares = (("target", part.target_soc), ("return", part.return_share))
    words = [f"{format_group_start(part.name, part)} {part.place}"]
    words += [f"{word} {to_percent(value)}%" for word, value in shares if value is not None]
    return ", ".join([*words, f"models {' | '.join(part.models)}"] if part.models else words)


def _parse_percent(text: str | None) -> float | None:
    return None if text is None else round(to_number(text) / 100.0, 12)
