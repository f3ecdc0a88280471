"""Tariffs: prices and postes at their edges, to the minute, and damaged files."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.core.site.exogenous import POSTES
from ev2gym_dashboard.core.site.tariff import compute_import_price_mad_kwh, find_postes, find_season
from ev2gym_dashboard.service.datasets.onee_tariffs import parse_tariffs
from ev2gym_dashboard.service.datasets.packaged import load_tariffs

TEXT = (Path(__file__).parents[3] / "data" / "onee_tariffs.json").read_text(encoding="utf-8")
WINTER, SUMMER = date(2026, 12, 15), date(2026, 7, 15)
MINUTES_H = np.arange(1440) / 60
PRICES = {
    "bt_bi_horaire": {"HP": 2.4250, "HN": 1.3472},
    "mt_general": {"HP": 1.4157, "HPL": 1.0101, "HC": 0.7398},
    "grands_comptes": {"HP": 1.3645, "HPL": 0.9736, "HC": 0.7131},
}
CHANGES = {
    ("bt_bi_horaire", WINTER): {"00:00": "HN", "17:00": "HP", "22:00": "HN"},
    ("bt_bi_horaire", SUMMER): {"00:00": "HN", "18:00": "HP", "23:00": "HN"},
    ("mt_general", WINTER): {"00:00": "HC", "07:00": "HPL", "17:00": "HP", "22:00": "HC"},
    ("mt_general", SUMMER): {"00:00": "HC", "07:00": "HPL", "18:00": "HP", "23:00": "HC"},
    ("grands_comptes", WINTER): {"00:00": "HC", "07:00": "HPL", "17:00": "HP", "22:00": "HC"},
    ("grands_comptes", SUMMER): {"00:00": "HC", "07:00": "HPL", "18:00": "HP", "23:00": "HC"},
}


def find_issue_fields(document: dict[str, Any]) -> set[str]:
    with pytest.raises(ValidationError) as error:
        parse_tariffs(json.dumps(document).encode())
    return {issue.field for issue in error.value.issues}


@pytest.mark.parametrize(("key", "day"), CHANGES)
def test_the_poste_changes_at_its_minute(key: str, day: date) -> None:
    poste = find_postes(load_tariffs()[key], day, MINUTES_H)
    changes = [0, *(np.flatnonzero(np.diff(poste)) + 1)]
    assert {f"{at // 60:02d}:{at % 60:02d}": POSTES[poste[at]] for at in changes} == CHANGES[key, day]


@pytest.mark.parametrize(("key", "day"), CHANGES)
def test_the_price_is_that_of_the_poste(key: str, day: date) -> None:
    tariff = load_tariffs()[key]
    expected = [PRICES[key][POSTES[code]] for code in find_postes(tariff, day, MINUTES_H)]
    assert compute_import_price_mad_kwh(tariff, day, MINUTES_H).tolist() == expected


def test_all_tariffs_by_poste_horaire_are_tested_above() -> None:
    assert [key for key, tariff in load_tariffs().items() if not tariff.tiers] == list(PRICES)


@pytest.mark.parametrize(
    ("day", "season"),
    [
        (date(2026, 3, 31), "winter"),
        (date(2026, 4, 1), "summer"),
        (date(2026, 9, 30), "summer"),
        (date(2026, 10, 1), "winter"),
        (date(2028, 2, 29), "winter"),
        (date(2026, 12, 31), "winter"),
    ],
)
def test_the_season_changes_on_1_april_and_1_october(day: date, season: str) -> None:
    assert find_season(day) == season


def test_the_peak_moves_by_an_hour_with_the_season() -> None:
    tariff, half_past_five_pm = load_tariffs()["bt_bi_horaire"], np.array([17.5])
    prices = [
        compute_import_price_mad_kwh(tariff, day, half_past_five_pm)[0] for day in (date(2026, 3, 31), date(2026, 4, 1))
    ]
    assert prices == [2.4250, 1.3472]


def test_each_tariff_names_its_source_confidence_and_fixed_charge() -> None:
    tariffs = load_tariffs()
    fixed_mad_per_kva_year = {key: tariff.fixed_mad_per_kva_year for key, tariff in tariffs.items()}
    assert (
        fixed_mad_per_kva_year
        | {
            "bt_bi_horaire": 0,
            "mt_general": 512.62,
            "grands_comptes": 494.09,
            "bt_patente": 0,
            "bt_force_motrice": 0,
            "bt_domestique": 0,
        }
        == fixed_mad_per_kva_year
    )
    confidences = {key: tariff.confidence for key, tariff in tariffs.items()}
    assert confidences | {"bt_bi_horaire": "high", "mt_general": "high", "grands_comptes": "low"} == confidences
    assert all(t.source and t.note and t.name for t in tariffs.values())


def test_a_tariff_of_another_structure_is_skipped() -> None:
    document = json.loads(TEXT)
    document["tariffs"]["super_pointe"] = {"structure": "critical_peak"}
    assert parse_tariffs(json.dumps(document).encode()) == load_tariffs()


def test_every_issue_of_a_damaged_file_is_listed_at_once() -> None:
    document = json.loads(TEXT)
    bi_horaire, mt = document["tariffs"]["bt_bi_horaire"], document["tariffs"]["mt_general"]
    bi_horaire["winter"]["HP"]["hours"] = [[17, 21]]
    bi_horaire["winter"]["HN"]["price_mad_kwh"] = -1
    bi_horaire["summer"]["XX"] = bi_horaire["summer"].pop("HP")
    mt["confidence"] = "certain"
    mt["summer"] = []
    mt["fixed_mad_per_kva_year"] = None
    mt["winter"]["HP"]["hours"] = [[22, 17]]
    assert find_issue_fields(document) >= {
        "tariffs.bt_bi_horaire.winter",
        "tariffs.bt_bi_horaire.winter.HN.price_mad_kwh",
        "tariffs.bt_bi_horaire.summer.XX",
        "tariffs.mt_general.confidence",
        "tariffs.mt_general.summer",
        "tariffs.mt_general.fixed_mad_per_kva_year",
        "tariffs.mt_general.winter.HP.hours",
    }


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b"{}", b'{"tariffs": {}}', b'{"tariffs": {"a": 3}}'])
def test_a_file_of_another_format_is_refused(content: bytes) -> None:
    with pytest.raises(ValidationError):
        parse_tariffs(content)
