"""Explanations of the figures: reasons, notices, sources and the energy ledger."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.service.sessions.fleet_view import FleetView
from ev2gym_dashboard.service.sessions.plan_thresholds import PlanThresholds
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.live import explanations


def test_reasons_count_every_vehicle_of_the_fleet_or_of_a_model(view: FleetView) -> None:
    assert sum(explanations.count_reasons(view, None).values()) == view.current["n_vehicles"]
    index = view.models["model"].index("Kia Niro")
    assert sum(explanations.count_reasons(view, "Kia Niro").values()) == view.models["n_fleet"][index]
    assert explanations.count_reasons(view, "no such model") == explanations.count_reasons(view, None)


def test_before_the_first_step_nobody_is_said_to_wait_who_is_plugged_in(
    first_view: FleetView, english: Translator
) -> None:
    counts = explanations.count_reasons(first_view, None)
    assert counts["waiting"] == first_view.current["n_waiting"]
    assert counts["away"] == first_view.current["n_vehicles"] - first_view.current["n_connected"] - counts["waiting"]
    assert explanations.describe_thresholds(first_view, None, english) == "No step has been simulated yet."


def test_every_reason_has_a_row_in_a_fixed_order(french: Translator) -> None:
    assert [getattr(row, "id", None) for row in explanations.render_reason_rows(french)] == [
        ids.make_reason_id(reason.key) for reason in Reason
    ]


def test_the_ledger_shows_its_residual(view: FleetView, french: Translator) -> None:
    texts = explanations.format_ledger_texts(view, french)
    assert set(texts) == {ids.make_ledger_id(name) for name in view.ledger if name in explanations.LEDGER_LABELS}
    assert "10" in texts[ids.make_ledger_id("residual_kwh")] or texts[ids.make_ledger_id("residual_kwh")].startswith(
        "0"
    )


def test_sources_name_the_tariff_and_that_v2g_is_assumed(view: FleetView, french: Translator) -> None:
    text = str(explanations.render_fleet_sources(view, french))
    assert "ONEE BT bi-horaire" in text
    assert "hypothèse du fichier d’EV2Gym" in text
    assert "Pays-Bas" in text


def test_sources_name_the_number_of_evses_and_that_they_fit(view: FleetView, french: Translator) -> None:
    text = " ".join(str(item.children) for item in explanations.render_fleet_sources(view, french))
    assert f"Bornes\u00a0: {french.number(view.run.scenario.n_evse)} (" in text
    assert "borne capable de le recharger" in text


def test_sources_name_the_sessions_and_the_distance(view: FleetView, french: Translator) -> None:
    text = " ".join(str(item.children) for item in explanations.render_fleet_sources(view, french))
    assert "Sessions de recharge par véhicule et par semaine\u00a0: 4,9" in text
    assert "km au plus par véhicule et par an" in text


def test_a_model_that_no_evse_charges_counts_as_waiting_on_the_page(french: Translator) -> None:
    row = explanations.render_reason_rows(french)[list(Reason).index(Reason.CANNOT_CHARGE)]
    assert "Aucune borne du site ne peut recharger ce modèle" in str(row)
    assert "reason-waiting" in str(row)


@pytest.mark.parametrize(
    ("give_above_soc", "sentence"),
    [
        (0.74, "charges below 61% SOC, gives back above 74% (medians of 38 plugged-in vehicles)."),
        (None, "charges below 61% SOC, no V2G (median of 38 plugged-in vehicles)."),
    ],
)
def test_the_thresholds_of_a_plan_explain_the_chosen_model(
    view: FleetView, english: Translator, give_above_soc: float | None, sentence: str
) -> None:
    model = view.models["model"][2]
    planned = replace(view, thresholds={model: PlanThresholds(38, 0.61, give_above_soc)})
    assert explanations.describe_thresholds(planned, model, english) == f"Plan of this step: {sentence}"
    assert explanations.describe_thresholds(planned, None, english) == ""
    assert explanations.describe_thresholds(view, model, english) == ""
