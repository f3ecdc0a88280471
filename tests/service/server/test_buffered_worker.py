"""Slow and silent clients of a server of one thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from socket import create_connection, socket

import pytest

from tests.service.server.served_app import HOST, WORKER, serve_app

APP = f"""
import {WORKER} as worker
worker.HEADER_TIMEOUT_S = worker.BODY_TIMEOUT_S = worker.RESPONSE_TIMEOUT_S = 1.0

def app(environ, start_response):
    body = environ["wsgi.input"].read()
    large = environ["PATH_INFO"] == "/large"
    start_response("200 OK", [])
    return [b"x" * 50_000_000 if large else b"%d" % len(body)]
"""
HALF_HEADER = b"POST / HTTP/1.1\r\nHost: "
HALF_BODY = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\nabc"
GET = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with serve_app(tmp_path_factory.mktemp("server"), APP, "--threads", "1") as port:
        yield port


def send(port: int, text: bytes) -> socket:
    client = create_connection((HOST, port), timeout=30)
    client.sendall(text)
    return client


def read_answers(client: socket, n: int = 1) -> bytes:
    """Return the chunked answers of a connection, to the end of the last chunk of the last one."""
    answers = b""
    while answers.count(b"\r\n0\r\n\r\n") < n:
        piece = client.recv(1_000)
        assert piece, "closed before the end"
        answers += piece
    return answers


def post(port: int, n_bytes: int) -> str:
    connection = HTTPConnection(HOST, port, timeout=30)
    connection.request("POST", "/", b"x" * n_bytes)
    answer = connection.getresponse().read().decode()
    connection.close()
    return answer


@pytest.mark.parametrize("text", [b"", HALF_HEADER, HALF_BODY], ids=["silent", "half a header", "half a body"])
def test_clients_that_send_no_whole_request_occupy_no_thread(port: int, text: bytes) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(send(port, text)) for _ in range(30)]
        assert post(port, 3) == "3"
        assert [client.recv(1) for client in slow] == [b""] * 30, "they are closed when their time is over"


def test_a_request_in_pieces_is_answered_whole(port: int) -> None:
    with send(port, HALF_BODY) as client:
        client.sendall(b"defg")
        client.sendall(b"hij")
        assert read_answers(client).endswith(b"10\r\n0\r\n\r\n")


def test_the_beginning_of_a_second_request_behind_the_first_occupies_no_thread(port: int) -> None:
    with send(port, GET + HALF_HEADER) as client:
        assert read_answers(client).startswith(b"HTTP/1.1 200 OK")
        assert post(port, 5) == "5"


def test_two_requests_at_once_are_both_answered(port: int) -> None:
    with send(port, GET + GET) as client:
        assert read_answers(client, n=2).count(b"HTTP/1.1 200 OK") == 2


def test_a_reader_that_takes_too_long_is_given_up(port: int) -> None:
    with send(port, GET.replace(b"/ ", b"/large ")):
        assert post(port, 1) == "1"


def test_a_header_without_end_is_refused(port: int) -> None:
    with send(port, b"GET / HTTP/1.1\r\nX: " + b"a" * 65_517) as client:
        assert client.recv(1_000).startswith(b"HTTP/1.1 431 ")


def test_a_large_body_arrives_whole(port: int) -> None:
    assert post(port, 5_000_000) == "5000000"
