"""Bundle: the scripts of the assets in one file, whose address names its content."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dash import Dash
from flask import Response

from ev2gym_dashboard.service.datasets.paths import PLOTLY_FILE, find_assets_folder
from ev2gym_dashboard.web.scripts import BASE_SCRIPTS

DIGEST_LENGTH = 16
SCRIPT_TYPE = "text/javascript"
IMMUTABLE = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Bundle:
    """The text of some scripts, and its name below the assets."""

    name: str
    text: str


def make_bundles() -> tuple[Bundle, Bundle]:
    """Return the scripts that run before the page's body is read, and those that run after it."""
    folder = find_assets_folder()
    others = sorted(path.name for path in folder.glob("*.js") if path.name not in {*BASE_SCRIPTS, PLOTLY_FILE})
    return _join_scripts("base", folder, BASE_SCRIPTS), _join_scripts("page", folder, others)


def add_bundle(app: Dash, bundle: Bundle) -> str:
    """Serve a bundle, and return its address."""
    address = f"bundles/{bundle.name}"
    app.server.add_url_rule(f"/assets/{address}", f"bundle-{bundle.name}", partial(_make_response, bundle.text))
    return str(app.get_asset_url(address))


def _join_scripts(title: str, folder: Path, names: Sequence[str]) -> Bundle:
    # Each script is a function that is called at once: none sees the variables of another.
    text = "\n".join((folder / name).read_text(encoding="utf-8") for name in names)
    digest = hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]
    return Bundle(f"{title}.{digest}.js", text)


def _make_response(text: str) -> Response:
    response = Response(text, mimetype=SCRIPT_TYPE)
    response.headers["Cache-Control"] = IMMUTABLE
    response.add_etag()
    return response
