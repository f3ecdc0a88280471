"""create_app(): the whole page as one Dash application, with nothing at import time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from flask import request

from ev2gym_dashboard.service.datasets.paths import find_assets_folder
from ev2gym_dashboard.service.runtime.settings import ServerSettings
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.aria import make_aria_label
from ev2gym_dashboard.web.components.share_menu import render_share_menu
from ev2gym_dashboard.web.i18n import LANGUAGES, N_, Translator, get_translator, parse_language
from ev2gym_dashboard.web.middleware.operations import add_operations
from ev2gym_dashboard.web.middleware.security import add_security
from ev2gym_dashboard.web.pages.compare import callbacks as compare
from ev2gym_dashboard.web.pages.live import callbacks as live
from ev2gym_dashboard.web.pages.site import callbacks as site

LIVE_TIMER_MS = 250
BASE_SCRIPTS = ("ids.js", "theme.js", "dom.js", "grid.js", "transport.js", "clock.js")
"""The scripts that the others build on, in load order; Dash adds the others by name."""
ICON = "icon.svg"
PACKAGE_FOLDER = Path(__file__).resolve().parents[1]
DEFAULT_SERVING = ServerSettings()
PAGE_LAYOUTS: dict[str, Callable[[Translator], list[Any]]] = {
    "/": live.layout,
    "/site": site.layout,
    "/compare": compare.layout,
}
REQUEST_STORES = {"/site": ids.SITE_REQUEST}
PAGE_NAMES = {"/": N_("Fleet"), "/site": N_("Site"), "/compare": N_("Compare")}
PAGES_WITHOUT_RUN = {"/compare"}
"""Pages on which no run goes on: there is none to be shared."""
THEME_LABELS = {"auto": N_("◐ Auto"), "light": N_("☀ Light"), "dark": N_("☾ Dark")}
INDEX_HTML = """<!DOCTYPE html>
<html lang="{lang}">
  <head>
    {metas}
    <meta name="color-scheme" content="light dark">
    <title>{title}</title>
    <link rel="icon" type="image/svg+xml" href="{icon}">
    {css}
    <script type="application/json" id="ids">{ids}</script>
    {base_scripts}
  </head>
  <body>
    {app_entry}
    <footer>{config}{scripts}{renderer}</footer>
  </body>
</html>"""


class DashboardApp(Dash):
    """Dash whose index names the language that was asked for, and chooses the theme before anything is drawn."""

    def interpolate_index(
        self,
        metas: Any = "",
        title: Any = "",
        css: Any = "",
        config: Any = "",
        scripts: Any = "",
        app_entry: Any = "",
        favicon: Any = "",  # noqa: ARG002
        renderer: Any = "",
    ) -> str:
        return INDEX_HTML.format(
            lang=parse_language(request.args.get("lang")),
            ids=ids.to_json(),
            base_scripts="\n    ".join(f'<script src="{self.get_asset_url(name)}"></script>' for name in BASE_SCRIPTS),
            icon=self.get_asset_url(ICON),
            metas=metas,
            title=title,
            css=css,
            app_entry=app_entry,
            config=config,
            scripts=scripts,
            renderer=renderer,
        )


def create_app(serving: ServerSettings = DEFAULT_SERVING) -> Dash:
    """Return the application; `app.server` is its WSGI application."""
    app: Dash = DashboardApp(
        "ev2gym_dashboard",
        title=get_translator("fr")("EV2Gym vehicles – V2G/G2V states"),
        assets_folder=str(find_assets_folder()),
        assets_ignore=f"^({'|'.join(BASE_SCRIPTS)})$",
        compress=True,
        serve_locally=True,
        requests_pathname_prefix=serving.prefix,
        routes_pathname_prefix="/",
        update_title="",
        suppress_callback_exceptions=True,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    )
    build = compute_build_id()
    app.layout = build_shell(build)
    address = [Input(ids.LOCATION, "pathname"), Input(ids.LOCATION, "search")]
    app.clientside_callback(ClientsideFunction("live", "navigate"), Output(ids.ADDRESS, "data"), *address)
    pages = partial(render_address, prefix=serving.prefix)
    app.callback(Output(ids.PAGE, "children"), Input(ids.ADDRESS, "data"), prevent_initial_call=True)(pages)
    app.clientside_callback(
        ClientsideFunction("dom", "nameDocument"), Output(ids.TITLE, "lang"), Input(ids.CLIENT_TEXTS, "data")
    )
    live.register_live(app, build)
    site.register_site(app, build)
    compare.register_compare(app, build)
    add_operations(app, serving)
    add_security(app)
    return app


def build_shell(build: str) -> html.Div:
    """Return what stays while pages and languages change: the run, the gate's stores and its timer."""
    return html.Div(
        [
            dcc.Location(id=ids.LOCATION, refresh=False),
            dcc.Store(id=ids.ADDRESS),
            dcc.Store(id=ids.RUN, storage_type="session"),
            dcc.Store(id=ids.PLAYING, storage_type="session"),
            dcc.Store(id=ids.FILES, storage_type="session"),
            dcc.Store(id=ids.REQUEST),
            dcc.Store(id=ids.SITE_REQUEST),
            dcc.Store(id=ids.REPLY),
            dcc.Store(id=ids.COMPARE_STORE, storage_type="session"),
            dcc.Store(id=ids.BUILD, data=build),
            dcc.Interval(id=ids.TIMER, interval=LIVE_TIMER_MS),
            html.Div(id=ids.PAGE, className="page"),
        ]
    )


