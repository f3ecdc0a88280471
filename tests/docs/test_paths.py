"""Every file, folder and module that README, CONTRIBUTING and docs/ name exists."""

from __future__ import annotations

import re
from importlib.util import find_spec
from operator import attrgetter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)#:]+)\)")
CODE_PATH = re.compile(r"(?<!`)`([A-Za-z_.][\w.-]*/[\w./-]*)`")
MODULE = re.compile(r"`(ev2gym_dashboard(?:\.\w+)+)`")
ROOM_COLUMN = re.compile(r"^\| `[\w/]+/` \| (.+?) \|", re.MULTILINE)
NOT_STORED = re.compile(r"^\.cache/")
"""Folders that a command makes."""
BASES = (ROOT, ROOT / "ev2gym_dashboard", ROOT / "docs")


def read_prose(page: Path) -> str:
    """Return the text of a page without its code blocks."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    # CODE stands for the code of any language.
    return text.replace("/CODE/", "/fr/")


@pytest.mark.parametrize("page", PAGES, ids=attrgetter("name"))
def test_every_link_leads_to_a_file_or_folder(page: Path) -> None:
    targets = LINK.findall(read_prose(page))
    missing = [target for target in targets if not (page.parent / target.replace("\\", "")).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=attrgetter("name"))
def test_no_merge_was_left_half_done(page: Path) -> None:
    assert not re.search(r"^(<{7}|>{7}) ", page.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=attrgetter("name"))
def test_every_path_in_the_text_exists(page: Path) -> None:
    paths = CODE_PATH.findall(ROOM_COLUMN.sub("", read_prose(page)))
    stored = [path for path in paths if not NOT_STORED.search(path)]
    missing = [path for path in stored if not any((base / path).exists() for base in BASES)]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=attrgetter("name"))
def test_every_module_in_the_text_exists(page: Path) -> None:
    missing = [name for name in MODULE.findall(read_prose(page)) if find_spec(name) is None]
    assert missing == []
