"""Layout of the Compare page."""

from __future__ import annotations

import pytest

from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.app import render_page
from ev2gym_dashboard.web.i18n import LANGUAGES
from ev2gym_dashboard.web.pages.compare.callbacks import STRATEGY_FIGURES


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


def test_each_legend_names_its_strategies_for_the_script_to_hide_those_left_out() -> None:
    page = str(render_page("/compare", "?lang=fr"))
    for key in STRATEGIES:
        assert page.count(f"data-strategy='{key}'") == len(STRATEGY_FIGURES)
