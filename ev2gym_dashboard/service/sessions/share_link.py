"""Share links and run files: a run specification for another browser."""

from __future__ import annotations

import binascii
import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.datasets.json_text import parse_json
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, parse_run, serialize_run

SHARE_FORMAT, SHARE_VERSION = "EV2Gym dashboard run", 1
UNREADABLE_LINK = Issue("link", "is damaged: request it again")
UNREADABLE_FILE = Issue(
    "file", "is not a file of a run: choose one that this page saved (.json), or a configuration of EV2Gym (.yaml)"
)
MAX_LINK_LENGTH = 32_768
MAX_LINK_CONTENT_LENGTH = 400_000
MAX_SHARE_FILE_LENGTH = 8_000_000
"""A file carries the user's contents: six series of a year take up to 4 MB, as many sessions as the page takes too."""


def encode_share_link(run: RunSpec) -> str | None:
    """Return a run as text for a URL, with the user's contents; None if it is too large for one."""
    content = json.dumps(build_share_document(run), separators=(",", ":")).encode()
    if len(content) > MAX_LINK_CONTENT_LENGTH:
        return None
    compressed = zlib.compress(content, level=9)
    text = urlsafe_b64encode(compressed).decode().rstrip("=")
    return text if len(text) <= MAX_LINK_LENGTH else None


def decode_share_link(text: object) -> RunSpec:
    """Return the run of a link.

    Raises
    ------
    ValidationError
        With every issue.
    """
    if not isinstance(text, str) or len(text) > MAX_LINK_LENGTH:
        raise ValidationError([Issue("link", "is too large")])
    try:
        compressed = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        # A few bytes can decompress to gigabytes: stop one byte after the bound, which the next check then refuses.
        content = zlib.decompressobj().decompress(compressed, MAX_LINK_CONTENT_LENGTH + 1)
    except (UnicodeEncodeError, binascii.Error, zlib.error):
        raise ValidationError([UNREADABLE_LINK]) from None
    return _parse_share_document(content, "link", MAX_LINK_CONTENT_LENGTH)


def parse_run_file(text: object) -> RunSpec:
    """Return the run of a run file.

    Raises
    ------
    ValidationError
        With every issue.
    """
    return _parse_share_document(text if isinstance(text, str) else "", "file", MAX_SHARE_FILE_LENGTH)


def build_share_document(run: RunSpec) -> dict[str, Any]:
    """Return the document of a link or a file: the format, its version and the run."""
    # Without its session: two browsers with one session would take turns at one cached simulation.
    anonymous_run = {name: value for name, value in serialize_run(run).items() if name != "session"}
    return {"format": SHARE_FORMAT, "version": SHARE_VERSION, "run": anonymous_run}


def _parse_share_document(text: str | bytes, name: str, max_length: int) -> RunSpec:
    if len(text) > max_length:
        raise ValidationError([Issue(name, "is too large")])
    try:
        value = parse_json(text)
    except (ValueError, RecursionError):
        raise ValidationError([UNREADABLE_LINK if name == UNREADABLE_LINK.field else UNREADABLE_FILE]) from None
    if not isinstance(value, dict) or value.get("format") != SHARE_FORMAT:
        raise ValidationError([Issue(name, "does not contain a run of this dashboard")])
    if value.get("version") != SHARE_VERSION:
        raise ValidationError([Issue(name, "was made by another version of this dashboard")])
    return parse_run(value.get("run"))
