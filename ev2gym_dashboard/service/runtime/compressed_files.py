"""Compressed files: contents as small as brotli makes them, compressed once and kept by their digest."""

from __future__ import annotations

import os
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from threading import Lock, Thread

import brotli

SMALL_QUALITY, QUICK_QUALITY = 11, 5
"""The page's scripts, 4.5 MB, take 7 s of a core in the first, and are 11 % larger, in 0.15 s, in the second."""
DIGEST_BYTES = sha256().digest_size


class CompressedFiles:
    """Contents of an installation, compressed; in memory, and where it can be written, in a folder.

    Parameters
    ----------
    folder : shared by all processes; what is damaged there is made again
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._contents: dict[str, bytes] = {}
        self._asked: set[str] = set()
        self._registering, self._compressing = Lock(), Lock()

    def find(self, content: bytes) -> bytes:
        """Return the compressed content: quickly the first time, and then as small as a thread has made it."""
        digest = sha256(content).hexdigest()
        if digest not in self._contents:
            # Where the thread is done before the quick way, the smaller one stays.
            self._contents.setdefault(digest, self._read(digest) or self._start(digest, content))
        return self._contents[digest]

    def press(self, content: bytes) -> None:
        """Compress a content as small as it gets, and keep it, unless it is kept already."""
        digest = sha256(content).hexdigest()
        # One at a time: a visit asks for all scripts of the page.
        with self._compressing:
            compressed = self._read(digest)
            if compressed is None:
                compressed = brotli.compress(content, quality=SMALL_QUALITY)
                self._write(digest, compressed)
            self._contents[digest] = compressed

    def _start(self, digest: str, content: bytes) -> bytes:
        with self._registering:
            is_first = digest not in self._asked
            self._asked.add(digest)
        if is_first:
            Thread(target=self.press, args=(content,), daemon=True, name="compress").start()
        quick: bytes = brotli.compress(content, quality=QUICK_QUALITY)
        return quick

    def _read(self, digest: str) -> bytes | None:
        try:
            stored = self._find_path(digest).read_bytes()
        except OSError:
            return None
        check, compressed = stored[:DIGEST_BYTES], stored[DIGEST_BYTES:]
        return compressed if sha256(compressed).digest() == check else None

    def _write(self, digest: str, compressed: bytes) -> None:
        path = self._find_path(digest)
        unfinished = path.with_name(f".{path.name}.{os.getpid()}")
        # Without room or permission, each process compresses for itself.
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(sha256(compressed).digest() + compressed)
            unfinished.replace(path)

    def _find_path(self, digest: str) -> Path:
        return self._folder / f"{digest}.br"
