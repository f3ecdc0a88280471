"""EVSE groups: the EVSEs that a user declares, by line, as text or as tables."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
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
)
from ev2gym_dashboard.core.schema import Issue, format_value

PHASE_VOLTAGE_V = 230.0
BREAKERS_A = (6.0, 8.0, 10.0, 13.0, 16.0, 20.0, 25.0, 32.0, 40.0, 50.0, 63.0)
"""Rated currents whose power is named in round numbers: "AC 22" is 3 x 32 A, which is 22.08 kW."""
NOMINAL_TOLERANCE = 0.015
MAX_ONE_PHASE_KW = 7.5
"""Nominal power up to which an AC EVSE has one phase unless its line says otherwise."""
MAX_AC_CURRENT_A, MIN_POWER_KW, MAX_POWER_KW = 64.0, 1.0, 1500.0
GROUP_KEYS = ("kind", "count", "share", "place", "phases", "bidirectional", "name")
EXAMPLES = '"10 x AC 22", "4 x DC 350 V2G at work" or "60% AC 7.4"'
LINE_ISSUE = 'must read as "10 x AC 22", "4 x DC 350 V2G at work" or "60% AC 7.4", not {value}'

_LINE = re.compile(
    NAME_PATTERN
    + AMOUNT_PATTERN
    + r"(?P<current>AC|DC)\s*(?P<power>\d+(?:[.,]\d+)?)\s*(?:kW)?(?P<rest>(?:[\s,]+\S+)*)\s*",
    re.IGNORECASE,
)
_PHASES = {
    "1ph": 1, "1-phase": 1, "monophasé": 1, "monophasée": 1, "monophasées": 1,
    "3ph": 3, "3-phase": 3, "triphasé": 3, "triphasée": 3, "triphasées": 3,
}  # fmt: skip
_WAYS = {
    "v2g": True, "bidirectional": True, "bidirectionnel": True, "bidirectionnelle": True, "bidirectionnelles": True,
    "one-way": False, "unidirectional": False, "unidirectionnel": False, "unidirectionnelle": False,
    "unidirectionnelles": False,
}  # fmt: skip


@dataclass(frozen=True)
class EvseGroup:
    """EVSEs of one kind.

    Parameters
    ----------
    amount : number of EVSEs, or their share of the site's
    is_share : whether the amount is a share
    phases : 1 or 3; 0 for DC
    power_kw : nominal power [kW]
    bidirectional : whether they discharge vehicles
    place : place whose vehicles use them; empty for all
    name : name of the group; empty for that of the kind
    """

    amount: float
    is_share: bool
    phases: int
    power_kw: float
    bidirectional: bool
    place: str = ""
    name: str = ""

    @property
    def current_a(self) -> float:
        """Rated current per phase, of the usual breaker where the nominal power is one's; 0 for DC [A]."""
        if not self.phases:
            return 0.0
        exact_a = self.power_kw * 1000.0 / (self.phases * PHASE_VOLTAGE_V)
        usual = [a for a in BREAKERS_A if abs(exact_a - a) <= NOMINAL_TOLERANCE * a]
        return usual[0] if usual else exact_a

    @property
    def rated_kw(self) -> float:
        """Power at the rated current, or the nominal one for DC [kW]."""
        return self.phases * PHASE_VOLTAGE_V * self.current_a / 1000.0 if self.phases else self.power_kw

    @property
    def kind(self) -> str:
        """Kind of these EVSEs, such as "AC 22 kW" or "DC 350 kW V2G"."""
        words = ["AC" if self.phases else "DC", f"{self.power_kw:g}", "kW"]
        if self.phases and self.phases != _guess_phases(self.power_kw):
            words.append(f"{self.phases}ph")
        return " ".join([*words, *(["V2G"] if self.bidirectional else [])])

    @property
    def label(self) -> str:
        """Name of the group, or its kind and place."""
        return self.name or self.kind + (f" at {self.place}" if self.place else "")


def format_evse_groups(groups: Sequence[EvseGroup]) -> str:
    """Return groups as text that reads back equal."""
    return "; ".join(map(_format_group, groups))


def normalize_evses(value: object) -> object:
    """Return declared EVSEs as canonical text; a value that cannot be read stays as it is, for its check."""
    groups, issues = parse_evses(value)
    return value if issues else format_evse_groups(groups)


def check_evses(name: str, value: object) -> list[Issue]:
    """Return the issues of declared EVSEs under the name of their field."""
    return [Issue(name + issue.field, issue.template, issue.values) for issue in parse_evses(value)[1]]


