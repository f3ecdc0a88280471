"""The validation page agrees with its command; tests/reference holds the runs of the scalar simulator."""

from __future__ import annotations

import pytest

from tools.page_sections import fill_sections
from tools.validation import PAGE, SECTIONS

TEXT = PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["sessions", "steps"])
def test_a_table_of_the_page_is_that_of_the_command(name: str) -> None:
    assert fill_sections(TEXT, {name: SECTIONS[name]}) == TEXT, "update with python -m tools.validation"


def test_every_section_of_the_command_is_on_the_page() -> None:
    assert [name for name in SECTIONS if f"<!-- {name} -->\n|" not in TEXT] == []
