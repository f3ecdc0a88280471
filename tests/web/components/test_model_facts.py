"""Facts of a model: those of the catalog, with efficiencies by number of phases, and the source of its V2G."""

from __future__ import annotations

from typing import Any

import pytest

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions.fleet_view import FleetView
from ev2gym_dashboard.service.sessions.process_cache import get_fleet_view
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.model_facts import MODEL_FACTS, format_model_facts
from ev2gym_dashboard.web.i18n import Translator


def view_run(**fields: Any) -> FleetView:
    return get_fleet_view(RunSpec(Scenario(fleet_size=20, **fields), session=str(fields)))


def read_facts(view: FleetView, model: str, _: Translator) -> dict[str, str]:
    facts = format_model_facts(view, model, _)
    return {fact.key: facts[ids.make_model_fact_id(fact.key)] for fact in MODEL_FACTS}


def test_efficiencies_are_those_of_the_accepted_currents_by_phases(english: Translator) -> None:
    facts = read_facts(view_run(), "Tesla Model 3", english)
    assert facts["efficiency-1ph"] == "6 A: 75% · 8 A: 78% · 10–14 A: 84% · 16 A: 87%"
    assert facts["efficiency-3ph"] == "6–8 A: 87% · 10–16 A: 90%"
    assert facts["ac"] == "11.0\N{NO-BREAK SPACE}kW, on up to 3 phases"


def test_v2g_is_assumed_or_as_sold_with_its_source(english: Translator) -> None:
    assumed = read_facts(view_run(), "Tesla Model 3", english)
    assert assumed["v2g-source"] == "Assumed by EV2Gym’s file. No source says that it is sold with V2G today."
    assert "kW" in assumed["v2g"]
    sold = read_facts(view_run(v2g_capability="as_sold"), "Tesla Model 3", english)
    assert sold["v2g-source"] == "No source says that it is sold with V2G today."
    assert sold["v2g"] == "none"


def test_a_model_without_a_table_has_the_assumed_efficiency(english: Translator) -> None:
    view = view_run(catalog="2023")
    facts = read_facts(view, view.loaded_catalog.catalog.names[0], english)
    assert facts["efficiency-1ph"] == "93.3% at every current: assumed, the file has no table"


@pytest.mark.parametrize("catalog", ["2024", "2023", "ev_phev", "2024_2023"])
def test_every_model_has_every_fact_in_both_languages(catalog: str, french: Translator, english: Translator) -> None:
    view = view_run(catalog=catalog)
    for model in view.loaded_catalog.catalog.names:
        assert all(read_facts(view, model, french).values())
        assert all(read_facts(view, model, english).values())


def test_no_model_and_an_unknown_one_have_no_facts(view: FleetView, french: Translator) -> None:
    assert format_model_facts(view, None, french) == {}
    assert format_model_facts(view, "no such model", french) == {}
