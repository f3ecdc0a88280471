"""Plug-ins for tests: a table that is as it was afterwards, and installed packages made of text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.strategies.door import plugins


@contextmanager
def restore_strategies() -> Iterator[None]:
    """Undo every registration, and the loading of files."""
    before, errors, files = dict(STRATEGIES), dict(STRATEGIES.errors), dict(plugins._loaded_files)
    try:
        yield
    finally:
        for key in set(STRATEGIES.peek()) - set(before):
            del STRATEGIES[key]
        STRATEGIES.errors.clear()
        STRATEGIES.errors.update(errors)
        plugins._loaded_files.clear()
        plugins._loaded_files.update(files)


def install_package(folder: Path, name: str, code: str, entry_points: str) -> None:
    """Write a module and the metadata of its distribution, as an installer does."""
    (folder / f"{name}.py").write_text(code, encoding="utf-8")
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    text = f"[{plugins.ENTRY_POINT_GROUP}]\n{entry_points}\n"
    (info / "entry_points.txt").write_text(text, encoding="utf-8")
