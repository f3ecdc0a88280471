"""Declared quantities: one declaration feeds validation, the form, the documentation and the tests."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from functools import cache
from typing import Any

MAX_VALUE_LENGTH = 40
DEFAULT_GROUP = "other"
PLAIN_TYPES = frozenset({bool, int, float, str, type(None)})

IssueValues = tuple[tuple[str, object], ...]


@dataclass(frozen=True, slots=True)
class Issue:
    """One error in a field of external input.

    ``template`` is an English sentence with ``{names}``, which is also the key of its translation; ``values`` fills it.
    """

    field: str
    template: str
    values: IssueValues = ()

    def __str__(self) -> str:
        return f"{self.field}: {self.template.format(**dict(self.values))}"


class ValidationError(ValueError):
    """External input is invalid; holds every issue."""

    def __init__(self, issues: Collection[Issue]) -> None:
        self.issues = tuple(issues)
        super().__init__("; ".join(map(str, self.issues)))

    def __reduce__(self) -> tuple[type[ValidationError], tuple[tuple[Issue, ...]]]:
        # Exceptions travel by their message, from which the issues could not be had again.
        return type(self), (self.issues,)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number: its default, unit ("" for a fraction or a count), bounds (both included) and meaning.

    A default that is a word, such as "auto", is allowed in place of a number, and so are ``other_words``.
    """

    default: Any
    unit: str
    low: float
    high: float
    about: str
    other_words: tuple[str, ...] = ()

    @property
    def integer(self) -> bool:
        return isinstance(self.default, int)

    @property
    def words(self) -> tuple[str, ...]:
        """The words allowed in place of a number, the default first if it is one."""
        return ((self.default,) if isinstance(self.default, str) else ()) + self.other_words

    def check(self, name: str, value: object) -> list[Issue]:
        if isinstance(value, str) and value in self.words:
            return []
        # bool is an int in Python, but not a number here.
        if isinstance(value, bool) or not isinstance(value, int | float):
            if self.words:
                return [
                    _make_issue(
                        name,
                        "must be a number or {word}, not {value}",
                        word=", ".join(self.words),
                        value=format_value(value),
                    )
                ]
            return [_make_issue(name, "must be a number, not {value}", value=format_value(value))]
        # Negated, so that NaN is refused.
        if not self.low <= value <= self.high:
            return [
                _make_issue(
                    name, "must be from {low} to {high}, not {value}", low=self.low, high=self.high, value=value
                )
            ]
        if self.integer and value != math.floor(value):
            return [_make_issue(name, "must be a whole number, not {value}", value=value)]
        return []


