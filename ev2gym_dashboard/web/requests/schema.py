"""Schema of a request: the fields that a page may send, and the check of their values."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ev2gym_dashboard.core.schema import Issue, ValidationError, check_names, format_value
from ev2gym_dashboard.service.server.incoming_request import MAX_BODY_BYTES
from ev2gym_dashboard.web.i18n import N_

MAX_REQUEST_ISSUES = 20
MAX_REQUEST_BYTES = MAX_BODY_BYTES - 64 * 1024
"""What a page sends at most: Dash adds the names of all outputs to a body."""
TOO_LARGE_MESSAGE = N_("This request is too large: use shorter files, or fewer of them.")


class MalformedRequest(ValidationError):
    """A request that no page of this build sends; carries the first `MAX_REQUEST_ISSUES` issues."""

    def __init__(self, issues: Collection[Issue]) -> None:
        # A hostile request has as many issues as it has names; the log and the reply stay short.
        super().__init__(list(issues)[:MAX_REQUEST_ISSUES])


class FieldSchema(Protocol):
    """Schema of one field; declared quantities, switches and choices are such schemas too."""

    def check(self, name: str, value: object) -> list[Issue]: ...


@dataclass(frozen=True, slots=True)
class TextSchema:
    """A text of at most ``high`` characters; unbounded where the parser of the text has a limit itself."""

    high: float = float("inf")

    def check(self, name: str, value: object) -> list[Issue]:
        if not isinstance(value, str):
            return [Issue(name, "must be a text, not {value}", (("value", format_value(value)),))]
        if len(value) > self.high:
            return [Issue(name, "must be a text of at most {high} characters", (("high", self.high),))]
        return []


@dataclass(frozen=True, slots=True)
class MappingSchema:
    """Values by name, each of which is checked where it is used."""

    def check(self, name: str, value: object) -> list[Issue]:
        return [] if isinstance(value, Mapping) else [Issue(name, "must be an object")]


@dataclass(frozen=True, slots=True)
class ListSchema:
    """A list of at most ``high`` entries of one schema."""

    entry: FieldSchema
    high: int

    def check(self, name: str, value: object) -> list[Issue]:
        if not isinstance(value, list) or len(value) > self.high:
            return [Issue(name, "must be a list of at most {high}", (("high", self.high),))]
        return [issue for k, entry in enumerate(value) for issue in self.entry.check(f"{name}.{k}", entry)]


@dataclass(frozen=True, slots=True)
class RequestSchema:
    """An object of known fields, each of which may be absent or null."""

    fields: Mapping[str, FieldSchema]

    def check(self, name: str, value: object) -> list[Issue]:
        if not isinstance(value, Mapping):
            return [Issue(name, "must be an object")]
        return self.list_issues(value, prefix=f"{name}.")

    def list_issues(self, value: Mapping[str, object], *, prefix: str = "") -> list[Issue]:
        """Return every issue of an object: its unknown names, and the wrong values of its known fields."""
        present = [(name, schema) for name, schema in self.fields.items() if value.get(name) is not None]
        wrong = [issue for name, schema in present for issue in schema.check(prefix + name, value[name])]
        return check_names(value, self.fields) + wrong


def validate_request(request: object, schema: RequestSchema) -> Mapping[str, Any]:
    """Return a request that satisfies a schema.

    Raises
    ------
    MalformedRequest
        With the issues of a request that no page of this build sends.
    """
    if not isinstance(request, Mapping):
        raise MalformedRequest([Issue("request", "must be an object")])
    if issues := schema.list_issues(request):
        raise MalformedRequest(issues)
    return request
