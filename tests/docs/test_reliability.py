"""Each finding of the second look at reliability has tests, and each test that the page names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
FINDING = re.compile(r"^\| (D\d+) \| .+? \| (.+) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def test_every_finding_has_a_row_with_tests() -> None:
    rows = FINDING.findall(PAGE)
    assert [number for number, _ in rows] == [f"D{k}" for k in range(1, 21)]
    assert [number for number, tests in rows if not TEST.search(tests)] == []


@pytest.mark.parametrize(("file", "name"), TEST.findall(PAGE))
def test_a_test_that_the_page_names_exists(file: str, name: str) -> None:
    assert f"\ndef {name}(" in (ROOT / file).read_text(encoding="utf-8")
