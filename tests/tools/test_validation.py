"""The validation page agrees with its command; tests/reference holds the runs of the scalar simulator."""

from __future__ import annotations

import pytest

from tests.reference.test_scalar_simulator import RULES
from tests.service.optimum.problems import make_random_problem
from tests.service.optimum.test_decomposition import MAX_PLAN_GAP
from tools.page_sections import fill_sections
from tools.validation import CHECKS, PAGE, SAME_TEXT, SECTIONS, compute_optimum_gaps, render_rows

TEXT = PAGE.read_text(encoding="utf-8")


def test_the_quantiles_of_the_page_are_those_of_the_command() -> None:
    assert fill_sections(TEXT, {"sessions": SECTIONS["sessions"]}) == TEXT, "update with python -m tools.validation"


# The runs of the scalar simulator take ten seconds: tests/reference holds them.
@pytest.mark.parametrize("name", sorted(set(CHECKS) - {"engine"}))
def test_a_row_of_the_table_is_that_of_the_command(name: str) -> None:
    _header, _line, *rows = render_rows(CHECKS[name]()).splitlines()
    assert [row for row in rows if row not in TEXT.splitlines()] == [], "update with python -m tools.validation"


def test_the_bounds_of_the_optimum_are_on_their_sides_of_the_linear_programme() -> None:
    below, above = compute_optimum_gaps(make_random_problem(20, 20, tariff="two_postes"))
    assert below >= 0.0
    assert 0.0 <= above <= MAX_PLAN_GAP


def test_the_engine_has_its_row_within_the_tolerance_of_its_tests() -> None:
    row = TEXT.partition("| scalar simulator |")[2].splitlines()[0]
    assert row.startswith(f" {len(RULES)} strategies, ")
    assert row.endswith(f"| SOC below {SAME_TEXT} | {SAME_TEXT} |")
