"""Content store: the user's files by digest, in the memory of a process and in the store that all processes share."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Mapping
from functools import cache
from threading import Lock

from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.runtime.settings import REDIS_VARIABLE, find_state_folder
from ev2gym_dashboard.service.scenarios.contents import (
    Content,
    compute_digest,
    decode_content,
    encode_content,
    hash_text,
)
from ev2gym_dashboard.service.sessions.redis_store import RedisStore
from ev2gym_dashboard.service.sessions.resilient_store import ResilientStore
from ev2gym_dashboard.service.sessions.snapshot_store import NullStore, SqliteStore

CONTENT_FILE_NAME = "contents.sqlite3"
MAX_CONTENTS_BYTES = 2**28
MAX_MEMORY_BYTES = 2**26
MAX_CONTENT_CHARS = 8_000_000
CONTENT_STEP = 0
"""A content has no step: all are stored under this one."""


class ContentStore:
    """Contents by field and digest; a lost one is a request to send it again, never an error.

    Parameters
    ----------
    shared : the store that the processes share; its bytes are checked against their digest
    max_bytes : length of all texts whose contents are held in the memory at most, the least recently used go first
    """

    def __init__(self, shared: ResilientStore, *, max_bytes: int = MAX_MEMORY_BYTES) -> None:
        self._shared, self._max_bytes = shared, max_bytes
        self._contents: OrderedDict[tuple[str, str], tuple[Content, int]] = OrderedDict()
        self._size_bytes = 0
        self._lock = Lock()

    def find(self, name: str, digest: str) -> Content | None:
        """Return the content of a field by its digest, None if neither the memory nor the shared store has it."""
        with self._lock:
            if held := self._contents.get((name, digest)):
                self._contents.move_to_end((name, digest))
                return held[0]
        data = self._shared.get(digest, CONTENT_STEP)
        return self._decode(name, digest, data.decode(errors="replace")) if data else None

    def accept(self, name: str, digest: str, text: object) -> Content | None:
        """Return the content of a text from a browser, and store it; None if it is not the text of the digest."""
        if not isinstance(text, str) or len(text) > MAX_CONTENT_CHARS:
            return None
        if content := self._decode(name, digest, text):
            self._share(digest, text)
        return content

    def put(self, name: str, content: Content) -> str:
        """Store a content, and return its text."""
        text = encode_content(content)
        digest = compute_digest(content)
        self._remember(name, digest, content, len(text))
        self._share(digest, text)
        return text

    def _decode(self, name: str, digest: str, text: str) -> Content | None:
        # Others may write to the store too, and a browser may send anything: neither must become another run.
        if hash_text(text) != digest:
            return None
        try:
            content = decode_content(name, text)
        except ValidationError:
            return None
        self._remember(name, digest, content, len(text))
        return content

    def _share(self, digest: str, text: str) -> None:
        self._shared.put(digest, CONTENT_STEP, text.encode())
        # The next tick may reach another process, which is to find it.
        self._shared.flush()

    def _remember(self, name: str, digest: str, content: Content, size_bytes: int) -> None:
        with self._lock:
            _old, old_bytes = self._contents.pop((name, digest), (None, 0))
            self._contents[name, digest] = content, size_bytes
            self._size_bytes += size_bytes - old_bytes
            # The newest one stays, however long: the run that needs it is being answered.
            while self._size_bytes > self._max_bytes and len(self._contents) > 1:
                self._size_bytes -= self._contents.popitem(last=False)[1][1]


def open_content_store(environment: Mapping[str, str]) -> ContentStore:
    """Return the store of the environment: Redis, a folder, or the memory of this process alone."""
    if url := environment.get(REDIS_VARIABLE):
        return ContentStore(ResilientStore(RedisStore(url)))
    folder = find_state_folder(environment)
    if folder is None:
        return ContentStore(ResilientStore(NullStore()))
    return ContentStore(ResilientStore(SqliteStore(folder / CONTENT_FILE_NAME, max_bytes=MAX_CONTENTS_BYTES)))


@cache
def get_content_store() -> ContentStore:
    """Return the content store of this process, with the shared store of its environment."""
    return open_content_store(os.environ)


def find_content(name: str, digest: str) -> Content | None:
    """Return a content from the store of this process."""
    return get_content_store().find(name, digest)
