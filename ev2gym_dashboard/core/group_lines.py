"""Group lines: declarations of several groups, a line each, as text or as a list of texts and tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from ev2gym_dashboard.core.schema import Issue, check_names, format_value

PLACES = ("home", "public", "work")
PLACE_WORDS = {
    "home": "home", "domicile": "home", "maison": "home", "public": "public", "publique": "public", "work": "work",
    "travail": "work", "البيت": "home", "العمومي": "public", "العمل": "work",
}  # fmt: skip
"""Words for a place, in English, French and Arabic."""
FILLERS = frozenset({"at", "in", "à", "au", "en", "dans", "le", "la", "في"})
"""Words before a place that say nothing, in English, French and Arabic."""
AMOUNT_PATTERN = r"(?P<amount>\d+(?:[.,]\d+)?)\s*(?P<unit>[x×*%])\s*"
NAME_PATTERN = r"(?:(?P<name>[^:;\n]{1,40}?)\s*:\s*)?"
MAX_GROUPS, MAX_COUNT, MAX_TEXT = 40, 10_000_000, 4000


class Group(Protocol):
    """A group with a number of members, or a share of all."""

    @property
    def amount(self) -> float: ...
    @property
    def is_share(self) -> bool: ...


AnyGroup = TypeVar("AnyGroup", bound=Group)


def split_lines(
    value: object, *, example: str, format_entry: Callable[[object, str], tuple[str, list[Issue]]]
) -> tuple[tuple[str, ...], list[Issue]]:
    """Return the lines of a declaration: a text with line ends or semicolons, or a list whose entries give a line each.

    ``format_entry`` returns the line of an entry and its issues; the field of an issue is "/row number", or empty.
    """
    if isinstance(value, str):
        if len(value) > MAX_TEXT:
            return (), [make_issue("", "is too long")]
        lines = tuple(line.strip() for line in re.split(r"[;\n]", value) if line.strip())
    elif isinstance(value, list | tuple):
        formatted = [format_entry(entry, f"/row {number}") for number, entry in enumerate(value, start=1)]
        issues = [issue for _, entry_issues in formatted for issue in entry_issues]
        if issues:
            return (), issues
        lines = tuple(line for line, _ in formatted)
    else:
        template = "must be a text such as {example}, or a list of tables, not {value}"
        return (), [make_issue("", template, example=example, value=format_value(value))]
    if len(lines) > MAX_GROUPS:
        return (), [make_issue("", "must have at most {high} lines", high=MAX_GROUPS)]
    return lines, []


def parse_groups(
    lines: Sequence[str],
    *,
    parse_line: Callable[[str, str], tuple[AnyGroup | None, list[Issue]]],
    check_groups: Callable[[Sequence[AnyGroup]], list[Issue]],
) -> tuple[tuple[AnyGroup, ...], list[Issue]]:
    """Return the groups of lines, or every issue; the field of an issue of a line is "/row number"."""
    parsed = [parse_line(line, f"/row {number}") for number, line in enumerate(lines, start=1)]
    issues = [issue for _, line_issues in parsed for issue in line_issues]
    groups = tuple(group for group, _ in parsed if group is not None)
    issues = issues or check_groups(groups)
    return ((), issues) if issues else (groups, [])


def check_table(entry: object, field: str, keys: Sequence[str], *, required: str) -> list[Issue]:
    """Return the issues of an entry of a list that is not a text: its keys, and one of count and share."""
    if not isinstance(entry, Mapping):
        template = "must be a table with {keys}, or a text, not {value}"
        return [make_issue(field, template, keys=", ".join(keys), value=format_value(entry))]
    issues = [Issue(f"{field}.{issue.field}", issue.template, issue.values) for issue in check_names(entry, keys)]
    if required not in entry:
        issues.append(make_issue(f"{field}.{required}", "is missing"))
    if ("count" in entry) == ("share" in entry):
        issues.append(make_issue(field, "must have either count or share"))
    return issues


def format_table_start(table: Mapping[str, Any]) -> str:
    """Return the beginning of the line of a table: its name and its amount."""
    name, share = table.get("name"), table.get("share")
    amount = f"{table.get('count')} x" if share is None else f"{to_percent(share)}%"
    return (f"{name}: " if name else "") + amount


def format_group_start(name: str, group: Group) -> str:
    """Return the beginning of the canonical line of a group."""
    amount = f"{to_percent(group.amount)}%" if group.is_share else f"{group.amount:.0f} x"
    return (f"{name}: " if name else "") + amount


def to_percent(share: object) -> object:
    """Return a fraction in percent, as text; any other value as it is."""
    is_number = isinstance(share, int | float) and not isinstance(share, bool)
    return f"{100.0 * share:.12g}" if is_number else share  # type: ignore[operator]


def parse_amount(match: re.Match[str]) -> tuple[float, bool]:
    """Return the amount of a line, and whether it is a share."""
    is_share, amount = match["unit"] == "%", to_number(match["amount"])
    return (round(amount / 100.0, 12) if is_share else amount), is_share


def check_amount(group: Group, field: str) -> list[Issue]:
    """Return an issue if a share is not one, or a number is not whole."""
    if group.is_share:
        if 0.0 <= group.amount <= 1.0:
            return []
        return [make_issue(field, "a share must be from 0% to 100%, not {value}", value=100.0 * group.amount)]
    if group.amount == int(group.amount) and group.amount <= MAX_COUNT:
        return []
    template = "the number must be whole, up to {high}, not {value}"
    return [make_issue(field, template, high=MAX_COUNT, value=group.amount)]


def check_amounts(groups: Sequence[Group]) -> list[Issue]:
    """Return an issue if numbers and shares are mixed, or shares do not add up."""
    if len({group.is_share for group in groups}) > 1:
        return [make_issue("", "must have numbers in all lines, or shares in all of them")]
    total = sum(group.amount for group in groups)
    if groups and groups[0].is_share and abs(total - 1.0) > 1e-6:
        return [make_issue("", "the shares must add up to 100%, not {value}", value=round(100.0 * total, 4))]
    return []


def to_number(text: str) -> float:
    """Return a number with a decimal point or comma."""
    return float(text.replace(",", "."))


def make_issue(field: str, template: str, **values: object) -> Issue:
    """Return an issue with values by name."""
    return Issue(field, template, tuple(values.items()))
