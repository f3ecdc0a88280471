"""Request of a study on the scenario of a comparison, such as a front or a sizing: its key, and its JSON."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ev2gym_dashboard.core.schema import Issue
from ev2gym_dashboard.service.comparison.request import (
    ComparisonRequest,
    dump_by_reference,
    dump_comparison_request,
    parse_comparison_request,
)
from ev2gym_dashboard.service.scenarios.contents import FindContent
from ev2gym_dashboard.service.scenarios.serialization import encode_canonical, hash_content
from ev2gym_dashboard.service.simulation.provenance import describe_environment


@dataclass(frozen=True)
class StudyRequest(ABC):
    """A study on the first seed of a comparison; each kind declares its options as fields."""

    comparison: ComparisonRequest

    @property
    @abstractmethod
    def options(self) -> dict[str, Any]:
        """The options as JSON values, whose names tell the kind of a stored request."""

    @property
    def canonical_json(self) -> str:
        return encode_canonical({**dump_comparison_request(self.comparison), **self.options})

    @property
    def by_reference(self) -> dict[str, Any]:
        """The request as JSON values that name the user's contents by their digests."""
        return {**dump_by_reference(self.comparison), **self.options}

    # Cached, as for a comparison: a poll needs the key several times.
    @cached_property
    def key(self) -> str:
        """Hash of the request and of the environment that its result depends on."""
        return hash_content(describe_environment(), encode_canonical(self.by_reference))


def split_request(
    value: Mapping[str, Any], names: tuple[str, ...], find: FindContent | None
) -> tuple[ComparisonRequest, dict[str, Any]]:
    """Return the comparison of an untrusted request, and its options of some names, which are not checked."""
    options = {name: part for name, part in value.items() if name in names}
    comparison = {name: part for name, part in value.items() if name not in names}
    return parse_comparison_request(comparison, find), options


def check_work(work: int, high: int, template: str) -> list[Issue]:
    """Return an issue for a study of more vehicle-steps than some, whose sentence is a template."""
    return [Issue("work", template, (("work", work), ("high", high)))] if work > high else []
