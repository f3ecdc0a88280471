"""Header of every page: title, pages, source of the catalog, share menu, language, colours and help."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.aria import ARIA_HIDDEN, make_aria_label
from ev2gym_dashboard.web.components.documentation import render_documentation_link
from ev2gym_dashboard.web.components.help_menu import ITEM_CLASS, render_help_menu
from ev2gym_dashboard.web.components.page_record import Page
from ev2gym_dashboard.web.components.share_menu import render_share_menu
from ev2gym_dashboard.web.i18n import LANGUAGES, N_, Translator

THEME_LABELS = {"auto": N_("◐ Auto"), "light": N_("☀ Light"), "dark": N_("☾ Dark")}


def render_header(
    _: Translator, page: Page | None, prefix: str, *, pages: Sequence[Page], docs_root: str | None = None
) -> html.Header:
    """Return the title, the links to the pages, the source of the catalog, the share menu, language, theme and help.

    ``docs_root`` is the address of the documentation, if the server has one.
    """
    share = [render_share_menu(_, prefix)] if page is None or page.request_store else []
    return html.Header(
        [
            html.H1(_("EV2Gym vehicles – V2G/G2V states"), id=ids.TITLE),
            _render_navigation(_, page, prefix, pages),
            html.Div(id=ids.CATALOG_BADGE, className="catalog-badge"),
            *share,
            _render_language_links(_),
            _render_theme_button(_),
            _render_help(_, page, prefix, pages, docs_root),
        ]
    )


def _render_navigation(_: Translator, current: Page | None, prefix: str, pages: Sequence[Page]) -> html.Nav:
    links = [
        dcc.Link(
            _(page.name),
            href=_build_address(page, prefix, _),
            className="page-name" + (" chosen" if page is current else ""),
        )
        for page in pages
        if page.is_listed
    ]
    return html.Nav(links, className="pages", **make_aria_label(_("Pages")))


def _render_help(
    _: Translator, current: Page | None, prefix: str, pages: Sequence[Page], docs_root: str | None
) -> html.Details:
    links = {_(page.name): _build_address(page, prefix, _) for page in _list_help_pages(pages)}
    path = current.path if current else None
    documentation = [render_documentation_link(_, path, docs_root, class_name=ITEM_CLASS)] if docs_root else []
    return render_help_menu(_, links, first_page=f"{prefix}?lang={_.lang}", documentation=documentation)


def _list_help_pages(pages: Sequence[Page]) -> list[Page]:
    # A page of a run that is not listed has its link in the menu of the run.
    return [page for page in pages if not page.is_listed and page.request_store is None]


def _build_address(page: Page, prefix: str, _: Translator) -> str:
    return f"{prefix}{page.path[1:]}?lang={_.lang}"


def _render_language_links(_: Translator) -> html.Nav:
    links = [
        dcc.Link(
            code.upper(), href=f"?lang={code}", className="lang" + (" chosen" if code == _.lang else ""), title=name
        )
        for code, name in LANGUAGES.items()
    ]
    return html.Nav(links, **make_aria_label(_("Language")))


def _render_theme_button(_: Translator) -> html.Button:
    labels = [html.Span(_split_sign(_(text)), className=f"theme-{key}") for key, text in THEME_LABELS.items()]
    title = _("Colours: automatic, light or dark")
    return html.Button(labels, id=ids.THEME, className="btn btn-sm btn-theme", n_clicks=0, title=title)


def _split_sign(text: str) -> list[Any]:
    # A phone has room for the sign alone.
    sign, word = text.split(" ", 1)
    return [html.Span(sign, **ARIA_HIDDEN), html.Span(f" {word}", className="word")]
