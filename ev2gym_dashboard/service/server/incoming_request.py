"""Whether the bytes of a connection hold a whole request."""

from __future__ import annotations

import re

MAX_HEADER_BYTES = 64 * 1024
MAX_BODY_BYTES = 16 * 1024 * 1024
"""Two files, or all contents of a run; a tick has a few kB. A longer body is refused unread."""

_HEADER_END = b"\r\n\r\n"
_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,19})[ \t]*\r\n", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[ \t]*[^\r\n]*chunked[ \t]*\r\n", re.IGNORECASE)
_LAST_CHUNK = b"\r\n0\r\n\r\n"


def find_header_end(received: bytes | bytearray) -> int:
    """Return the index after the header of a request; 0 while it is not whole.

    Raises
    ------
    ValueError
        The header is longer than `MAX_HEADER_BYTES`.

    """
    end = received.find(_HEADER_END, 0, MAX_HEADER_BYTES)
    if end < 0 and len(received) >= MAX_HEADER_BYTES:
        msg = f"The header of a request is longer than {MAX_HEADER_BYTES} bytes."
        raise ValueError(msg)
    return end + len(_HEADER_END) if end >= 0 else 0


def has_whole_body(received: bytes | bytearray, header_end: int) -> bool:
    """Return whether the body of a request is here; true for one above `MAX_BODY_BYTES`, which is not read."""
    header = bytes(received[:header_end])
    n_bytes = len(received) - header_end
    if _CHUNKED.search(header):
        return n_bytes > MAX_BODY_BYTES or (b"\r\n" + received[-len(_LAST_CHUNK) :]).endswith(_LAST_CHUNK)
    length = _CONTENT_LENGTH.search(header)
    expected = int(length[1]) if length else 0
    return n_bytes >= expected or expected > MAX_BODY_BYTES
