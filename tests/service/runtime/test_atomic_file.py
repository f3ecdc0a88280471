"""Atomic file: a reader sees the former content or the new one, and nothing between."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from ev2gym_dashboard.service.runtime.atomic_file import replace_file


def test_a_file_is_replaced_once_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("former", encoding="utf-8")
    with replace_file(path) as unfinished:
        unfinished.write_text("new", encoding="utf-8")
        assert path.read_text(encoding="utf-8") == "former"
    assert path.read_text(encoding="utf-8") == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_leaves_the_former_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("former", encoding="utf-8")
    with suppress(OSError), replace_file(path) as unfinished:
        unfinished.write_text("half", encoding="utf-8")
        raise OSError("full")
    assert path.read_text(encoding="utf-8") == "former"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target.txt", tmp_path / "link.txt"
    target.write_text("former", encoding="utf-8")
    link.symlink_to(target)
    with replace_file(link) as unfinished:
        unfinished.write_text("new", encoding="utf-8")
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == "new"


def test_a_device_is_written_directly() -> None:
    with replace_file(Path(os.devnull)) as unfinished:
        assert unfinished == Path(os.devnull)
    assert not Path(os.devnull).is_file()
