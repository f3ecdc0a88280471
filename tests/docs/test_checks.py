"""docs/checks.md names tests that exist, each property once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "checks.md"
ROW = re.compile(r"^\| (?P<property>.+) \| `(?P<file>[\w/]+\.py)::(?P<name>test_\w+)` \|$")
LINES = [
    line
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith(("| Property", "| ---"))
]


@pytest.mark.parametrize("line", LINES)
def test_the_test_of_a_property_exists(line: str) -> None:
    row = ROW.match(line)
    assert row, "not `| property | file::test |`"
    assert f"\ndef {row['name']}(" in (TESTS / row["file"]).read_text(encoding="utf-8")


def test_no_property_is_listed_twice() -> None:
    properties = [line.split(" | ")[0] for line in LINES]
    assert len(properties) > 80
    assert len(set(properties)) == len(properties)
