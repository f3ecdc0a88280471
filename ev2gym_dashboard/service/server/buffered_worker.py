"""Worker of gunicorn that gives a connection to a thread once its request is whole.

A thread of gunicorn's own worker waits for a new connection's first bytes for 5 s, and for the rest of a request
without a limit, so that a few silent or slow senders occupy all threads. Here the loop that accepts connections reads
the requests too. A new connection is left to a worker that has fewer of them.
"""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from struct import pack
from typing import Any

from gunicorn.http import get_parser
from gunicorn.workers.gthread import TConn, ThreadWorker

from ev2gym_dashboard.service.server.connection_counts import ConnectionCounts
from ev2gym_dashboard.service.server.incoming_request import find_header_end, has_whole_body

HEADER_TIMEOUT_S, BODY_TIMEOUT_S = 10.0, 60.0
"""Time from the beginning of a request to the end of its header, and from there to the end of its body [s]."""
RESPONSE_TIMEOUT_S = 10.0
"""Time to send a response to a slow reader [s]."""
MAX_BUFFERED_BYTES = 256 * 1024 * 1024
"""Unfinished requests of a process together; the one that exceeds it is refused."""
RESPONSE_BUFFER_BYTES = 1024 * 1024
"""Asked of the kernel, which may give less: a response that fits occupies no thread until the client reads it."""
PAUSE_S, TAKE_ALL_S = 0.02, 0.25
"""Time for which a connection is left to a worker with fewer, and for which all are taken if it is still there [s]."""
_PAUSE_CHECK_S = 0.002
_READ_BYTES = 64 * 1024
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"


class BufferedConnection(TConn):  # type: ignore[misc]
    """Connection with the bytes of the request that is on its way."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.timeout: float
        self.received = bytearray()
        self.header_end = 0
        self.parser = get_parser(self.cfg, self.sock, self.client)

    def has_whole_request(self) -> bool:
        """Return whether the request is here; its body has a time of its own. ValueError: its header is too long."""
        if not self.header_end:
            self.header_end = find_header_end(self.received)
            self.timeout = time.monotonic() + BODY_TIMEOUT_S if self.header_end else self.timeout
        return self.header_end > 0 and has_whole_body(self.received, self.header_end)


class BufferedWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threaded worker, with requests read by its loop."""

    n_buffered_bytes = 0
    place = ConnectionCounts(1).find_place([])
    _n_connections = 0
    _is_pausing = _has_resumed = False
    _pause_end_s = _take_all_end_s = 0.0

    @property
    def nr_conns(self) -> int:
        """Open connections; other workers see them from the moment on at which this one accepts any."""
        return self._n_connections

    @nr_conns.setter
    def nr_conns(self, n_connections: int) -> None:
        self._n_connections = n_connections
        if self.booted and self.alive:
            self.place.publish(n_connections)

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001 (gunicorn's)
        """Accept connections or none; a pause ends early if no other worker has fewer any more."""
        pauses = time.monotonic() < self._pause_end_s and self.place.is_busier()
        accepts = enabled and not pauses
        self._is_pausing, self._has_resumed = enabled and pauses, accepts and not self._accepting
        super().set_accept_enabled(accepts)
        if self.alive:
            self.place.publish(self.nr_conns)
        else:
            self.place.leave()

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for events, and not for long in a pause."""
        super().wait_for_and_dispatch_events(_PAUSE_CHECK_S if self._is_pausing else timeout)
        self._has_resumed = False

    def accept(self, listener: socket.socket) -> None:
        """Accept a connection, and wait for its request without a thread."""
        if self._leaves_it_to_another():
            return
        try:
            client, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, RESPONSE_BUFFER_BYTES)
        # Where gunicorn sees the end of a request later than this module, its thread does not wait for ever.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, pack("ll", int(HEADER_TIMEOUT_S), 0))
        self.nr_conns += 1
        self._await_request(BufferedConnection(self.cfg, client, address, listener.getsockname()))

    def enqueue_req(self, conn: BufferedConnection) -> None:
        """Take back the beginning of the next request, which gunicorn has read behind the last one."""
        self._await_request(conn)
        self._receive(conn, conn.parser.unreader.take_buffered())

    def on_client_socket_readable(self, conn: BufferedConnection, client: socket.socket) -> None:
        """Read the next request of a connection that was kept alive."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._await_request(conn)
        self.on_pending_socket_readable(conn, client)

    def on_pending_socket_readable(self, conn: BufferedConnection, client: socket.socket) -> None:
        """Read what has come of a request; give it to a thread if it is whole."""
        try:
            piece = client.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if piece:
            self._receive(conn, piece)
        else:
            self._drop(conn)

    def murder_pending(self) -> None:
        """Close the connections whose request is late; of a worker that stops, those without a request too."""
        now_s = time.monotonic()
        for conn in list(self.pending_conns):
            if conn.timeout <= now_s or not (self.alive or conn.received):
                self._drop(conn)

    def handle_request(self, req: Any, conn: BufferedConnection) -> bool:
        """Answer a request; give up a client that does not read the answer in time."""
        conn.sock.settimeout(RESPONSE_TIMEOUT_S)
        try:
            return bool(super().handle_request(req, conn))
        except TimeoutError:
            self.log.info("A client was too slow to read the response to %s", req.path)
            return False

    def _leaves_it_to_another(self) -> bool:
        """Return whether a worker with fewer connections gets time to accept this one."""
        now_s = time.monotonic()
        if now_s < self._take_all_end_s or not self.place.is_busier():
            return False
        if self._has_resumed:
            # It was left, and is still there: the other worker has no time for it.
            self._take_all_end_s = now_s + TAKE_ALL_S
            return False
        self._pause_end_s = now_s + PAUSE_S
        self.set_accept_enabled(False)
        return True

    def _await_request(self, conn: BufferedConnection) -> None:
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + HEADER_TIMEOUT_S
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def _receive(self, conn: BufferedConnection, piece: bytes) -> None:
        conn.received += piece
        self.n_buffered_bytes += len(piece)
        if self.n_buffered_bytes > MAX_BUFFERED_BYTES:
            self._drop(conn, _BUSY)
            return
        try:
            if conn.has_whole_request():
                self._hand_over(conn)
        except ValueError:
            self._drop(conn, _TOO_LARGE)

    def _hand_over(self, conn: BufferedConnection) -> None:
        conn.parser.unreader.unread(self._take(conn))
        conn.data_ready = True
        super().enqueue_req(conn)

    def _take(self, conn: BufferedConnection) -> bytes:
        """Return the bytes of a connection that waits no longer."""
        self.poller.unregister(conn.sock)
        self.pending_conns.remove(conn)
        received = bytes(conn.received)
        self.n_buffered_bytes -= len(received)
        conn.received, conn.header_end = bytearray(), 0
        return received

    def _drop(self, conn: BufferedConnection, answer: bytes = b"") -> None:
        self._take(conn)
        self.nr_conns -= 1
        with suppress(OSError):
            conn.sock.send(answer)
        conn.close()
