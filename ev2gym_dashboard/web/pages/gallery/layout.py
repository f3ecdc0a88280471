"""Layout of the gallery: a card per scenario, with its differences from the default and the link that opens it."""

from __future__ import annotations

from typing import Any

from dash import html

from ev2gym_dashboard.service.scenarios.gallery import GALLERY, GalleryEntry
from ev2gym_dashboard.web.components.field_facts import render_field_change
from ev2gym_dashboard.web.i18n import Translator

ENTRY_FOLDER = "scenario"
"""First part of the address of a scenario, beside that of the page."""


def render_gallery_layout(_: Translator) -> list[Any]:
    """Return the content of the page in a language."""
    hint = _("Each of them opens on the page Fleet and takes the place of your run. Their addresses can be shared.")
    heading = html.H2(_("Scenarios to look at"), className="page-heading")
    return [
        html.Section([html.Div(heading, className="panel-head"), html.P(hint, className="hint")], className="panel"),
        html.Div([_render_card(key, entry, _) for key, entry in GALLERY.items()], className="grid grid-gallery"),
    ]


def _render_card(key: str, entry: GalleryEntry, _: Translator) -> html.Article:
    name = _(entry.name)
    # A relative address is right behind a proxy with a prefix too.
    link = html.A(
        [_("Open this run"), html.Span(f": {name}", className="visually-hidden")],
        href=f"{ENTRY_FOLDER}/{key}?lang={_.lang}",
        className="btn btn-sm btn-primary",
    )
    return html.Article(
        [html.H3(name), html.P(_(entry.about)), _render_changes(entry, _), html.Div(link, className="card-foot")],
        className="panel card-scenario",
    )


def _render_changes(entry: GalleryEntry, _: Translator) -> Any:
    if not entry.changes:
        return html.P(_("No field differs from the default."), className="hint")
    rows = [render_field_change(name, entry.scenario, _) for name in entry.changes]
    return html.Details([html.Summary(_("Differences from the default ({n})", n=len(rows))), html.Dl(rows)])
