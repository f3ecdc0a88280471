"""Reasons, notices, sources and the energy balance."""

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


def with_damaged_catalog(folder: Path, monkeypatch: pytest.MonkeyPatch, content: str) -> FleetView:
    fallback = (find_data_folder() / FALLBACK_FILE).read_bytes()
    (folder / FALLBACK_FILE).write_bytes(fallback)
    (folder / V2G_ASSUMED_FILE).write_text(content, encoding="utf-8")
    monkeypatch.setenv(DATA_FOLDER_VARIABLE, str(folder))
    return SessionCache().get_fleet_view(RunSpec(Scenario(fleet_size=30)))


def test_a_damaged_catalog_is_told_with_every_issue_in_a_fold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, french: Translator
) -> None:
    broken = {"Tesla Model 3": {"battery_capacity": -5, "number_of_registrations": "many"}}
    frame = with_damaged_catalog(tmp_path, monkeypatch, json.dumps(broken))
    notice = str(render_catalog_notice(frame, french))
    assert "ev_specs.json est chargé à sa place" in notice
    assert "Tesla Model 3.battery_capacity" in notice
    assert "Tesla Model 3.number_of_registrations" in notice
    assert "Details" in notice
    assert "V2G supposé" not in str(render_catalog_badge(frame, {}, french))


def test_a_catalog_as_asked_for_needs_no_notice(frame: FleetView, french: Translator) -> None:
    assert render_catalog_notice(frame, french) is None
    assert "V2G supposé" in str(render_catalog_badge(frame, {}, french))


def test_reasons_count_every_vehicle_of_the_fleet_or_of_the_model(frame: FleetView) -> None:
    assert sum(explanations.count_reasons(frame, None).values()) == frame.current["n_vehicles"]
    place = frame.models["model"].index("Kia Niro")
    assert sum(explanations.count_reasons(frame, "Kia Niro").values()) == frame.models["n_fleet"][place]
    assert explanations.count_reasons(frame, "no such model") == explanations.count_reasons(frame, None)


def test_every_reason_has_a_row_in_a_fixed_order(french: Translator) -> None:
    assert [getattr(row, "id", None) for row in explanations.render_reason_rows(french)] == [
        ids.make_reason_id(reason.key) for reason in Reason
    ]


def test_the_page_says_where_a_price_threshold_means_nothing(french: Translator) -> None:
    never = get_fleet_view(RunSpec(Scenario(fleet_size=30, strategy="price", tariff="mt_general")))
    always = get_fleet_view(
        RunSpec(Scenario(fleet_size=30, strategy="price", params=(("price.price_threshold_mad_kwh", 0.5),)))
    )
    meaningful = get_fleet_view(RunSpec(Scenario(fleet_size=30, strategy="price")))
    assert "jamais" in format_threshold_warning(never, french)
    assert "à toute heure" in format_threshold_warning(always, french)
    assert format_threshold_warning(meaningful, french) == ""


def test_the_switch_is_told_where_the_rule_stands(french: Translator) -> None:
    frame = get_fleet_view(RunSpec(Scenario(fleet_size=30, v2g=False)))
    assert format_rule_texts(frame, french)[
        ids.WARNING
    ] == "Le V2G est désactivé : aucun véhicule ne décharge.".replace(" :", "\u00a0:")


def test_the_balance_shows_its_residual(frame: FleetView, french: Translator) -> None:
    texts = explanations.format_ledger_texts(frame, french)
    assert set(texts) == {ids.make_ledger_id(name) for name in frame.ledger if name in explanations.LEDGER_LABELS}
    assert "10" in texts[ids.make_ledger_id("residual_kwh")] or texts[ids.make_ledger_id("residual_kwh")].startswith(
        "0"
    )


def test_sources_name_the_tariff_and_that_v2g_is_assumed(frame: FleetView, french: Translator) -> None:
    text = str(explanations.render_fleet_sources(frame, french))
    assert "ONEE BT bi-horaire" in text
    assert "hypothèse du fichier d’EV2Gym" in text
    assert "Pays-Bas" in text
