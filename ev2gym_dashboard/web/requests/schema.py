"""What a request of a page may look like: a table of its parts, each of which says what is wrong with a value."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from ev2gym_dashboard.core.schema import Issue, ValidationError, check_names, format_value

MAX_REQUEST_ISSUES = 20


class MalformedRequest(ValidationError):
    """A request that no page of ours would send; a few of its issues say enough, however many there are."""

    def __init__(self, issues: Collection[Issue]) -> None:
        super().__init__(list(issues)[:MAX_REQUEST_ISSUES])


class FieldSchema(Protocol):
    """Something of a request that can tell what is wrong with a value for it, as declared quantities do."""

    def check(self, name: str, value: object) -> list[Issue]: ...


@dataclass(frozen=True, slots=True)
class TextSchema:
    """A text of at most so many characters; without a bound where whoever reads it tells how long it may be."""

    high: float = float("inf")

    def check(self, name: str, value: object) -> list[Issue]:
        if not isinstance(value, str):
            return [Issue(name, "must be a text, not {value}", (("value", format_value(value)),))]
        if len(value) > self.high:
            return [Issue(name, "must be a text of at most {high} characters", (("high", self.high),))]
        return []


@dataclass(frozen=True, slots=True)
class MappingSchema:
    """Values by name, all of which are checked where they are used."""

    def check(self, name: str, value: object) -> list[Issue]:
        return [] if isinstance(value, Mapping) else [Issue(name, "must be an object")]


@dataclass(frozen=True, slots=True)
class RequestSchema:
    """An object of known parts, each of which may be missing or null."""

    of: Mapping[str, FieldSchema]

    def check(self, name: str, value: object) -> list[Issue]:
        return self.issues_of(value, f"{name}.") if isinstance(value, Mapping) else [Issue(name, "must be an object")]

    def issues_of(self, value: Mapping[str, object], within: str = "") -> list[Issue]:
        """Return every issue of the parts of an object."""
        given = [(name, what) for name, what in self.of.items() if value.get(name) is not None]
        wrong = [issue for name, what in given for issue in what.check(within + name, value[name])]
        return check_names(value, self.of) + wrong
