"""Glossary: its terms are those of docs/glossary.md, in every language, and the help menu leads to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ev2gym_dashboard.web.app import render_page
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.glossary.layout import render_glossary_layout
from ev2gym_dashboard.web.pages.glossary.terms import GLOSSARY

DOCS = Path(__file__).parents[4] / "docs" / "glossary.md"
ROWS = [[cell.strip() for cell in line.split("|")] for line in DOCS.read_text(encoding="utf-8").splitlines()]
DOCUMENTED = {row[1]: (row[3], row[4]) for row in ROWS if len(row) > 6}
TERMS = {term: meaning for terms in GLOSSARY.values() for term, meaning in terms.items()}


@pytest.mark.parametrize("term", TERMS)
def test_each_term_has_the_meaning_and_the_french_name_of_the_documentation(term: str, french: Translator) -> None:
    meaning, name = DOCUMENTED[term]
    assert meaning.startswith(TERMS[term].removesuffix("."))
    assert name.replace(" %", "\u202f%").startswith(french(term).replace("Borne", "borne"))


def test_a_term_shows_its_names_in_the_other_languages(french: Translator) -> None:
    text = str(render_glossary_layout(french))
    assert "SOC de réserve" in text
    assert "Span(children='reserve SOC', className='unit', lang='en')" in text


def test_the_help_menu_of_every_page_links_the_glossary() -> None:
    assert "/glossary?lang=fr" in str(render_page("/site", "?lang=fr"))
    assert "puissance souscrite" in str(render_page("/glossary", "?lang=fr"))
