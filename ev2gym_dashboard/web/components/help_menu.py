"""Help menu: the tour, pages such as the glossary, and the keyboard shortcuts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash import dcc, html

from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.aria import ARIA_HIDDEN
from ev2gym_dashboard.web.i18n import Translator

ITEM_CLASS, TOUR_LINK_CLASS = "btn btn-sm btn-outline-secondary", "tour-link"


def render_help_menu(
    _: Translator, links: Mapping[str, str], *, first_page: str, documentation: Sequence[html.A] = ()
) -> html.Details:
    """Return the closed menu, with links to pages by their text, and to the first page, where the tour is."""
    items = [
        # A script opens the tour once its page is there.
        dcc.Link(_("Tour of the page"), href=first_page, className=f"{ITEM_CLASS} {TOUR_LINK_CLASS}"),
        *(dcc.Link(text, href=address, className=ITEM_CLASS) for text, address in links.items()),
        *documentation,
        html.Button(_("Keyboard shortcuts"), id=ids.KEYS_OPEN, type="button", className=f"{ITEM_CLASS} btn-keys"),
    ]
    sign = [html.Span("?", **ARIA_HIDDEN), html.Span(_("Help"), className="visually-hidden")]
    summary = html.Summary(sign, title=_("Help"))
    box = html.Div(items, className="panel share-box help-box")
    return html.Details([summary, box], id=ids.HELP, className="share help")
