"""Labels of a run: the notices of catalog and threshold, and the rule of the strategy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.datasets.catalogs import FALLBACK_FILE, V2G_ASSUMED_FILE
from ev2gym_dashboard.service.datasets.paths import DATA_FOLDER_VARIABLE, find_data_folder
from ev2gym_dashboard.service.sessions.cache import SessionCache
from ev2gym_dashboard.service.sessions.fleet_view import FleetView
from ev2gym_dashboard.service.sessions.process_cache import get_fleet_view
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.strategies import STRATEGIES, Strategy
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.labels import (
    format_rule_texts,
    format_strategy_rule,
    format_threshold_warning,
    render_catalog_badge,
    render_catalog_notice,
)
from ev2gym_dashboard.web.i18n import Translator


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


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=lambda strategy: strategy.key)
def test_a_rule_is_a_sentence_with_its_parameters(strategy: Strategy, french: Translator, english: Translator) -> None:
    rules = [format_strategy_rule(strategy, {}, translator) for translator in (french, english)]
    assert all(rule.endswith(".") for rule in rules)
    assert not any("{" in rule for rule in rules)


def test_a_rule_follows_its_parameters(english: Translator) -> None:
    params = {"grid_support.window_start_h": 17.5, "grid_support.v2g_min_soc": 0.55}
    assert format_strategy_rule(STRATEGIES["grid_support"], params, english).startswith(
        "V2G from 17:30 to 21:00 above 55% SOC"
    )