def check_evse_places(groups: Sequence[EvseGroup], *, places: Collection[str]) -> list[Issue]:
    """Return an issue for each group at a place where no vehicle of the scenario parks."""
    return [
        make_issue(
            f"evses/row {number}",
            "no vehicle parks at {place}, only at {places}",
            place=group.place,
            places=", ".join(sorted(places)),
        )
        for number, group in enumerate(groups, start=1)
        if group.place and group.place not in places
    ]


def parse_evses(value: object) -> tuple[tuple[EvseGroup, ...], list[Issue]]:
    """Read declared EVSEs: a text with a group in each line, or a list of such lines and of tables.

    Parameters
    ----------
    value : lines are separated by semicolons or line ends; the keys of a table are `GROUP_KEYS`

    Returns
    -------
    groups : none if there is any issue
    issues : every issue; its field is "/row number" of the line, or empty
    """
    lines, issues = split_lines(value, example=EXAMPLES, format_entry=_format_entry)
    return ((), issues) if issues else _parse_lines(lines)


@lru_cache(maxsize=256)
def _parse_lines(lines: tuple[str, ...]) -> tuple[tuple[EvseGroup, ...], list[Issue]]:
    return parse_groups(lines, parse_line=_parse_line, check_groups=check_amounts)


def _parse_line(line: str, field: str) -> tuple[EvseGroup | None, list[Issue]]:
    match = _LINE.fullmatch(line)
    if match is None:
        return None, [make_issue(field, LINE_ISSUE, value=format_value(line))]
    words = [word for word in re.split(r"[\s,]+", match["rest"].lower()) if word and word not in {*FILLERS, "kw"}]
    unknown = [word for word in words if word not in (*_PHASES, *_WAYS, *PLACE_WORDS)]
    if unknown:
        template = "{value} is not understood; after the power, there may be V2G, 1ph, 3ph and home, work or public"
        return None, [make_issue(field, template, value=format_value(" ".join(unknown)))]
    (amount, is_share), power_kw = parse_amount(match), to_number(match["power"])
    is_dc = match["current"].upper() == "DC"
    phases = next((_PHASES[word] for word in words if word in _PHASES), _guess_phases(power_kw))
    group = EvseGroup(
        amount=amount,
        is_share=is_share,
        phases=0 if is_dc else phases,
        power_kw=power_kw,
        bidirectional=any(_WAYS.get(word, False) for word in words),
        place=next((PLACE_WORDS[word] for word in words if word in PLACE_WORDS), ""),
        name=(match["name"] or "").strip(),
    )
    issues = _check_group(group, field)
    return (None, issues) if issues else (group, [])


def _check_group(group: EvseGroup, field: str) -> list[Issue]:
    issues = []
    if not MIN_POWER_KW <= group.power_kw <= MAX_POWER_KW:
        template = "the power must be from {low} to {high} kW, not {value}"
        issues.append(make_issue(field, template, low=MIN_POWER_KW, high=MAX_POWER_KW, value=group.power_kw))
    elif group.current_a > MAX_AC_CURRENT_A:
        template = "{value} kW (phases: {phases}) is above {high} A per phase: an EVSE of that power is DC"
        values = {"value": group.power_kw, "phases": group.phases, "high": MAX_AC_CURRENT_A}
        issues.append(make_issue(field, template, **values))
    return issues + check_amount(group, field)


def _format_entry(entry: object, field: str) -> tuple[str, list[Issue]]:
    """Return the line of an entry of a list, and its issues."""
    if isinstance(entry, str):
        return entry, []
    if isinstance(entry, EvseGroup):
        return _format_group(entry), []
    issues = check_table(entry, field, GROUP_KEYS, required="kind")
    return (_format_table(entry) if isinstance(entry, Mapping) else ""), issues


def _format_table(table: Mapping[str, Any]) -> str:
    phases = f"{table['phases']}ph" if table.get("phases") else ""
    ways = "V2G" if table.get("bidirectional") else ""
    words = (format_table_start(table), table.get("kind"), phases, ways, table.get("place"))
    return " ".join(str(word) for word in words if word)


def _format_group(group: EvseGroup) -> str:
    place = f" at {group.place}" if group.place else ""
    return f"{format_group_start(group.name, group)} {group.kind}{place}"


def _guess_phases(power_kw: float) -> int:
    return 1 if power_kw <= MAX_ONE_PHASE_KW else 3
