"""Source files that the style figures are counted in."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

AREAS = {
    "package": ("ev2gym_dashboard/",),
    "tests": ("tests/",),
    "docs+tools": ("docs/", "tools/"),
    "bench": ("bench/",),
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Entry(NamedTuple):
    """A place in the source and the text to list for it."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


@dataclass(frozen=True, eq=False)
class Module:
    """A tracked Python file with its area, source and syntax tree."""

    path: str
    area: str
    source: str
    tree: ast.Module

    def make_entry(self, node: ast.stmt | ast.expr | ast.arg | ast.alias, text: str) -> Entry:
        return Entry(self.path, node.lineno, text)


Modules = Sequence[Module]
Finder = Callable[[Module], Iterator[Entry]]


def list_tracked_files() -> list[str]:
    """Return the paths of the tracked files that exist in the working tree."""
    output = subprocess.run(["git", "ls-files", "-z"], check=True, capture_output=True, text=True).stdout  # noqa: S607
    return [path for path in output.split("\0") if path and Path(path).is_file()]


def find_area(path: str) -> str | None:
    """Return the area of a path, or None outside the four areas."""
    return next((area for area, folders in AREAS.items() if path.startswith(folders)), None)


def load_modules(paths: Sequence[str]) -> list[Module]:
    """Parse the Python files of the four areas."""
    modules = []
    for path in paths:
        area = find_area(path)
        if area and path.endswith(".py"):
            source = Path(path).read_text(encoding="utf-8")
            modules.append(Module(path, area, source, ast.parse(source, path)))
    return modules


def read_text(path: str) -> str:
    """Return the text of a file, or an empty string for a binary file."""
    content = Path(path).read_bytes()
    try:
        return "" if b"\0" in content else content.decode()
    except UnicodeDecodeError:
        return ""
