"""docs/glossary.md names code that exists."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "glossary.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith(("| Term", "| ---"))
]
CODE = re.compile(r"`([\w/]+)\.py`(?:: `(\w+)`)?")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_the_code_of_a_term_exists(row: list[str]) -> None:
    term, _, meaning, _, code = row
    match = CODE.fullmatch(code)
    assert match, f"{term}: {code!r} is not `module.py`: `name`"
    module = import_module(f"ev2gym_dashboard.{match[1].replace('/', '.')}")
    assert match[2] is None or hasattr(module, match[2])
    assert meaning.endswith(".")


def test_no_term_is_defined_twice() -> None:
    terms = [term for row in ROWS for term in row[0].split(", ")]
    assert len(terms) == len(set(terms))
