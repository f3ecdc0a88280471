"""Explanations of the figures: reasons, notices, sources and the energy ledger."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.datasets.catalogs import FALLBACK_FILE, V2G_ASSUMED_FILE
from ev2gym_dashboard.service.datasets.paths import DATA_FOLDER_VARIABLE, find_data_folder
from ev2gym_dashboard.service.sessions.cache import SessionCache, get_fleet_view
from ev2gym_dashboard.service.sessions.fleet_view import FleetView
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.labels import (
    format_rule_texts,
    format_threshold_warning,
    render_catalog_badge,
    render_catalog_notice,
)
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.live import explanations


def view_damaged_catalog(folder: Path, monkeypatch: pytest.MonkeyPatch, content: str) -> FleetView:
    fallback = (find_data_folder() / FALLBACK_FILE).read_bytes()
    (folder / FALLBACK_FILE).write_bytes(fallback)
    (folder / V2G_ASSUMED_FILE).write_text(content, encoding="utf-8")
    monkeypatch.setenv(DATA_FOLDER_VARIABLE, str(folder))
    return SessionCache().get_fleet_view(RunSpec(Scenario(fleet_size=30)))


def test_the_notice_of_a_damaged_catalog_has_every_issue_in_a_fold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, french: Translator
) -> None:
    specs = {"Tesla Model 3": {"battery_capacity": -5, "number_of_registrations": "many"}}
    view = view_damaged_catalog(tmp_path, monkeypatch, json.dumps(specs))
    notice = str(render_catalog_notice(view, french))
    assert "ev_specs.json est chargé à sa place" in notice
    assert "Tesla Model 3.battery_capacity" in notice
    assert "Tesla Model 3.number_of_registrations" in notice
    assert "Details" in notice
    assert "V2G supposé" not in str(render_catalog_badge(view, {}, french))


def test_a_sound_catalog_needs_no_notice(view: FleetView, french: Translator) -> None:
    assert render_catalog_notice(view, french) is None
    assert "V2G supposé" in str(render_catalog_badge(view, {}, french))


def test_reasons_count_every_vehicle_of_the_fleet_or_of_a_model(view: FleetView) -> None:
    assert sum(explanations.count_reasons(view, None).values()) == view.current["n_vehicles"]
    index = view.models["model"].index("Kia Niro")
    assert sum(explanations.count_reasons(view, "Kia Niro").values()) == view.models["n_fleet"][index]
    assert explanations.count_reasons(view, "no such model") == explanations.count_reasons(view, None)


def test_every_reason_has_a_row_in_a_fixed_order(french: Translator) -> None:
    assert [getattr(row, "id", None) for row in explanations.render_reason_rows(french)] == [
        ids.make_reason_id(reason.key) for reason in Reason
    ]


def test_a_threshold_outside_of_the_prices_gets_a_warning(french: Translator) -> None:
    never = get_fleet_view(RunSpec(Scenario(fleet_size=30, strategy="price", tariff="mt_general")))
    always = get_fleet_view(
        RunSpec(Scenario(fleet_size=30, strategy="price", params=(("price.price_threshold_mad_kwh", 0.5),)))
    )
    between = get_fleet_view(RunSpec(Scenario(fleet_size=30, strategy="price")))
    assert "jamais" in format_threshold_warning(never, french)
    assert "à toute heure" in format_threshold_warning(always, french)
    assert format_threshold_warning(between, french) == ""


def test_the_warning_below_the_rule_reports_that_v2g_is_off(french: Translator) -> None:
    view = get_fleet_view(RunSpec(Scenario(fleet_size=30, v2g=False)))
    assert format_rule_texts(view, french)[ids.WARNING] == "Le V2G est désactivé : aucun véhicule ne décharge.".replace(
        " :", "\u00a0:"
    )


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
