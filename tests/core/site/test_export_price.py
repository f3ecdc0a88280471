"""Price of export: hand-solved, at the edges of postes, seasons and validity."""

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.core.site.tariff import compute_export_price_mad_kwh, make_flat_tariff
from ev2gym_dashboard.service.datasets.onee_tariffs import parse_tariffs
from ev2gym_dashboard.service.datasets.packaged import load_tariffs

TEXT = (Path(__file__).parents[3] / "data" / "onee_tariffs.json").read_text(encoding="utf-8")
PAID = ("mt_general", "grands_comptes")
FIRST, LAST = date(2026, 3, 1), date(2027, 2, 28)
HOURS = np.arange(24.0)


@pytest.mark.parametrize("key", PAID)
@pytest.mark.parametrize(("day", "peak_h"), [(FIRST, 17), (date(2026, 4, 1), 18), (date(2026, 9, 30), 18), (LAST, 17)])
def test_export_is_paid_more_in_the_peak_hours_of_the_season(key: str, day: date, peak_h: int) -> None:
    pay = compute_export_price_mad_kwh(load_tariffs()[key], day, HOURS)
    assert pay.tolist() == [0.21 if peak_h <= hour < peak_h + 5 else 0.18 for hour in range(24)]


def test_the_pay_changes_at_its_minute() -> None:
    minutes_h = np.array([16 + 59 / 60, 17, 21 + 59 / 60, 22])
    pay = compute_export_price_mad_kwh(load_tariffs()["mt_general"], date(2026, 12, 15), minutes_h)
    assert pay.tolist() == [0.18, 0.21, 0.21, 0.18]


@pytest.mark.parametrize("day", [FIRST - timedelta(days=1), LAST + timedelta(days=1), date(2000, 1, 1)])
def test_outside_its_days_nothing_is_paid_whatever_a_user_sets(day: date) -> None:
    tariff = load_tariffs()["mt_general"]
    assert not compute_export_price_mad_kwh(tariff, day, HOURS).any()
    assert not compute_export_price_mad_kwh(tariff, day, HOURS, peak_mad_kwh=1.0, other_mad_kwh=1.0).any()


def test_at_low_voltage_nothing_is_paid() -> None:
    low = [tariff for tariff in load_tariffs().values() if tariff.voltage == "BT"] + [make_flat_tariff(1.2)]
    assert len(low) > 1
    for tariff in low:
        assert not compute_export_price_mad_kwh(tariff, FIRST, HOURS, peak_mad_kwh=1.0, other_mad_kwh=1.0).any()


def test_a_user_s_own_pay_takes_the_place_of_anre_s_and_may_be_zero() -> None:
    tariff = load_tariffs()["mt_general"]
    own = compute_export_price_mad_kwh(tariff, FIRST, np.array([12.0, 18.0]), peak_mad_kwh=0.9, other_mad_kwh=0.0)
    assert own.tolist() == [0.0, 0.9]
    assert compute_export_price_mad_kwh(tariff, FIRST, np.array([12.0, 18.0]), peak_mad_kwh=0.9).tolist() == [0.18, 0.9]


def test_a_day_of_export_is_worth_that_of_hand_to_the_centime() -> None:
    pay = compute_export_price_mad_kwh(load_tariffs()["mt_general"], date(2026, 12, 15), HOURS)
    assert round(float(pay @ np.full(24, 10.0)), 2) == 44.70


def test_the_pay_is_called_an_assumption_and_names_its_source() -> None:
    pay = load_tariffs()["mt_general"].export
    assert pay is not None
    assert "Assumption" in pay.note
    assert "04/26" in pay.source
    assert (pay.first_day, pay.last_day, pay.confidence) == (FIRST, LAST, "high")


def test_a_file_without_export_pays_nothing() -> None:
    document = json.loads(TEXT)
    del document["export"]
    assert all(tariff.export is None for tariff in parse_tariffs(json.dumps(document).encode()).values())


def test_every_issue_of_a_damaged_export_is_listed_at_once() -> None:
    document = json.loads(TEXT)
    document["export"] = {"peak_mad_kwh": -1, "last_day": "soon", "first_day": 20260301, "voltages": ["MT", 3]}
    with pytest.raises(ValidationError) as error:
        parse_tariffs(json.dumps(document).encode())
    names = ("peak_mad_kwh", "other_mad_kwh", "first_day", "last_day", "voltages", "confidence", "source", "note")
    assert {issue.field for issue in error.value.issues} == {f"export.{name}" for name in names}


@pytest.mark.parametrize("export", [3, [], "", {}])
def test_an_export_that_is_no_object_is_refused(export: object) -> None:
    with pytest.raises(ValidationError):
        parse_tariffs(json.dumps(json.loads(TEXT) | {"export": export}).encode())
