"""Published figures on the page About: numbers, units and verdicts in the format of each language."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ev2gym_dashboard.web.app import render_page
from ev2gym_dashboard.web.i18n import LANGUAGES, get_translator
from ev2gym_dashboard.web.pages.about.published import INCOMPARABLE, MET, MISSED, read_published_figures
from ev2gym_dashboard.web.pages.about.published_table import (
    COLUMNS,
    VERDICTS,
    format_figure,
    format_tolerance,
    render_published_section,
)

FIGURES = read_published_figures().figures
FIGURE = replace(FIGURES[0], mean=-1234.56, ci95=0.456, decimals=2, unit="MAD a month", tolerance=(0.08, 1.5))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_has_each_figure_with_its_verdict_and_the_address_of_its_source(lang: str) -> None:
    _ = get_translator(lang)
    text = str(render_page("/about", f"?lang={lang}"))
    parts = [(_(row.title), format_figure(row, _), _(VERDICTS[row.verdict]), row.address) for row in FIGURES]
    # The text escapes no-break spaces.
    assert [part for row in parts for part in row if repr(part)[1:-1] not in text] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_cell_carries_the_name_of_its_column_for_a_narrow_page(lang: str) -> None:
    _ = get_translator(lang)
    table = render_published_section(_).children[-1]
    _head, body = table.children
    for row in body.children:
        _title, *cells = row.children
        assert [getattr(cell, "data-label") for cell in cells] == [_(column) for column in COLUMNS[1:]]


@pytest.mark.parametrize(
    ("lang", "figure", "tolerance"),
    [
        ("fr", "−1\u202f234,56 ± 0,46 MAD par mois", "de 0,08 à 1,5 MAD par mois"),
        ("en", "−1,234.56 ± 0.46 MAD a month", "0.08 to 1.5 MAD a month"),
    ],
)
def test_figure_and_tolerance_have_the_format_of_the_language(lang: str, figure: str, tolerance: str) -> None:
    _ = get_translator(lang)
    assert format_figure(FIGURE, _).replace("\u00a0", " ") == figure
    assert format_tolerance(FIGURE, _).replace("\u00a0", " ") == tolerance


def test_a_share_carries_the_sign_of_percent_and_a_ratio_none() -> None:
    _ = get_translator("fr")
    assert format_figure(replace(FIGURE, unit="%", mean=20.0, decimals=1), _) == "20,0\u00a0±\u00a00,5\u202f%"
    assert format_figure(replace(FIGURE, unit="", mean=20.0, decimals=1), _) == "20,0\u00a0±\u00a00,5"


def test_a_figure_without_tolerance_says_so() -> None:
    assert format_tolerance(replace(FIGURE, tolerance=()), get_translator("fr")) == "non fixée"


def test_only_a_figure_that_is_not_met_has_a_reason() -> None:
    assert {bool(row.reason) for row in FIGURES if row.verdict == MET} == {False}
    assert {bool(row.reason) for row in FIGURES if row.verdict in {MISSED, INCOMPARABLE}} == {True}
