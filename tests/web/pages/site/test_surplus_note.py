"""The note on the solar surplus, and the tile that names what the connection curtails."""

from __future__ import annotations

from typing import Any

import pytest

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions.process_cache import get_site_view
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.sessions.site_view import SiteView
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.site import texts
from ev2gym_dashboard.web.pages.site.surplus_note import format_surplus_note

DAY: dict[str, Any] = {"start": "2026-06-16T06:00", "strategy": "renewable", "place": "work"}


def view_site(step: int = 48, **scenario: Any) -> SiteView:
    return get_site_view(RunSpec(Scenario(fleet_size=40, **(DAY | scenario)), (), step, "surplus"))


def test_a_site_without_a_surplus_says_that_all_charging_was_bought(english: Translator) -> None:
    note = format_surplus_note(view_site(pv_kwp_per_vehicle=0.5), english)
    assert note.startswith("No solar surplus so far")
    assert texts.format_site_texts(view_site(pv_kwp_per_vehicle=0.5), english)[ids.SITE_SUN_NOTE] == note


def test_a_surplus_is_named_with_the_share_of_the_charging_that_it_covered(english: Translator) -> None:
    view = view_site(pv_kwp_per_vehicle=4.0, base_load_kw_per_vehicle=1.0)
    solar_kw, base_load_kw = view.trends["solar_kw"], view.trends["base_load_kw"]
    surplus_kwh = sum(max(sun - load, 0.0) for sun, load in zip(solar_kw, base_load_kw, strict=True)) / 4.0
    assert view.kpis["surplus_kwh"] == pytest.approx(surplus_kwh)
    share = english.percent(view.kpis["ev_surplus_share"], 1)
    assert view.kpis["ev_surplus_share"] > 0.5
    expected = f"{english.with_unit(surplus_kwh, 'kWh', 0)}; it covered {share} of the charging."
    assert format_surplus_note(view, english).endswith(expected)


@pytest.mark.parametrize("changes", [{"pv_kwp_per_vehicle": 0.0}, {"step": 0}], ids=str)
def test_without_panels_or_before_the_first_step_there_is_no_note(changes: dict[str, Any], english: Translator) -> None:
    assert format_surplus_note(view_site(**changes), english) == ""


def test_the_tile_of_self_consumption_names_what_is_curtailed(english: Translator) -> None:
    narrow: dict[str, Any] = {"pv_kwp_per_vehicle": 5.0, "base_load_kw_per_vehicle": 0.0, "limit_kw_per_vehicle": 0.5}
    note = texts.format_site_texts(view_site(**narrow), english)[ids.make_tile_note_id("site-sun")]
    assert note.endswith("kWh curtailed")
    assert "curtailed" not in texts.format_site_texts(view_site(), english)[ids.make_tile_note_id("site-sun")]
