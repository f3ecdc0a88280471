"""Compressed files: each content is compressed once, and what is damaged or cannot be kept does no harm."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from threading import Event

import brotli
import pytest

from ev2gym_dashboard.service.runtime.compressed_files import QUICK_QUALITY, SMALL_QUALITY, CompressedFiles

CONTENT = b"".join(b"const value%d = %d;\n" % (k, k * k) for k in range(2000))
COMPRESS: Callable[..., bytes] = brotli.compress


def test_a_content_becomes_as_small_as_it_gets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    may_press = Event()

    def compress_in_order(content: bytes, quality: int) -> bytes:
        assert quality == QUICK_QUALITY or may_press.wait(10.0)
        return COMPRESS(content, quality=quality)

    monkeypatch.setattr("brotli.compress", compress_in_order)
    files = CompressedFiles(tmp_path)
    quick = files.find(CONTENT)
    may_press.set()
    _await_compression()
    small = files.find(CONTENT)
    assert len(small) < len(quick) < len(CONTENT)
    assert brotli.decompress(quick) == brotli.decompress(small) == CONTENT


def test_a_content_that_is_small_before_the_quick_one_is_there_stays_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compress_slowly(content: bytes, quality: int) -> bytes:
        if quality == QUICK_QUALITY:
            _await_compression()
        return COMPRESS(content, quality=quality)

    monkeypatch.setattr("brotli.compress", compress_slowly)
    assert CompressedFiles(tmp_path).find(CONTENT) == COMPRESS(CONTENT, quality=SMALL_QUALITY)


def test_another_process_finds_what_one_has_compressed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    CompressedFiles(tmp_path).press(CONTENT)
    monkeypatch.setattr("brotli.compress", lambda *_: pytest.fail("compressed again"))
    assert brotli.decompress(CompressedFiles(tmp_path).find(CONTENT)) == CONTENT


@pytest.mark.parametrize("damaged", [slice(-1), slice(0), slice(1, None)])
def test_a_damaged_file_is_made_again(tmp_path: Path, damaged: slice) -> None:
    CompressedFiles(tmp_path).press(CONTENT)
    (path,) = tmp_path.iterdir()
    stored = path.read_bytes()
    path.write_bytes(stored[damaged])
    files = CompressedFiles(tmp_path)
    assert brotli.decompress(files.find(CONTENT)) == CONTENT
    files.press(CONTENT)
    assert path.read_bytes() == stored


def test_without_a_folder_each_process_compresses_for_itself(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    files = CompressedFiles(in_the_way / "files")
    files.press(CONTENT)
    assert brotli.decompress(files.find(CONTENT)) == CONTENT


def _await_compression() -> None:
    for thread in threading.enumerate():
        if thread.name == "compress":
            thread.join()
