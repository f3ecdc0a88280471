"""Generated sections of a page."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.page_sections import fill_sections, render_table, update_page

PAGE = "Before.\n<!-- size -->\nold\n<!-- /size -->\nAfter.\n"


def render_size() -> str:
    return "new\n"


def test_only_the_text_between_the_markers_changes() -> None:
    assert fill_sections(PAGE, {"size": render_size}) == PAGE.replace("old", "new")


def test_a_page_without_the_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="'size'"):
        fill_sections(PAGE.replace("<!-- /size -->", ""), {"size": render_size})


def test_a_page_is_updated_in_place(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE, encoding="utf-8")
    update_page(page, {"size": render_size})
    assert page.read_text(encoding="utf-8") == PAGE.replace("old", "new")


def test_a_table_has_a_header_a_rule_and_its_rows() -> None:
    assert render_table(("Name", "Unit"), [("soc", "-")]) == "| Name | Unit |\n| --- | --- |\n| soc | - |\n"
