"""Whether the bytes of a connection hold a whole request."""

from __future__ import annotations

import pytest

from ev2gym_dashboard.service.server.incoming_request import (
    MAX_BODY_BYTES,
    MAX_HEADER_BYTES,
    find_header_end,
    has_whole_body,
)

POST = b"POST / HTTP/1.1\r\nHost: here\r\n"


def is_whole(request: bytes) -> bool:
    end = find_header_end(request)
    return end > 0 and has_whole_body(request, end)


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET / HTTP/1.1\r\nHost: here\r\n\r\n",
        POST + b"Content-Length: 3\r\n\r\nabc",
        POST + b"content-length:3\r\nAccept: */*\r\n\r\nabc",
        POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_a_request_is_whole_with_its_last_byte(request_bytes: bytes) -> None:
    assert is_whole(request_bytes)
    assert not any(is_whole(request_bytes[:n]) for n in range(len(request_bytes)))


def test_what_follows_a_request_is_left_for_the_next() -> None:
    assert is_whole(b"GET / HTTP/1.1\r\n\r\nGET /site HTTP/1.1\r\n")


def test_a_body_that_is_too_long_is_not_waited_for() -> None:
    assert is_whole(POST + b"Content-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1))
    assert not is_whole(POST + b"Content-Length: %d\r\n\r\n" % MAX_BODY_BYTES)


def test_a_header_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than 65536 bytes"):
        find_header_end(b"GET / HTTP/1.1\r\nX: " + b"a" * MAX_HEADER_BYTES)
