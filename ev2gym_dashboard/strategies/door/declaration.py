"""Checks of a strategy's declaration: every issue at once, at registration."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from string import Formatter
from typing import Any, get_args

from ev2gym_dashboard.core.control.memory import MemoryRule
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Declaration, Issue, Quantity, list_declared
from ev2gym_dashboard.strategies.door.errors import make_strategy_issue
from ev2gym_dashboard.strategies.door.table import CapUse, Strategy

KEY_PATTERN = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
COLOUR_PATTERN = re.compile(r"#[0-9a-f]{6}", re.ASCII)
MAX_PER_VEHICLE, MAX_PER_SITE = 16, 1024
"""Numbers that a strategy may keep: a snapshot of a live run holds them for the whole fleet."""
FREE_COLOURS = (
    "#b5577f", "#8a7a2e", "#3f8f8f", "#7d6bb0", "#a3623c", "#5c8a3a", "#4a74a8", "#94705c",
)  # fmt: skip
"""Colours for plug-ins that declare none, or one that is taken."""


def list_declaration_issues(strategy: Strategy) -> list[Issue]:
    """Return every issue of a strategy's declaration."""
    faults = [*_check_texts(strategy), *_check_params(strategy), *_check_functions(strategy), *_check_memory(strategy)]
    return [
        make_strategy_issue(strategy.key, strategy.source or strategy.module, template, **values)
        for template, values in faults
    ]


def choose_colour(wanted: str | None, taken: list[str]) -> str:
    """Return the wanted colour, or a free one where none is wanted or the wanted one is taken."""
    free = [colour for colour in FREE_COLOURS if colour not in taken] or list(FREE_COLOURS)
    return wanted if wanted and wanted not in taken else free[0]


Fault = tuple[str, dict[str, object]]


def _check_texts(strategy: Strategy) -> Iterator[Fault]:
    if not _is_key(strategy.key):
        template = "{strategy} ({source}): the key must be of lower-case letters, digits and _, and not a field's name"
        yield template, {}
    if not _is_text(strategy.colour) or not COLOUR_PATTERN.fullmatch(strategy.colour):
        template = "{strategy} ({source}): the colour must be #rrggbb in lower case, not {colour}"
        yield template, {"colour": strategy.colour}
    if not _is_text(strategy.name) or not _is_text(strategy.rule):
        template = "{strategy} ({source}): name and rule must be texts; the rule is one sentence, or the docstring"
        yield template, {}
    elif unknown := sorted(_list_fields(strategy.rule) - set(list_params(strategy.params))):
        template = "{strategy} ({source}): its rule names {unknown}, which is no declared parameter"
        yield template, {"unknown": ", ".join(unknown)}
    if strategy.cap not in get_args(CapUse):
        template = "{strategy} ({source}): cap must be one of {caps}"
        yield template, {"caps": ", ".join(get_args(CapUse))}
    idle_reason: object = strategy.idle_reason
    if not isinstance(idle_reason, Reason):
        template = "{strategy} ({source}): idle_reason must be a Reason"
        yield template, {}


def _is_key(value: object) -> bool:
    is_name = isinstance(value, str) and KEY_PATTERN.fullmatch(value) is not None
    # In a sweep file, fields and tables of parameters stand side by side.
    return is_name and value not in Scenario.__dataclass_fields__


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def list_params(params: Any) -> dict[str, Declaration]:
    """Return the declared parameters of a class; none if it is not a dataclass."""
    return list_declared(params) if isinstance(params, type) and is_dataclass(params) else {}


def _list_fields(rule: str) -> set[str]:
    try:
        return {name for _, name, _, _ in Formatter().parse(rule) if name is not None}
    except ValueError:
        return {rule}


def _check_params(strategy: Strategy) -> Iterator[Fault]:
    params: Any = strategy.params
    declared = list_params(params)
    # The engine reads the threshold in every step, and forms list the declared fields.
    if not isinstance(declared.get("v2g_min_soc"), Quantity):
        template = "{strategy} ({source}): its parameters must declare the quantity v2g_min_soc"
        yield template, {}
        return
    try:
        instance = params()
    except TypeError:
        instance = None
    if instance is None or not params.__dataclass_params__.frozen:
        template = "{strategy} ({source}): its parameters must be a frozen dataclass with a default for each"
        yield template, {}
    for name, declaration in declared.items():
        if not isinstance(declaration, Quantity) or declaration.check(name, declaration.default):
            template = "{strategy} ({source}): {name} must be a quantity whose default is within its bounds"
            yield template, {"name": name}
    if strategy.cap == "found" and not hasattr(instance, "v2g_lowers_cap"):
        template = "{strategy} ({source}): with cap found, its parameters need the field v2g_lowers_cap"
        yield template, {}


def _check_functions(strategy: Strategy) -> Iterator[Fault]:
    memory_rule = strategy.memory_rule or MemoryRule()
    functions: dict[str, tuple[Callable[..., object] | None, int]] = {
        "the rule": (strategy.request_power, 2),
        "requests_v2g": (strategy.requests_v2g, 2),
        "shares_power": (strategy.shares_power, 2),
        "allocate": (strategy.allocate, 3),
        "remember_vehicles": (memory_rule.remember_vehicles, 2),
        "remember_site": (memory_rule.remember_site, 2),
        "remember": (memory_rule.remember, 2),
    }
    for name, (function, n) in functions.items():
        if function is not None and not _takes_arguments(function, n):
            template = "{strategy} ({source}): {name} must be a function of {n} arguments"
            yield template, {"name": name, "n": n}


def _takes_arguments(function: Callable[..., object], n: int) -> bool:
    try:
        inspect.signature(function).bind(*range(n))
    except (TypeError, ValueError):
        return False
    return True


def _check_memory(strategy: Strategy) -> Iterator[Fault]:
    rule = strategy.memory_rule
    if rule is None:
        return
    sizes = (
        (
            "vehicle_memory",
            rule.per_vehicle,
            MAX_PER_VEHICLE,
            rule.remember or rule.remember_vehicles,
            "remember_vehicles",
        ),
        ("site_memory", rule.per_site, MAX_PER_SITE, rule.remember or rule.remember_site, "remember_site"),
    )
    for name, size, high, function, function_name in sizes:
        if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= high:
            template = "{strategy} ({source}): {name} must be a whole number from 0 to {high}"
            yield template, {"name": name, "high": high}
        elif bool(size) != (function is not None):
            template = "{strategy} ({source}): {name} and the function {function} go together"
            yield template, {"name": name, "function": function_name}
