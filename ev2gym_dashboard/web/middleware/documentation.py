"""Documentation: the built site, offered below docs/ under a policy that names its inline scripts and styles."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Collection, Iterable
from hashlib import sha256
from html import unescape
from http import HTTPStatus
from pathlib import Path

from dash import Dash
from flask import Response, redirect, send_from_directory
from werkzeug.exceptions import NotFound

from ev2gym_dashboard.service.datasets.paths import find_documentation_folder
from ev2gym_dashboard.service.runtime.settings import DOCS_OFF
from ev2gym_dashboard.web.middleware.security import NOT_FOUND_MESSAGE, POLICY_HEADER, make_text_response

DOCS_PATH = "/docs/"
INLINE_SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.+?)</script>", re.DOTALL)
INLINE_STYLE = re.compile(r"<style[^>]*>(.+?)</style>", re.DOTALL)
STYLE_ATTRIBUTE = re.compile(r'<[a-z][^<>]*\sstyle="([^"]+)"')
# The search fetches the pages that it found, to show their text; its form leads to its own page.
DOCS_POLICY = (
    "default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-hashes' {styles}; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors {embedders}"
)


def choose_documentation(setting: str) -> Path | None:
    """Return the folder of the documentation that the setting names; None for none."""
    if setting == DOCS_OFF:
        return None
    # Flask counts a relative path from the package.
    return Path(setting).resolve() if setting else find_documentation_folder()


def add_documentation(app: Dash, folder: Path, root: str, embedders: Collection[str]) -> None:
    """Offer the documentation of a folder; ``root`` is its address for visitors.

    ``embedders`` are the origins whose pages may show it in a frame.
    """
    policy = build_documentation_policy(folder, embedders)

    def serve_documentation(path: str) -> Response:
        try:
            response = send_from_directory(folder, path)
        except NotFound:
            return make_text_response(NOT_FOUND_MESSAGE, 404)
        response.headers[POLICY_HEADER] = policy
        return response

    add_rule = app.server.add_url_rule
    # Flask itself would leave the prefix out.
    add_rule(DOCS_PATH.rstrip("/"), "documentation_root", lambda: redirect(root, HTTPStatus.PERMANENT_REDIRECT))
    add_rule(DOCS_PATH, "documentation_index", lambda: serve_documentation("index.html"))
    add_rule(f"{DOCS_PATH}<path:path>", "documentation", serve_documentation)


def build_documentation_policy(folder: Path, embedders: Collection[str]) -> str:
    """Return the Content-Security-Policy of the built pages: their own files, and the inline scripts and styles."""
    pages = [page.read_text(encoding="utf-8") for page in sorted(folder.rglob("*.html"))]
    return DOCS_POLICY.format(
        scripts=_hash_texts(text for page in pages for text in INLINE_SCRIPT.findall(page)),
        styles=_hash_texts(_list_styles(pages)),
        embedders=" ".join(embedders) or "'none'",
    )


def _list_styles(pages: Iterable[str]) -> Iterable[str]:
    for page in pages:
        yield from INLINE_STYLE.findall(page)
        yield from map(unescape, STYLE_ATTRIBUTE.findall(page))


def _hash_texts(texts: Iterable[str]) -> str:
    digests = (b64encode(sha256(text.encode()).digest()).decode() for text in dict.fromkeys(texts))
    return " ".join(f"'sha256-{digest}'" for digest in digests)
