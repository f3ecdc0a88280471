"""Compression: scripts and styles of the page are sent as small as they can be."""

from __future__ import annotations

import re
from collections.abc import Callable

from dash import Dash
from flask import Response, request

from ev2gym_dashboard.service.runtime.compressed_files import CompressedFiles
from ev2gym_dashboard.service.runtime.user_cache import find_user_cache

ENCODING = "br"
FILE_PATH = re.compile(r".*/(_dash-component-suites|assets)/")
TYPES = {"application/javascript", "text/css", "text/javascript"}


def add_compression(app: Dash) -> None:
    """Compress the files of the page; what is computed is left to Flask-Compress, which is quicker."""
    files = open_compressed_files()
    # Flask calls these in the reverse order: Flask-Compress leaves alone what is compressed already.
    app.server.after_request(_make_compressor(files))


def open_compressed_files() -> CompressedFiles:
    """Return the compressed files of this user's installations."""
    return CompressedFiles(find_user_cache() / "files")


def _make_compressor(files: CompressedFiles) -> Callable[[Response], Response]:
    def compress(response: Response) -> Response:
        if not _is_file(response):
            return response
        response.direct_passthrough = False
        response.set_data(files.find(response.get_data()))
        response.headers["Content-Encoding"] = ENCODING
        response.vary.add("Accept-Encoding")
        tag, is_weak = response.get_etag()
        if tag and not is_weak:
            response.set_etag(f"{tag}:{ENCODING}")
        response.make_conditional(request)
        return response

    return compress


def _is_file(response: Response) -> bool:
    is_read = request.method == "GET" and response.status_code == 200 and FILE_PATH.match(request.path)
    return bool(is_read) and response.mimetype in TYPES and request.accept_encodings[ENCODING] > 0
