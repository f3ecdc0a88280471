"""Energy flow on the page: the figures add up as they are shown, and the sentence says all of the picture."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from ev2gym_dashboard.service.sessions.energy_flow import SUPPLIES, USES, EnergyFlow
from ev2gym_dashboard.service.sessions.fleet_view import FleetView
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.flow.panel import format_flow_fields, render_flow_panel
from ev2gym_dashboard.web.i18n import SPACE, Translator, get_translator

AT_REST = EnergyFlow(*[0.0] * len(fields(EnergyFlow)))
EXPORT = replace(AT_REST, export_kw=9.9, used_solar_kw=12.34, curtailed_kw=1.0, base_load_kw=4.4, v2g_kw=1.96)


def read_power(text: str, _: Translator) -> float:
    number = _.parse_number(text.removesuffix(f"{SPACE}kW"))
    assert number is not None
    return number


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_figures_add_up_as_they_are_shown(view: FleetView, lang: str) -> None:
    _ = get_translator(lang)
    texts, _widths = format_flow_fields(replace(view, flow=EXPORT), _)
    supply, use = (
        [round(10 * read_power(texts[ids.make_flow_id(name)], _)) for name in names] for names in (SUPPLIES, USES)
    )
    assert sum(supply) == sum(use) == round(10 * read_power(texts[ids.FLOW_TOTAL], _))
    assert sum(supply) == 143


def test_the_sentence_names_each_power_and_its_losses(view: FleetView, french: Translator) -> None:
    flow = replace(AT_REST, import_kw=30.0, v2g_kw=10.0, g2v_kw=25.0, base_load_kw=15.0, charge_loss_kw=2.5)
    texts, _ = format_flow_fields(replace(view, flow=replace(flow, discharge_loss_kw=1.1)), french)
    assert texts[ids.FLOW_TEXT].replace("\u00a0", " ") == (
        "Apports du site, 40,0 kW : réseau 30,0 kW, véhicules (V2G) 10,0 kW (et 1,1 kW de pertes). "
        "Usages : bâtiment 15,0 kW, véhicules (G2V) 25,0 kW (dont 2,5 kW de pertes)."
    )


def test_a_site_at_rest_says_so_and_has_no_widths(view: FleetView, english: Translator) -> None:
    texts, widths = format_flow_fields(replace(view, flow=AT_REST), english)
    assert texts[ids.FLOW_TEXT] == "No power flows at the site."
    assert widths == {"supplies": [[0, 0]] * 3, "uses": [[0, 0]] * 3}


def test_widths_are_the_figures_with_the_losses_beside_them(view: FleetView, english: Translator) -> None:
    flow = replace(AT_REST, used_solar_kw=3.0, curtailed_kw=1.0, base_load_kw=1.0, g2v_kw=2.0, charge_loss_kw=0.2)
    _, widths = format_flow_fields(replace(view, flow=flow), english)
    assert widths == {"supplies": [[30, 10], [0, 0], [0, 0]], "uses": [[0, 0], [10, 0], [20, 2]]}


def test_every_text_has_its_element(view: FleetView, english: Translator) -> None:
    def list_ids(component: Any) -> set[str]:
        children = getattr(component, "children", None) or []
        nested = children if isinstance(children, list) else [children]
        below = (list_ids(child) for child in nested if not isinstance(child, str))
        return {getattr(component, "id", "")}.union(*below)

    texts, _ = format_flow_fields(view, english)
    assert set(texts) <= list_ids(render_flow_panel(english))
