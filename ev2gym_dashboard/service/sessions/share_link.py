"""A run as a link or a file, for someone else's browser; what comes back is checked before anything else sees it."""

from __future__ import annotations

import binascii
import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from ev2gym_dashboard.core.schema import Invalid, Issue
from ev2gym_dashboard.service.sessions.run_spec import Run, run_from_json, run_to_json

FORMAT, VERSION = "EV2Gym dashboard run", 1
MAX_LINK = 32_768
MAX_FILE = 400_000


def link_of(run: Run) -> str | None:
    """Return a run as text that a URL can carry; None where it is too large for one."""
    packed = zlib.compress(json.dumps(described(run), separators=(",", ":")).encode(), level=9)
    text = urlsafe_b64encode(packed).decode().rstrip("=")
    return text if len(text) <= MAX_LINK else None


def run_of_link(text: object) -> Run:
    """Return the run that a link carries.

    Raises
    ------
    Invalid
        With every issue.
    """
    if not isinstance(text, str) or len(text) > MAX_LINK:
        raise Invalid([Issue("link", "is too large")])
    try:
        packed = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        unpacked = zlib.decompressobj().decompress(packed, MAX_FILE + 1)
    except (UnicodeEncodeError, binascii.Error, zlib.error):
        raise Invalid([Issue("link", "is damaged: ask for it again")]) from None
    return _run_of(unpacked, "link")


def run_of_file(text: object) -> Run:
    """Return the run that a file describes.

    Raises
    ------
    Invalid
        With every issue.
    """
    return _run_of(text if isinstance(text, str) else "", "file")


def described(run: Run) -> dict[str, Any]:
    """Return what a link or a file says of a run; its session is nobody else's."""
    run_of_nobody = {name: value for name, value in run_to_json(run).items() if name != "session"}
    return {"format": FORMAT, "version": VERSION, "run": run_of_nobody}


def _run_of(text: str | bytes, name: str) -> Run:
    if len(text) > MAX_FILE:
        raise Invalid([Issue(name, "is too large")])
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise Invalid([Issue(name, "is damaged: ask for it again")]) from None
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise Invalid([Issue(name, "holds no run of this dashboard")])
    if value.get("version") != VERSION:
        raise Invalid([Issue(name, "was made by another version of this dashboard")])
    return run_from_json(value.get("run"))
