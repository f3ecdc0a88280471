"""Layout of the page About: version, citation, data, assumptions, published figures and software, a section each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from ev2gym_dashboard import __version__
from ev2gym_dashboard.web.build import compute_build_id
from ev2gym_dashboard.web.components.source_notes import CO2_NOTE, SOURCE_NOTES
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.about.assumptions import ASSUMPTIONS
from ev2gym_dashboard.web.pages.about.citations import CITATIONS, LICENCE
from ev2gym_dashboard.web.pages.about.published_table import render_published_section
from ev2gym_dashboard.web.pages.about.sources import DATA_SOURCES, SOFTWARE, DataSource


def render_about_layout(_: Translator) -> list[Any]:
    """Return the content of the page in a language."""
    assumptions = [_render_entry(_(title), _(text)) for title, text in ASSUMPTIONS.items()]
    software = [_render_entry(html.Bdi(name), f"{_(part.use)} · {part.licence}") for name, part in SOFTWARE.items()]
    return [
        html.H2(_("About"), className="page-heading"),
        _render_section(_("This program"), _list_versions(_)),
        _render_section(_("How to cite"), _list_citations(_)),
        _render_section(_("Data and their licences"), [_render_source(source, _) for source in DATA_SOURCES]),
        _render_notes(_("Figures that no file holds"), [CO2_NOTE, *SOURCE_NOTES], _),
        _render_section(_("Main assumptions"), assumptions),
        render_published_section(_),
        _render_section(_("Software of others"), software),
    ]


def _render_section(title: str, entries: Sequence[Any]) -> html.Section:
    head = html.Div(html.H3(title), className="panel-head")
    return html.Section([head, html.Dl(list(entries), className="glossary")], className="panel")


def _render_notes(title: str, notes: Sequence[str], _: Translator) -> html.Section:
    head = html.Div(html.H3(title), className="panel-head")
    return html.Section([head, html.Ul([html.Li(_(note)) for note in notes], className="sources")], className="panel")


def _render_entry(name: Any, value: Any) -> html.Div:
    return html.Div([html.Dt(name), html.Dd(value)])


def _list_versions(_: Translator) -> list[html.Div]:
    facts = {_("Version"): __version__, _("Build"): compute_build_id()}
    return [
        *(_render_entry(name, html.Bdi(value)) for name, value in facts.items()),
        _render_entry(_("Licence"), LICENCE),
    ]


def _list_citations(_: Translator) -> list[html.Div]:
    return [
        _render_entry(_(name), html.Cite(text, lang="en", dir="ltr", className="citation"))
        for name, text in CITATIONS.items()
    ]


def _render_source(source: DataSource, _: Translator) -> html.Div:
    files = [html.Span(file, className="unit", dir="ltr") for file in source.files]
    licence = _("Licence: {licence}.", licence=_(source.licence))
    sentences = filter(None, (_(source.source), licence, _(source.remark)))
    return _render_entry([_(source.content), *files], " ".join(sentences))