def render_address(place: Any, prefix: str = "/") -> list[Any]:
    """Return the page of an address that the gate lets through: once no answer is on its way to the page before it."""
    path, search = (place.get(name) if isinstance(place, dict) else None for name in ("pathname", "search"))
    return render_page(path if isinstance(path, str) else None, search if isinstance(search, str) else None, prefix)


def render_page(pathname: str | None, search: str | None, prefix: str = "/") -> list[Any]:
    """Return a page by its address below the prefix, in the language that the address asks for."""
    lang = parse_language(parse_qs((search or "").removeprefix("?")).get("lang", [None])[0])
    _ = get_translator(lang)
    path = "/" + (pathname or prefix).removeprefix(prefix)
    content = PAGE_LAYOUTS[path](_) if path in PAGE_LAYOUTS else _render_not_found(_, prefix)
    texts = live.build_client_texts(lang, REQUEST_STORES.get(path, ids.REQUEST))
    return [dcc.Store(id=ids.CLIENT_TEXTS, data=texts), render_header(_, path, prefix), html.Main(content)]


def render_header(_: Translator, path: str = "/", prefix: str = "/") -> html.Header:
    """Return the title, where the catalog comes from, the language and the theme."""
    title = html.H1(_("EV2Gym vehicles – V2G/G2V states"), id=ids.TITLE)
    badge = html.Div(id=ids.CATALOG_BADGE, className="catalog-badge")
    links = [
        dcc.Link(
            code.upper(), href=f"?lang={code}", className="lang" + (" chosen" if code == _.lang else ""), title=name
        )
        for code, name in LANGUAGES.items()
    ]
    pages = [
        dcc.Link(
            _(name),
            href=f"{prefix}{there[1:]}?lang={_.lang}",
            className="page-name" + (" chosen" if there == path else ""),
        )
        for there, name in PAGE_NAMES.items()
    ]
    languages = html.Nav(links, **make_aria_label(_("Language")))
    states = [html.Span(_(text), className=f"theme-{key}") for key, text in THEME_LABELS.items()]
    theme = html.Button(
        states, id=ids.THEME, className="btn btn-sm btn-theme", n_clicks=0, title=_("Colours: automatic, light or dark")
    )
    names = html.Nav(pages, className="pages", **make_aria_label(_("Pages")))
    share = [] if path in PAGES_WITHOUT_RUN else [render_share_menu(_)]
    return html.Header([title, names, badge, *share, languages, theme])


def compute_build_id() -> str:
    """Return what changes when the page's code or assets do, so that an old page can tell that it is old."""
    digest = hashlib.sha256()
    for folder in (PACKAGE_FOLDER, find_assets_folder()):
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".py", ".js", ".css", ".po"}:
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _render_not_found(_: Translator, prefix: str) -> list[Any]:
    back = dcc.Link(_("Back to the fleet"), href=prefix)
    return [html.Section([html.H2(_("There is no such page.")), back], className="panel")]
