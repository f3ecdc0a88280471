"""Layout of the Compare page."""

from __future__ import annotations

import pytest

from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.app import render_page
from ev2gym_dashboard.web.i18n import LANGUAGES


@pytest.mark.parametrize("lang", sorted(LANGUAGES))
def test_the_page_has_its_elements_and_no_share_menu(lang: str) -> None:
    page = str(render_page("/compare", f"?lang={lang}"))
    for name in (
        ids.COMPARE_START,
        ids.COMPARE_CANCEL,
        ids.COMPARE_PROGRESS,
        ids.COMPARE_TABLE,
        ids.COMPARE_LOAD,
        ids.COMPARE_TRADE_OFF,
    ):
        assert f"id='{name}'" in page
    assert f"id='{ids.SHARE}'" not in page
