"""The French pages keep French typography, and to the words of the page."""

from __future__ import annotations

import re
from operator import attrgetter
from pathlib import Path

import pytest

from ev2gym_dashboard.web.components.keys import SHORTCUTS
from ev2gym_dashboard.web.i18n import get_translator

FOLDER = Path(__file__).parents[2] / "docs" / "fr"
PAGES = sorted(FOLDER.glob("*.md"))
CODE = re.compile(r"^```.*?^```|`[^`]+`|^\| ---.*$", re.DOTALL | re.MULTILINE)
PLAIN_SPACE = re.compile(r"[^|\s] [;!?%:]|« | »|\d (?:h|MAD|kW)\b|\d \d{3}\b")
QUOTED = re.compile("«\u00a0(.+?)\u00a0»")
OTHERS = {"?", "2\u202f%", "Prochaines 12\u00a0h"}
"""Quotations that are no text of the page alone."""


@pytest.mark.parametrize("page", PAGES, ids=attrgetter("stem"))
def test_spaces_before_double_signs_and_units_do_not_break(page: Path) -> None:
    prose = CODE.sub("", page.read_text(encoding="utf-8"))
    assert PLAIN_SPACE.findall(prose) == []


@pytest.mark.parametrize("page", PAGES, ids=attrgetter("stem"))
def test_every_quoted_name_is_a_text_of_the_page(page: Path) -> None:
    catalog = (FOLDER.parents[1] / "ev2gym_dashboard/locale/fr/LC_MESSAGES/messages.po").read_text(encoding="utf-8")
    texts = {text.partition("\u00a0:")[0] for text in re.findall(r'^msgstr "(.*)"$', catalog, re.MULTILINE)}
    assert set(QUOTED.findall(page.read_text(encoding="utf-8"))) - OTHERS - texts == set()


def test_the_guide_lists_every_shortcut() -> None:
    guide, translate = (FOLDER / "guide.md").read_text(encoding="utf-8"), get_translator("fr")
    keys = [translate(key).replace(" – ", " à ") for key, _ in SHORTCUTS]
    assert [key for key in keys if f"| {key} | " not in guide] == []
