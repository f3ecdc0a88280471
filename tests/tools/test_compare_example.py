"""The example on the page Compare is what the code computes."""

from __future__ import annotations

import pytest

from ev2gym_dashboard.service.comparison.example import EXAMPLE_ROWS
from ev2gym_dashboard.web.i18n import get_translator
from ev2gym_dashboard.web.pages.compare.example import render_example
from tools.compare_example import compute_example


def test_the_rows_are_those_that_the_code_computes() -> None:
    # A whole number may round the other way with another kernel.
    computed = compute_example()
    assert [row[:2] for row in computed] == [row[:2] for row in EXAMPLE_ROWS]
    for row, shown in zip(computed, EXAMPLE_ROWS, strict=True):
        assert row[2:] == pytest.approx(shown[2:], abs=1), "run python -m tools.compare_example"


@pytest.mark.parametrize("lang", ["fr", "en", "ar"])
def test_each_row_has_a_name_and_three_figures(lang: str) -> None:
    table = render_example(get_translator(lang)).children
    rows = table.children[2].children
    assert len(rows) == len(EXAMPLE_ROWS)
    assert {len(row.children) for row in rows} == {4}
