"""Addresses of the gallery: each scenario has one, which leads to the link of its run."""

from __future__ import annotations

from dash import Dash
from flask import Response, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from ev2gym_dashboard.service.scenarios.gallery import GALLERY
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.sessions.share_link import encode_share_link
from ev2gym_dashboard.web.pages.gallery.layout import ENTRY_FOLDER
from ev2gym_dashboard.web.requests.language import choose_language


def register_gallery(app: Dash, _build: str) -> None:
    """Serve the address of each scenario; any other one below it is an unknown page."""

    def open_entry(key: str) -> WerkzeugResponse | Response:
        if key not in GALLERY:
            not_found: Response = app.index()
            return not_found
        lang = choose_language(request, request.args.get("lang"))
        reply = redirect(build_entry_address(key, lang, prefix=app.config.requests_pathname_prefix))
        reply.vary.update(("Accept-Language", "Cookie"))
        return reply

    app.server.add_url_rule(f"/{ENTRY_FOLDER}/<key>", "gallery", open_entry)


def build_entry_address(key: str, lang: str, *, prefix: str) -> str:
    """Return the address of the first page with the run of a scenario as its fragment."""
    link = encode_share_link(RunSpec(GALLERY[key].scenario))
    return f"{prefix}?lang={lang}#run={link}"
