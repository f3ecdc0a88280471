"""Pictures of the pages: docs/pages.md shows each of them once, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from tools.page_pictures import FOLDER, PICTURES

PAGE = Path(__file__).parents[2] / "docs" / "pages.md"


def test_the_page_shows_every_picture_once_and_no_other() -> None:
    shown = re.findall(r"\(pages/([\w-]+)\.png\)", PAGE.read_text(encoding="utf-8"))
    assert sorted(shown) == sorted(picture.name for picture in PICTURES)
    assert {path.stem for path in FOLDER.iterdir()} == set(shown)
