"""Layout of the glossary: a table per section, each term in the languages of the page with its meaning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html

from ev2gym_dashboard.web.i18n import LANGUAGES, Translator, get_translator
from ev2gym_dashboard.web.pages.glossary.terms import GLOSSARY


def render_glossary_layout(_: Translator) -> list[Any]:
    """Return the content of the page in a language."""
    heading = html.H2(_("Glossary"), className="page-heading")
    return [heading, *(_render_section(title, terms, _) for title, terms in GLOSSARY.items())]


def _render_section(title: str, terms: Mapping[str, str], _: Translator) -> html.Section:
    entries = [_render_term(term, meaning, _) for term, meaning in terms.items()]
    head = html.Div(html.H3(_(title)), className="panel-head")
    return html.Section([head, html.Dl(entries, className="glossary")], className="panel")


def _render_term(term: str, meaning: str, _: Translator) -> html.Div:
    return html.Div([html.Dt([_(term), *_render_other_names(term, _)]), html.Dd(_(meaning))])


def _render_other_names(term: str, _: Translator) -> list[html.Span]:
    """Return the term in the other languages, where they name it differently."""
    names = {get_translator(code)(term): code for code in LANGUAGES}
    return [html.Span(name, lang=code, className="unit") for name, code in names.items() if name != _(term)]