@dataclass(frozen=True, slots=True)
class Switch:
    """A setting that is on or off."""

    default: bool
    about: str

    def check(self, name: str, value: object) -> list[Issue]:
        return (
            []
            if isinstance(value, bool)
            else [_make_issue(name, "must be true or false, not {value}", value=format_value(value))]
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """A key of a table; ``options`` is empty if a higher layer owns the table."""

    default: str
    options: tuple[str, ...]
    about: str

    def check(self, name: str, value: object) -> list[Issue]:
        if not isinstance(value, str):
            return [_make_issue(name, "must be a text, not {value}", value=format_value(value))]
        return check_key(name, value, self.options) if self.options else []


@dataclass(frozen=True, slots=True)
class Text:
    """A text with a syntax of its own: ``check_text`` returns its issues, ``example`` is one that is valid."""

    default: str
    about: str
    check_text: Callable[[str, object], list[Issue]]
    example: str

    def check(self, name: str, value: object) -> list[Issue]:
        return self.check_text(name, value)


Declaration = Quantity | Switch | Choice | Text


def coerce_value(value: object, declaration: Declaration | None = None) -> object:
    """Return an external value as Python's own type, and a number of a declared count as an ``int``.

    A value that is no number, text or switch stays as it is, for its check to report.
    """
    # NumPy and pandas have numbers of their own, and arrays of one number; a scenario has mostly plain values.
    if type(value) not in PLAIN_TYPES:
        if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
            value = value.item()
        elif isinstance(value, float | str):
            value = float(value) if isinstance(value, float) else str(value)
    # TOML, JavaScript and spreadsheets write 20.0 for 20.
    if isinstance(value, float) and value.is_integer() and isinstance(declaration, Quantity) and declaration.integer:
        return int(value)
    return value


def declare_quantity(
    default: float | str,
    unit: str,
    low: float,
    high: float,
    about: str,
    *,
    group: str = DEFAULT_GROUP,
    other_words: tuple[str, ...] = (),
) -> Any:
    """Declare a dataclass field that is a number in ``unit`` with ``low <= value <= high``, or a word.

    The words are ``default``, if it is one, and ``other_words``. ``group`` names the group of the form that shows the
    field; with an empty one the form leaves it out.
    """
    return _declare_field(default, Quantity(default, unit, low, high, about, other_words), group)


def declare_switch(default: bool, about: str, *, group: str = DEFAULT_GROUP) -> Any:  # noqa: FBT001
    """Declare a dataclass field that is on or off."""
    return _declare_field(default, Switch(default, about), group)


def declare_choice(default: str, options: tuple[str, ...], about: str, *, group: str = DEFAULT_GROUP) -> Any:
    """Declare a dataclass field that holds a key of ``options``, or of a table of a higher layer."""
    return _declare_field(default, Choice(default, options, about), group)


def declare_text(
    about: str, check_text: Callable[[str, object], list[Issue]], *, example: str, group: str = DEFAULT_GROUP
) -> Any:
    """Declare a dataclass field that is a text with a syntax of its own, empty by default."""
    return _declare_field("", Text("", about, check_text, example), group)


def _declare_field(default: object, declaration: Declaration, group: str) -> Any:
    return field(default=default, metadata={"declared": declaration, "group": group})


def list_group(cls: type, group: str) -> dict[str, Declaration]:
    """Return the declarations of the fields of a dataclass that belong to a group of the form, in order."""
    return {f.name: f.metadata["declared"] for f in fields(cls) if f.metadata.get("group") == group}


def list_declared(cls: type) -> dict[str, Declaration]:
    """Return the declarations of the fields of a dataclass, by name, in order."""
    return dict(_find_declared(cls))


@cache
def _find_declared(cls: type) -> Mapping[str, Declaration]:
    # Each scenario that is made reads them.
    return {f.name: f.metadata["declared"] for f in fields(cls) if "declared" in f.metadata}


def check_declared(instance: Any) -> list[Issue]:
    """Return every issue of the declared fields of a dataclass instance."""
    return [
        issue
        for name, declaration in list_declared(type(instance)).items()
        for issue in declaration.check(name, getattr(instance, name))
    ]


def check_key(name: str, value: object, options: Collection[str]) -> list[Issue]:
    """Return an issue if ``value`` is not one of ``options``."""
    if isinstance(value, str) and value in options:
        return []
    values = {"options": ", ".join(options), "value": format_value(value)}
    if guess := suggest_name(value, options):
        template = "must be one of {options}, not {value}; did you mean {guess}?"
        return [_make_issue(name, template, **values, guess=guess)]
    return [_make_issue(name, "must be one of {options}, not {value}", **values)]


def check_names(values: Mapping[str, object], known: Collection[str]) -> list[Issue]:
    """Return an issue for every unknown key of ``values``."""
    return [make_name_issue(name, known) for name in values if name not in known]


def suggest_name(value: object, known: Collection[str]) -> str | None:
    """Return the known name that is closest to a mistyped one; None if none is close."""
    text = value.lower() if isinstance(value, str) else ""
    # A parameter may be named without its strategy.
    names = {name.lower(): name for name in known} | {name.rpartition(".")[2].lower(): name for name in known}
    matches = get_close_matches(text[:MAX_VALUE_LENGTH], names, n=1)
    return names[matches[0]] if matches else None


def make_name_issue(name: str, known: Collection[str]) -> Issue:
    """Return the issue of an unknown name."""
    if guess := suggest_name(name, known):
        return _make_issue(format_value(name), "is unknown; did you mean {guess}?", guess=guess)
    return _make_issue(format_value(name), "is unknown; the known names are {known}", known=", ".join(known))


def _make_issue(name: str, template: str, **values: object) -> Issue:
    return Issue(name, template, tuple(values.items()))


def format_value(value: object) -> str:
    """Return an external value as a short printable text, of any size and depth."""
    if isinstance(value, str):
        text = "".join(character if character.isprintable() else "?" for character in value[: MAX_VALUE_LENGTH + 1])
        return text if len(text) <= MAX_VALUE_LENGTH else text[:MAX_VALUE_LENGTH] + "…"
    # Python refuses to convert integers of more than 4,300 digits to text.
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**MAX_VALUE_LENGTH:
        return "a very large number"
    if value is None or isinstance(value, bool | int | float):
        return str(value)
    return "a list" if isinstance(value, list | tuple) else "an object"
