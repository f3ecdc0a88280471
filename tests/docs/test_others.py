"""The page about other programs has a source for each claim, and figures that the pages of measurements have too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "others.md").read_text(encoding="utf-8")
REFERENCE = re.compile(r"\]\[([\w-]+)\]")
LINK = re.compile(r"\]\[[\w-]+\]|\]\(bench\.md\)")
DEFINITION = re.compile(r"^\[([\w-]+)\]: https://", re.MULTILINE)
FIGURE = re.compile(r"\d[\d,.]*")


def read_rows(name: str) -> list[list[str]]:
    """Return the cells of the rows of a table, without its head."""
    table = re.search(rf"<!-- {name} -->\n(.+?)\n<!-- /{name} -->", PAGE, re.DOTALL)
    assert table
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in table[1].splitlines()[2:]]


@pytest.mark.parametrize("name", ["simulators", "operation"])
def test_every_cell_about_another_program_has_a_source(name: str) -> None:
    unsourced = [(row[0], cell) for row in read_rows(name) for cell in row[2:] if not LINK.search(cell)]
    assert unsourced == []


@pytest.mark.parametrize(("name", "programs"), [("simulators", 4), ("operation", 2)])
def test_every_row_has_a_cell_for_each_program(name: str, programs: int) -> None:
    assert {len(row) for row in read_rows(name)} == {programs + 2}


def test_every_source_is_used_and_every_one_used_is_given() -> None:
    assert sorted(DEFINITION.findall(PAGE)) == sorted(set(REFERENCE.findall(PAGE)))


def test_every_measured_figure_is_on_the_page_of_measurements() -> None:
    bench = set(FIGURE.findall((DOCS / "bench.md").read_text(encoding="utf-8")))
    measured = {
        figure
        for _, other, here, _ in read_rows("measured")
        for figure in FIGURE.findall(f"{other.split()[-1]} {here}")
    }
    assert measured - bench == set()
    assert len(measured) == 12
