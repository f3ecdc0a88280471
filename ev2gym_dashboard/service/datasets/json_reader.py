"""Reader of the packaged JSON data files: typed values and every issue at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.datasets.json_text import parse_json


class JsonReader:
    """A JSON object whose values are read by path; missing and wrong values are collected as issues."""

    def __init__(self, content: bytes) -> None:
        self.issues: list[Issue] = []
        self.root = self._decode(content)

    def _decode(self, content: bytes) -> Any:
        try:
            # Some editors write a byte order mark, which JSON does not allow.
            return parse_json(content.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            raise ValidationError(
                [Issue("file", "must be JSON in UTF-8: {reason}", (("reason", str(error)[:80]),))]
            ) from None

    def add_issue(self, path: Sequence[str], template: str, **values: object) -> None:
        self.issues.append(Issue(".".join(path), template, tuple(values.items())))

    def get(self, *path: str) -> Any:
        """Return the value at a path, None if there is none."""
        value = self.root
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    # A wrong value gives an issue and a harmless substitute, so that one pass finds all issues of a file.

    def read_mapping(self, *path: str) -> Mapping[str, Any]:
        value = self.get(*path)
        if isinstance(value, Mapping) and value:
            return value
        self.add_issue(path, "must be an object with at least one entry")
        return {}

    def read_text(self, *path: str) -> str:
        value = self.get(*path)
        if isinstance(value, str) and value.strip():
            return value
        self.add_issue(path, "must be a text")
        return ""

    def read_texts(self, *path: str) -> list[str]:
        entries = self.read_entries(*path)
        if not all(isinstance(entry, str) for entry in entries):
            self.add_issue(path, "must be a list of texts")
            return []
        return entries

    def read_entries(self, *path: str) -> list[Any]:
        value = self.get(*path)
        if isinstance(value, list) and value:
            return value
        self.add_issue(path, "must be a list with at least one entry")
        return []

    def read_day(self, *path: str) -> date:
        return self.parse_day(self.get(*path), *path)

    def parse_day(self, value: object, *path: str) -> date:
        """Return a date from a list entry; ``path`` names the entry in its issue."""
        try:
            return date.fromisoformat(value if isinstance(value, str) else "")
        except ValueError:
            self.add_issue(path, "must be a date such as 2026-12-15")
            return date.min

    def read_number(self, *path: str, low: float, high: float) -> float:
        return self.check_number(self.get(*path), *path, low=low, high=high)

    def check_number(self, value: Any, *path: str, low: float, high: float) -> float:
        """Return a number from a list entry; ``path`` names the entry in its issue."""
        if is_number(value) and low <= value <= high:
            return float(value)
        self.add_issue(path, "must be a number from {low} to {high}", low=low, high=high)
        return low

    def read_numbers(self, *path: str, length: int, low: float, high: float) -> NDArray[np.float64]:
        """Return a list of numbers as an array, (length,); null becomes NaN."""
        value = self.get(*path)
        if isinstance(value, list) and len(value) == length and all(_is_null_or_within(v, low, high) for v in value):
            return np.array([np.nan if v is None else v for v in value], dtype=float)
        self.add_issue(
            path, "must be a list of {length} numbers from {low} to {high}", length=length, low=low, high=high
        )
        return np.full(length, low, dtype=float)

    def raise_issues(self) -> None:
        """Raise `ValidationError` with every issue, if there is any."""
        if self.issues:
            raise ValidationError(self.issues)


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_null_or_within(value: Any, low: float, high: float) -> bool:
    return value is None or (is_number(value) and low <= value <= high)
