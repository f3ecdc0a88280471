"""A run as a link or a file, for someone else's browser; what comes back is checked before anything else sees it."""

from __future__ import annotations

import binascii
import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, parse_run, serialize_run

SHARE_FORMAT, SHARE_VERSION = "EV2Gym dashboard run", 1
MAX_LINK_LENGTH = 32_768
MAX_SHARE_FILE_LENGTH = 400_000


def encode_share_link(run: RunSpec) -> str | None:
    """Return a run as text that a URL can carry; None where it is too large for one."""
    packed = zlib.compress(json.dumps(build_share_document(run), separators=(",", ":")).encode(), level=9)
    text = urlsafe_b64encode(packed).decode().rstrip("=")
    return text if len(text) <= MAX_LINK_LENGTH else None


def decode_share_link(text: object) -> RunSpec:
    """Return the run that a link carries.

    Raises
    ------
    Invalid
        With every issue.
    """
    if not isinstance(text, str) or len(text) > MAX_LINK_LENGTH:
        raise ValidationError([Issue("link", "is too large")])
    try:
        packed = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        unpacked = zlib.decompressobj().decompress(packed, MAX_SHARE_FILE_LENGTH + 1)
    except (UnicodeEncodeError, binascii.Error, zlib.error):
        raise ValidationError([Issue("link", "is damaged: ask for it again")]) from None
    return _parse_share_document(unpacked, "link")


def parse_run_file(text: object) -> RunSpec:
    """Return the run that a file describes.

    Raises
    ------
    Invalid
        With every issue.
    """
    return _parse_share_document(text if isinstance(text, str) else "", "file")


def build_share_document(run: RunSpec) -> dict[str, Any]:
    """Return what a link or a file says of a run; its session is nobody else's."""
    run_of_nobody = {name: value for name, value in serialize_run(run).items() if name != "session"}
    return {"format": SHARE_FORMAT, "version": SHARE_VERSION, "run": run_of_nobody}


def _parse_share_document(text: str | bytes, name: str) -> RunSpec:
    if len(text) > MAX_SHARE_FILE_LENGTH:
        raise ValidationError([Issue(name, "is too large")])
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise ValidationError([Issue(name, "is damaged: ask for it again")]) from None
    if not isinstance(value, dict) or value.get("format") != SHARE_FORMAT:
        raise ValidationError([Issue(name, "holds no run of this dashboard")])
    if value.get("version") != SHARE_VERSION:
        raise ValidationError([Issue(name, "was made by another version of this dashboard")])
    return parse_run(value.get("run"))
