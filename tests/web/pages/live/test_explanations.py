"""Reasons, notices, sources and the energy balance."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.datasets.catalogs import FALLBACK_FILE, V2G_ASSUMED_FILE
from ev2gym_dashboard.service.datasets.paths import FOLDER_VARIABLE, data_folder
from ev2gym_dashboard.service.sessions.cache import Sessions, frame_of
from ev2gym_dashboard.service.sessions.fleet_view import Frame
from ev2gym_dashboard.service.sessions.run_spec import Run
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import Words
from ev2gym_dashboard.web.pages.live import explanations


def with_damaged_catalog(folder: Path, monkeypatch: pytest.MonkeyPatch, content: str) -> Frame:
    fallback = (data_folder() / FALLBACK_FILE).read_bytes()
    (folder / FALLBACK_FILE).write_bytes(fallback)
    (folder / V2G_ASSUMED_FILE).write_text(content, encoding="utf-8")
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder))
    return Sessions().frame_of(Run(Scenario(fleet_size=30)))


def test_a_damaged_catalog_is_told_with_every_issue_in_a_fold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, french: Words
) -> None:
    broken = {"Tesla Model 3": {"battery_capacity": -5, "number_of_registrations": "many"}}
    frame = with_damaged_catalog(tmp_path, monkeypatch, json.dumps(broken))
    notice = str(explanations.catalog_notice(frame, french))
    assert "ev_specs.json est chargé à sa place" in notice
    assert "Tesla Model 3.battery_capacity" in notice
    assert "Tesla Model 3.number_of_registrations" in notice
    assert "Details" in notice
    assert "V2G supposé" not in str(explanations.catalog_badge(frame, {}, french))


def test_a_catalog_as_asked_for_needs_no_notice(frame: Frame, french: Words) -> None:
    assert explanations.catalog_notice(frame, french) is None
    assert "V2G supposé" in str(explanations.catalog_badge(frame, {}, french))


def test_reasons_count_every_vehicle_of_the_fleet_or_of_the_model(frame: Frame) -> None:
    assert sum(explanations.reason_counts(frame, None).values()) == frame.now["n_vehicles"]
    place = frame.models["model"].index("Kia Niro")
    assert sum(explanations.reason_counts(frame, "Kia Niro").values()) == frame.models["n_fleet"][place]
    assert explanations.reason_counts(frame, "no such model") == explanations.reason_counts(frame, None)


def test_every_reason_has_a_row_in_a_fixed_order(french: Words) -> None:
    assert [getattr(row, "id", None) for row in explanations.reason_rows(french)] == [
        ids.reason(reason.key) for reason in Reason
    ]


def test_the_page_says_where_a_price_threshold_means_nothing(french: Words) -> None:
    never = frame_of(Run(Scenario(fleet_size=30, strategy="price", tariff="mt_general")))
    always = frame_of(Run(Scenario(fleet_size=30, strategy="price", params=(("price.price_threshold_mad_kwh", 0.5),))))
    meaningful = frame_of(Run(Scenario(fleet_size=30, strategy="price")))
    assert "jamais" in explanations.threshold_warning(never, french)
    assert "à toute heure" in explanations.threshold_warning(always, french)
    assert explanations.threshold_warning(meaningful, french) == ""


def test_the_switch_is_told_where_the_rule_stands(french: Words) -> None:
    frame = frame_of(Run(Scenario(fleet_size=30, v2g=False)))
    assert explanations.rule_texts(frame, french)[
        ids.WARNING
    ] == "Le V2G est désactivé : aucun véhicule ne décharge.".replace(" :", "\u00a0:")


def test_the_balance_shows_its_residual(frame: Frame, french: Words) -> None:
    texts = explanations.ledger_texts(frame, french)
    assert set(texts) == {ids.ledger(name) for name in frame.ledger if name in explanations.LEDGER}
    assert "10" in texts[ids.ledger("residual_kwh")] or texts[ids.ledger("residual_kwh")].startswith("0")


def test_sources_name_the_tariff_and_that_v2g_is_assumed(frame: Frame, french: Words) -> None:
    text = str(explanations.sources(frame, french))
    assert "ONEE BT bi-horaire" in text
    assert "hypothèse du fichier d’EV2Gym" in text
    assert "Pays-Bas" in text
