"""Compressed files: each content is compressed once, and what is damaged or cannot be kept does no harm."""

from __future__ import annotations

import time
from pathlib import Path

import brotli
import pytest

from ev2gym_dashboard.service.runtime.compressed_files import CompressedFiles

CONTENT = b"".join(b"const value%d = %d;\n" % (k, k * k) for k in range(2000))


def test_a_content_becomes_as_small_as_it_gets(tmp_path: Path) -> None:
    files = CompressedFiles(tmp_path)
    quick = files.find(CONTENT)
    deadline = time.monotonic() + 10.0
    while len(small := files.find(CONTENT)) == len(quick) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(small) < len(quick) < len(CONTENT)
    assert brotli.decompress(quick) == brotli.decompress(small) == CONTENT


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
