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

from ev2gym_dashboard.service.assets import assets_folder
from ev2gym_dashboard.service.serving import Serving
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.aria import labelled
from ev2gym_dashboard.web.guard import protect
from ev2gym_dashboard.web.i18n import LANGUAGES, N_, Words, language, words
from ev2gym_dashboard.web.ops import operate
from ev2gym_dashboard.web.pages import compare, live, site
from ev2gym_dashboard.web.share_menu import share_menu

TIMER_MS = 250
BASE_SCRIPTS = ("ids.js", "theme.js", "dom.js", "grid.js", "transport.js", "clock.js")
"""The scripts that the others build on, in their order; Dash adds the others by name."""
ICON = "icon.svg"
PACKAGE = Path(__file__).resolve().parents[1]
AS_USUAL = Serving()
PAGES: dict[str, Callable[[Words], list[Any]]] = {"/": live.layout, "/site": site.layout, "/compare": compare.layout}
REQUESTS = {"/site": ids.SITE_REQUEST}
NAMES = {"/": N_("Fleet"), "/site": N_("Site"), "/compare": N_("Compare")}
WITHOUT_RUN = {"/compare"}
"""Pages on which no run goes on: there is none to be shared."""
THEMES = {"auto": N_("◐ Auto"), "light": N_("☀ Light"), "dark": N_("☾ Dark")}
INDEX = """<!DOCTYPE html>
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


class Page(Dash):
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
        return INDEX.format(
            lang=language(request.args.get("lang")),
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


def create_app(serving: Serving = AS_USUAL) -> Dash:
    """Return the application; `app.server` is its WSGI application."""
    app: Dash = Page(
        "ev2gym_dashboard",
        title=words("fr")("EV2Gym vehicles – V2G/G2V states"),
        assets_folder=str(assets_folder()),
        assets_ignore=f"^({'|'.join(BASE_SCRIPTS)})$",
        compress=True,
        serve_locally=True,
        requests_pathname_prefix=serving.prefix,
        routes_pathname_prefix="/",
        update_title="",
        suppress_callback_exceptions=True,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    )
    build = build_id()
    app.layout = shell(build)
    address = [Input(ids.LOCATION, "pathname"), Input(ids.LOCATION, "search")]
    app.clientside_callback(ClientsideFunction("live", "navigate"), Output(ids.PLACE, "data"), *address)
    pages = partial(page_at, prefix=serving.prefix)
    app.callback(Output(ids.PAGE, "children"), Input(ids.PLACE, "data"), prevent_initial_call=True)(pages)
    app.clientside_callback(
        ClientsideFunction("dom", "nameDocument"), Output(ids.TITLE, "lang"), Input(ids.GATE_TEXTS, "data")
    )
    live.register(app, build)
    site.register(app, build)
    compare.register(app, build)
    operate(app, serving)
    protect(app)
    return app


def shell(build: str) -> html.Div:
    """Return what stays while pages and languages change: the run, the gate's stores and its timer."""
    return html.Div(
        [
            dcc.Location(id=ids.LOCATION, refresh=False),
            dcc.Store(id=ids.PLACE),
            dcc.Store(id=ids.RUN, storage_type="session"),
            dcc.Store(id=ids.PLAYING, storage_type="session"),
            dcc.Store(id=ids.FILES, storage_type="session"),
            dcc.Store(id=ids.REQUEST),
            dcc.Store(id=ids.SITE_REQUEST),
            dcc.Store(id=ids.ANSWER),
            dcc.Store(id=ids.DUEL_STORE, storage_type="session"),
            dcc.Store(id=ids.BUILD, data=build),
            dcc.Interval(id=ids.TIMER, interval=TIMER_MS),
            html.Div(id=ids.PAGE, className="page"),
        ]
    )


def page_at(place: Any, prefix: str = "/") -> list[Any]:
    """Return the page of an address that the gate lets through: once no answer is on its way to the page before it."""
    path, search = (place.get(name) if isinstance(place, dict) else None for name in ("pathname", "search"))
    return page(path if isinstance(path, str) else None, search if isinstance(search, str) else None, prefix)


def page(pathname: str | None, search: str | None, prefix: str = "/") -> list[Any]:
    """Return a page by its address below the prefix, in the language that the address asks for."""
    lang = language(parse_qs((search or "").removeprefix("?")).get("lang", [None])[0])
    _ = words(lang)
    path = "/" + (pathname or prefix).removeprefix(prefix)
    content = PAGES[path](_) if path in PAGES else _not_found(_, prefix)
    texts = live.gate_texts(lang, REQUESTS.get(path, ids.REQUEST))
    return [dcc.Store(id=ids.GATE_TEXTS, data=texts), header(_, path, prefix), html.Main(content)]


def header(_: Words, path: str = "/", prefix: str = "/") -> html.Header:
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
        for there, name in NAMES.items()
    ]
    languages = html.Nav(links, **labelled(_("Language")))
    states = [html.Span(_(text), className=f"theme-{key}") for key, text in THEMES.items()]
    theme = html.Button(
        states, id=ids.THEME, className="btn btn-sm btn-theme", n_clicks=0, title=_("Colours: automatic, light or dark")
    )
    names = html.Nav(pages, className="pages", **labelled(_("Pages")))
    share = [] if path in WITHOUT_RUN else [share_menu(_)]
    return html.Header([title, names, badge, *share, languages, theme])


def build_id() -> str:
    """Return what changes when the page's code or assets do, so that an old page can tell that it is old."""
    digest = hashlib.sha256()
    for folder in (PACKAGE, assets_folder()):
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".py", ".js", ".css", ".po"}:
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _not_found(_: Words, prefix: str) -> list[Any]:
    back = dcc.Link(_("Back to the fleet"), href=prefix)
    return [html.Section([html.H2(_("There is no such page.")), back], className="panel")]
