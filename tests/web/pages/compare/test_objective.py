"""The prices of the objective on the Compare page: controls, what is typed, and what they change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ev2gym_dashboard.core.optimum.objective import OBJECTIVE_PRICES, evaluate_objective
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.comparison.request import make_comparison_request
from ev2gym_dashboard.service.comparison.result import COMPARISON_KPIS
from ev2gym_dashboard.service.comparison.runner import run_comparison
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.app import render_page
from ev2gym_dashboard.web.i18n import LANGUAGES, get_translator
from ev2gym_dashboard.web.pages.compare.objective import CONTROLS, describe_prices, set_prices
from ev2gym_dashboard.web.requests.values import is_fraction
from tests.web.pages.compare.conftest import SCENARIO

SMALL = replace(SCENARIO, fleet_size=6, timestep_min=60)
_ = get_translator("en")


def test_every_price_of_the_objective_has_a_control() -> None:
    assert set(CONTROLS) == set(OBJECTIVE_PRICES)
    for name, control in CONTROLS.items():
        price = OBJECTIVE_PRICES[name]
        scale = 100.0 if is_fraction(price) else 1.0
        assert price.low == 0.0 < control.step < control.high <= scale * price.high


@pytest.mark.parametrize("lang", sorted(LANGUAGES))
def test_the_page_has_a_slider_and_a_number_for_each(lang: str) -> None:
    page = str(render_page("/compare", f"?lang={lang}"))
    for name in CONTROLS:
        assert str(ids.make_price_id(name)) in page
        assert str(ids.make_price_slider_id(name)) in page
    assert f"id='{ids.OBJECTIVE_RESET}'" in page


def test_typed_prices_are_those_of_the_scenario_and_an_empty_one_is_left() -> None:
    run = replace(SMALL, peak_mad_kw=7.0)
    typed = {"co2_mad_t": "1 250,5", "calendar_share": "50 %", "v2g_wear_mad_kwh": "auto", "peak_mad_kw": ""}
    expected = replace(run, co2_mad_t=1250.5, calendar_share=0.5)
    assert set_prices(run, typed, get_translator("fr")) == expected


def test_what_is_no_price_is_refused_with_a_sentence_each() -> None:
    typed = {"co2_mad_t": "much", "peak_mad_kw": "-1", "calendar_share": "101", "fleet_size": "3", "owed_mad_kwh": 3}
    with pytest.raises(ValidationError) as refused:
        set_prices(SMALL, typed, _)
    assert {issue.field for issue in refused.value.issues} == {
        "co2_mad_t",
        "peak_mad_kw",
        "calendar_share",
        "fleet_size",
    }


def test_the_purpose_of_the_plan_is_chosen_beside_the_prices() -> None:
    smooth = set_prices(SMALL, {"plan_purpose": "smooth"}, _)
    assert smooth == replace(SMALL, plan_purpose="smooth")
    assert describe_prices(smooth, _) == "Plan of the optimum: Smooth load."
    with pytest.raises(ValidationError, match="plan_purpose"):
        set_prices(SMALL, {"plan_purpose": "pretty"}, _)


def test_the_sentence_names_the_prices_that_differ() -> None:
    assert describe_prices(SMALL, _) == ""
    sentence = describe_prices(replace(SMALL, co2_mad_t=500.0, calendar_share=0.25), _)
    assert "CO2 500\u00a0MAD/t" in sentence
    assert "25\u00a0%" in sentence
    assert "Peak" not in sentence


def test_a_price_changes_the_optimum_its_distances_and_the_key_and_no_run() -> None:
    dear = replace(SMALL, peak_mad_kw=50.0)
    keys = {make_comparison_request(scenario, "day", 1).key for scenario in (SMALL, dear)}
    assert len(keys) == 2
    usual, other = (run_comparison(scenario, optimum=True) for scenario in (SMALL, dear))
    assert (usual.kpi_values == other.kpi_values).all()
    assert other.optima[0].objective.peak_mad_kw == 50.0
    assert other.optima[0].bound_mad > usual.optima[0].bound_mad
    assert not usual.distances.equals(other.distances)
    kpis = dict(zip(COMPARISON_KPIS, other.kpi_values[0, 0], strict=True))
    cost_mad = [evaluate_objective(found.optima[0].objective, kpis) for found in (usual, other)]
    assert cost_mad[1] - cost_mad[0] == pytest.approx(50.0 * kpis["site_peak_kw"])
