"""Dash application: its pages, its header and its index; create_app() builds all of it, nothing at import time."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash._utils import to_json
from flask import redirect, request

from ev2gym_dashboard.service.datasets.paths import find_assets_folder
from ev2gym_dashboard.service.runtime.settings import ServerSettings
from ev2gym_dashboard.service.simulation.provenance import compute_fingerprint
from ev2gym_dashboard.strategies.door.plugins import load_strategy_files, read_strategy_file
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.build import compute_build_id
from ev2gym_dashboard.web.bundle import add_bundle, make_bundles
from ev2gym_dashboard.web.callback_map import list_bound_ids
from ev2gym_dashboard.web.components.client_texts import build_client_texts
from ev2gym_dashboard.web.components.definitions import render_definition_bubble
from ev2gym_dashboard.web.components.draft_dialog import render_draft_dialog
from ev2gym_dashboard.web.components.header import render_header
from ev2gym_dashboard.web.components.keys import render_keys_dialog
from ev2gym_dashboard.web.components.page_record import Page
from ev2gym_dashboard.web.components.review.callbacks import register_review
from ev2gym_dashboard.web.components.review.dialog import render_review_dialog
from ev2gym_dashboard.web.components.run_controls import register_run_controls
from ev2gym_dashboard.web.components.tour import render_tour
from ev2gym_dashboard.web.first_reply import make_reply_carrier
from ev2gym_dashboard.web.i18n import Translator, get_translator, parse_language
from ev2gym_dashboard.web.index_template import INDEX_HTML
from ev2gym_dashboard.web.middleware.account import add_account
from ev2gym_dashboard.web.middleware.compression import add_compression
from ev2gym_dashboard.web.middleware.documentation import DOCS_PATH, add_documentation, choose_documentation
from ev2gym_dashboard.web.middleware.operations import add_operations
from ev2gym_dashboard.web.middleware.request_places import add_request_places
from ev2gym_dashboard.web.middleware.security import add_security
from ev2gym_dashboard.web.middleware.strangers import add_stranger_checks
from ev2gym_dashboard.web.pages.about.page import PAGE as ABOUT
from ev2gym_dashboard.web.pages.compare.page import PAGE as COMPARE
from ev2gym_dashboard.web.pages.gallery.page import PAGE as GALLERY
from ev2gym_dashboard.web.pages.glossary.page import PAGE as GLOSSARY
from ev2gym_dashboard.web.pages.live.page import PAGE as LIVE
from ev2gym_dashboard.web.pages.site.page import PAGE as SITE
from ev2gym_dashboard.web.pages.site.page import REPORT
from ev2gym_dashboard.web.pages.vehicles.page import PAGE as VEHICLES
from ev2gym_dashboard.web.plain_elements import join_elements
from ev2gym_dashboard.web.requests.language import choose_language
from ev2gym_dashboard.web.rest.routes import add_rest
from ev2gym_dashboard.web.run_callbacks import list_run_callbacks
from ev2gym_dashboard.web.scripts import leave_out_scripts, name_later_scripts

PAGES = (LIVE, VEHICLES, SITE, COMPARE, GALLERY, REPORT, GLOSSARY, ABOUT)
"""The pages in the order of the navigation; menus link those that it leaves out."""
ICON, UNKNOWN_PATH = "icon.svg", "/unknown"
DEFAULT_SERVING = ServerSettings()
RenderAddress = Callable[[Page | None, str], list[Any]]


class DashboardApp(Dash):
    """Dash with an index that names language and page, sets the theme before the first paint, and knows its pages."""

    shown_pages: Sequence[Page] = ()
    bundle_addresses: tuple[str, ...] = ()
    carry_layout: Callable[[Page | None, str], str]
    carry_reply: Callable[[Page | None, str], str]

    def index(self, *args: Any, **kwargs: Any) -> Any:
        """Return the index; with status 404 for an unknown address, or a redirect for one that ends with a slash."""
        if request.path != "/" and request.path.endswith("/"):
            # Relative links of a page count from its address.
            query = f"?{request.query_string.decode()}" if request.query_string else ""
            return redirect(
                f"{self.config.requests_pathname_prefix}{request.path.strip('/')}{query}", HTTPStatus.PERMANENT_REDIRECT
            )
        content = super().index(*args, **kwargs)  # type: ignore[no-untyped-call]
        is_known = find_page(request.path, self.shown_pages) is not None
        return content, HTTPStatus.OK if is_known else HTTPStatus.NOT_FOUND, {"Vary": "Accept-Language, Cookie"}

    def interpolate_index(
        self,
        metas: Any = "",
        title: Any = "",  # noqa: ARG002
        css: Any = "",
        config: Any = "",
        scripts: Any = "",
        app_entry: Any = "",
        favicon: Any = "",  # noqa: ARG002
        renderer: Any = "",
    ) -> str:
        _ = get_translator(choose_language(request, request.args.get("lang")))
        page = find_page(request.path, self.shown_pages)
        base_bundle, page_bundle = self.bundle_addresses
        return INDEX_HTML.format(
            lang=_.tag,
            direction=_.direction,
            ids=ids.to_json(),
            callbacks=json.dumps(list_run_callbacks(self.callback_map, self.shown_pages)),
            base_bundle=base_bundle,
            page_bundle=page_bundle,
            layout=self.carry_layout(page, _.lang),
            dependencies=_escape_json(to_json(self._callback_list)),
            first_reply=_escape_json(self.carry_reply(page, _.lang)),
            icon=self.get_asset_url(ICON),
            metas=metas,
            title=format_document_title(page, _),
            css=css,
            later_scripts=name_later_scripts(scripts),
            app_entry=app_entry,
            config=config,
            scripts=leave_out_scripts(scripts),
            renderer=renderer,
        )


def create_app(serving: ServerSettings = DEFAULT_SERVING, *, pages: Sequence[Page] = PAGES) -> Dash:
    """Return the application; `app.server` is its WSGI application."""
    # The operator's own: nothing that a browser sends is ever executed.
    load_strategy_files(tuple(map(read_strategy_file, serving.strategy_paths)))
    app = DashboardApp(
        "ev2gym_dashboard",
        assets_folder=str(find_assets_folder()),
        compress=True,
        serve_locally=True,
        requests_pathname_prefix=serving.prefix,
        # A proxy in front strips the prefix: the server listens at the root.
        routes_pathname_prefix="/",
        # Dash would write "Updating..." into the title at every tick.
        update_title="",
        suppress_callback_exceptions=True,
        # The elements of a page exist only while it is open.
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    )
    app.shown_pages = pages
    build = compute_build_id()
    # Now, before an update can replace the files: numbers of this code must not get the keys of another one.
    compute_fingerprint()
    app.bundle_addresses = tuple(add_bundle(app, bundle) for bundle in make_bundles())
    app.layout = build_shell(build, pages)
    docs_folder = choose_documentation(serving.docs)
    docs_root = serving.prefix + DOCS_PATH[1:]
    render = _make_address_renderer(app, pages, docs_root if docs_folder else None)
    app.carry_layout = _make_layout_carrier(render, build, pages)
    app.carry_reply = make_reply_carrier(build)
    _register_navigation(app, serving.prefix, pages, render)
    register_run_controls(app)
    register_review(app, build)
    for page in pages:
        page.register(app, build)
    add_rest(app, serving.prefix)
    if docs_folder:
        add_documentation(app, docs_folder, docs_root, serving.embedders)
    # Flask asks in this order: a stranger cannot even try a password.
    add_stranger_checks(app, serving)
    add_account(app, serving)
    # Before anything parses the body.
    add_request_places(app)
    # The two see the registered callbacks: they go last.
    add_operations(app, serving)
    add_security(app, serving)
    add_compression(app)
    return app


def build_shell(build: str, pages: Sequence[Page], content: Any = None) -> html.Div:
    """Return the elements that outlast a change of page or language, around the content of a page."""
    sessions = [dcc.Store(id=name, storage_type="session") for page in pages for name in page.session_stores]
    return html.Div(
        [
            # Without a reload, the run goes on through a change of page.
            dcc.Location(id=ids.LOCATION, refresh=False),
            dcc.Store(id=ids.ADDRESS),
            dcc.Store(id=ids.REPLY),
            dcc.Store(id=ids.REVIEW_REQUEST),
            dcc.Store(id=ids.REVIEW_REPLY),
            *sessions,
            dcc.Store(id=ids.BUILD, data=build),
            html.Div(content, id=ids.PAGE, className="page"),
        ]
    )


def render_page(
    pathname: str | None,
    search: str | None,
    prefix: str = "/",
    *,
    pages: Sequence[Page] = PAGES,
    docs_root: str | None = None,
) -> list[Any]:
    """Return the page at an address below the prefix, in the language that the address names.

    ``docs_root`` is the address of the documentation, if the server has one.
    """
    _ = get_translator(parse_language(_read_language(search)))
    page = find_page(_strip_prefix(pathname, prefix), pages)
    content = page.render(_) if page else _render_not_found(_, prefix)
    texts = build_client_texts(_, page.request_store if page else None, title=format_document_title(page, _))
    header = render_header(_, page, prefix, pages=pages, docs_root=docs_root)
    run_dialogs = [render_review_dialog(_), render_draft_dialog(_)] if page and page.request_store else []
    tour = [render_tour(_)] if page is LIVE else []
    dialogs = [*run_dialogs, *tour, render_keys_dialog(_), render_definition_bubble()]
    return [dcc.Store(id=ids.CLIENT_TEXTS, data=texts), _render_skip_link(_), header, _render_main(content), *dialogs]


def _read_language(search: str | None) -> str | None:
    return parse_qs((search or "").removeprefix("?")).get("lang", [None])[0]


def _strip_prefix(pathname: str | None, prefix: str) -> str:
    return "/" + (pathname or prefix).removeprefix(prefix)


def find_page(path: str, pages: Sequence[Page]) -> Page | None:
    """Return the page at a path below the prefix, with or without a slash at its end; None if there is none."""
    return next((page for page in pages if page.path == (path.rstrip("/") or "/")), None)


def format_document_title(page: Page | None, _: Translator) -> str:
    """Return the title of the window: the first page has that of the application."""
    application = _("EV2Gym vehicles – V2G/G2V states")
    if page is None:
        return f"{_('Page not found')} – {application}"
    return application if page.path == "/" else f"{_(page.name)} – {application}"


def _make_address_renderer(app: Dash, pages: Sequence[Page], docs_root: str | None) -> RenderAddress:
    """Return the function that renders a page in a language, each only once."""
    prefix = app.config.requests_pathname_prefix

    @cache
    def render(page: Page | None, lang: str) -> list[Any]:
        path, search = (page.path if page else UNKNOWN_PATH), f"?lang={lang}"
        content = render_page(prefix + path[1:], search, prefix, pages=pages, docs_root=docs_root)
        # As plain objects: to turn the components into JSON takes longer than to make them.
        # Sorted: Dash lists the data and aria attributes of an element in an order that differs by process.
        plain = json.loads(to_json(content), object_pairs_hook=lambda pairs: dict(sorted(pairs)))
        joined: list[Any] = join_elements(plain, list_bound_ids(app.callback_map))
        return joined

    return render


def _make_layout_carrier(render: RenderAddress, build: str, pages: Sequence[Page]) -> Callable[[Page | None, str], str]:
    """Return the function that gives the layout around a page in a language, as the index carries it."""

    @cache
    def carry(page: Page | None, lang: str) -> str:
        return _escape_json(to_json(build_shell(build, pages, render(page, lang))))

    return carry


def _escape_json(text: str) -> str:
    # A text of the page must not end the element that carries it.
    return text.replace("<", "\\u003c")


def _register_navigation(app: Dash, prefix: str, pages: Sequence[Page], render: RenderAddress) -> None:
    def render_address(address: Any) -> list[Any]:
        path, search = (address.get(name) if isinstance(address, dict) else None for name in ("pathname", "search"))
        page = find_page(_strip_prefix(path if isinstance(path, str) else None, prefix), pages)
        lang = choose_language(request, _read_language(search if isinstance(search, str) else None))
        return render(page, lang)

    # A script delays the change of address until no reply to the old page is in flight.
    address = [Input(ids.LOCATION, "pathname"), Input(ids.LOCATION, "search")]
    app.clientside_callback(ClientsideFunction("navigation", "navigate"), Output(ids.ADDRESS, "data"), *address)
    app.callback(Output(ids.PAGE, "children"), Input(ids.ADDRESS, "data"), prevent_initial_call=True)(render_address)
    app.clientside_callback(
        ClientsideFunction("dom", "nameDocument"), Output(ids.TITLE, "lang"), Input(ids.CLIENT_TEXTS, "data")
    )


def _render_not_found(_: Translator, prefix: str) -> list[Any]:
    back = dcc.Link(_("Back to the fleet"), href=f"{prefix}?lang={_.lang}")
    return [html.Section([html.H2(_("This page does not exist.")), back], className="panel")]


def _render_skip_link(_: Translator) -> html.A:
    """Return the first stop of the keyboard, which is seen while it has the focus."""
    return html.A(_("Skip to the content"), href=f"#{ids.CONTENT}", className="skip-link")


def _render_main(content: list[Any]) -> html.Main:
    # Focusable by the skip link alone.
    return html.Main(content, id=ids.CONTENT, tabIndex="-1")
