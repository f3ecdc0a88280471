"""Tariff files: every way to write hours and days, every issue at once with its place, and ONEE's tariffs in them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli_w

from ev2gym_dashboard import read_tariff
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.core.site.season import make_season
from ev2gym_dashboard.core.site.tariff import (
    Tariff,
    compute_export_price_mad_kwh,
    compute_import_price_mad_kwh,
    compute_tier_price_mad_kwh,
)
from ev2gym_dashboard.core.site.tariff_text import encode_tariff, format_tariff
from ev2gym_dashboard.service.datasets.packaged import load_tariffs
from ev2gym_dashboard.service.datasets.tariff_file import is_tariff, parse_tariff, parse_tariff_text

HOURS = np.arange(24.0)
DAY = {"day": "07:00-23:00", "night": "23:00-07:00"}
TOU: dict[str, Any] = {
    "name": "Day and night",
    "time_zone": "Europe/Paris",
    "periods": {"day": {"kind": "full", "price_per_kwh": 2.0}, "night": {"kind": "off_peak", "price_per_kwh": 1.0}},
    "seasons": [{"hours": {"every_day": DAY}}],
}
TIERED: dict[str, Any] = {
    "name": "Tiers",
    "time_zone": "UTC",
    "tiers": [{"up_to_kwh": 100, "price_per_kwh": 1.0}, {"price_per_kwh": 2.0}],
}
MONDAY, SUNDAY = date(2026, 12, 14), date(2026, 12, 20)


def parse(document: dict[str, Any], **changes: Any) -> Tariff:
    return parse_tariff(json.dumps(document | changes).encode())


def list_issues(document: dict[str, Any] | bytes, **changes: Any) -> list[str]:
    content = document if isinstance(document, bytes) else json.dumps(document | changes).encode()
    with pytest.raises(ValidationError) as error:
        parse_tariff(content)
    return [str(issue) for issue in error.value.issues]


def price_day(tariff: Tariff, day: date = MONDAY) -> list[float]:
    return [float(price) for price in compute_import_price_mad_kwh(tariff, day, HOURS)]


def test_toml_and_json_give_the_same_tariff(tmp_path: Path) -> None:
    toml, other = tmp_path / "a.toml", tmp_path / "a.json"
    toml.write_text(tomli_w.dumps(TOU), encoding="utf-8")
    other.write_text("\ufeff" + json.dumps(TOU), encoding="utf-8")
    assert read_tariff(toml) == read_tariff(str(other)) == parse(TOU)


@pytest.mark.parametrize("hours", [["00:00-07:00", "23:00-24:00"], "23:00-07:00", ["23:00 – 07:00"], ["23:00-07:00"]])
def test_hours_may_pass_midnight_or_be_a_list(hours: Any) -> None:
    tariff = parse(TOU, seasons=[{"hours": {"every_day": {"day": "07:00-23:00", "night": hours}}}])
    assert price_day(tariff) == [1.0] * 7 + [2.0] * 16 + [1.0]


def test_a_step_that_begins_with_a_period_has_its_price_at_every_minute() -> None:
    minutes = np.arange(1440) / 60.0
    for minute in range(1, 1439, 7):
        text = f"{minute // 60:02d}:{minute % 60:02d}"
        hours = {"day": f"{text}-24:00", "night": f"00:00-{text}"}
        prices = compute_import_price_mad_kwh(parse(TOU, seasons=[{"hours": {"every_day": hours}}]), MONDAY, minutes)
        assert prices.tolist() == [1.0] * minute + [2.0] * (1440 - minute)


NIGHT = {"night": "00:00-24:00"}


@pytest.mark.parametrize(
    ("hours", "holidays", "cheap_days"),
    [
        ({"weekday": DAY, "weekend": NIGHT}, [], {5, 6}),
        ({"every_day": DAY, "sunday": NIGHT}, [], {6}),
        ({"every_day": DAY, "weekend": NIGHT, "saturday": DAY}, [], {6}),
        ({"weekday": DAY, "weekend": NIGHT}, ["2026-12-15"], {1, 5, 6}),
        ({"weekday": DAY, "weekend": NIGHT, "holiday": DAY}, ["2026-12-19", "12-20"], set()),
        ({"every_day": DAY, "holiday": NIGHT}, ["12-16", "2025-12-17"], {2}),
        ({"every_day": DAY, "tuesday": NIGHT}, [], {1}),
    ],
)
def test_the_more_specific_day_counts(hours: dict[str, Any], holidays: list[str], cheap_days: set[int]) -> None:
    tariff = parse(TOU, seasons=[{"hours": hours}], holidays=holidays)
    week = [date(2026, 12, 14 + n) for n in range(7)]
    assert {day.weekday() for day in week if max(price_day(tariff, day)) == 1.0} == cheap_days


def test_a_season_may_pass_new_year_or_have_several_parts() -> None:
    seasons = [
        {"dates": ["11-01 to 02-29", "07-01 to 07-31"], "hours": {"every_day": NIGHT}},
        {"dates": ["03-01 to 06-30", "08-01 to 10-31"], "hours": {"every_day": DAY}},
    ]
    tariff = parse(TOU, seasons=seasons)
    cheap = [date(2026, 12, 31), date(2027, 1, 1), date(2028, 2, 29), date(2026, 7, 31)]
    dear = [date(2026, 10, 31), date(2027, 3, 1), date(2026, 8, 1)]
    assert [max(price_day(tariff, day)) for day in cheap + dear] == [1.0] * 4 + [2.0] * 3


def test_prices_of_another_currency_are_converted_by_the_declared_rate() -> None:
    tariff = parse(TOU, currency="EUR", rate=10.8, fixed_per_month=15, export_per_kwh=0.04)
    assert tariff.prices_mad_kwh == (10.8, 21.6)
    assert tariff.standing_mad_per_year == pytest.approx(15 * 12 * 10.8)
    assert compute_export_price_mad_kwh(tariff, MONDAY, HOURS).tolist() == [0.432] * 24


def test_prices_may_be_negative_and_export_differ_by_period() -> None:
    periods = {"day": {"price_per_kwh": -0.5, "export_per_kwh": -0.1}, "night": {"price_per_kwh": 1.0}}
    tariff = parse(TOU, periods=periods, export_per_kwh=0.3)
    assert price_day(tariff)[12] == -0.5
    assert compute_export_price_mad_kwh(tariff, MONDAY, np.array([12.0, 1.0])).tolist() == [-0.1, 0.3]


def test_a_single_period_needs_no_seasons() -> None:
    assert (
        price_day(parse({"name": "Flat", "time_zone": "UTC", "periods": {"all": {"price_per_kwh": 1.2}}})) == [1.2] * 24
    )


def test_each_kwh_costs_its_own_tier_unless_a_bound_is_given() -> None:
    assert compute_tier_price_mad_kwh(parse(TIERED), 400.0) == pytest.approx((100 * 1.0 + 300 * 2.0) / 400)
    assert compute_tier_price_mad_kwh(parse(TIERED, progressive_up_to_kwh=150), 400.0) == 2.0


DOCUMENTS = {
    "time of use": TOU,
    "tiers": TIERED,
    "selective": TIERED | {"progressive_up_to_kwh": 150.0, "export_per_kwh": 0.2},
    "euros": TOU | {"currency": "EUR", "rate": 10.8, "fixed_per_year": 100.0, "source": "s", "note": "n"},
    "days": TOU | {"seasons": [{"hours": {"weekday": DAY, "weekend": NIGHT}}], "holidays": ["05-01", "2026-04-06"]},
    "peak": TOU | {"demand_charge": {"per_kva_month": 10, "basis": "monthly_peak"}},
    "subscribed": TOU | {"demand_charge": {"per_kva_year": 10}},
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_written_tariff_reads_back_equal(name: str) -> None:
    tariff = parse(DOCUMENTS[name])
    assert parse_tariff_text(encode_tariff(tariff)) == tariff
    assert parse_tariff(tomli_w.dumps(format_tariff(tariff)).encode()) == tariff


def test_the_order_of_periods_and_days_means_nothing() -> None:
    hours = {"weekend": NIGHT, "weekday": dict(reversed(DAY.items()))}
    periods = dict(reversed(TOU["periods"].items()))
    other = parse(TOU, periods=periods, seasons=[{"hours": hours}])
    assert other == parse(TOU, seasons=[{"hours": {"weekday": DAY, "weekend": NIGHT}}])


@pytest.mark.parametrize("key", load_tariffs())
def test_onees_tariffs_go_through_the_format(key: str) -> None:
    tariff = load_tariffs()[key]
    own = parse_tariff_text(encode_tariff(tariff))
    for day in (date(2026, 3, 31), date(2026, 4, 1), date(2026, 9, 30), date(2026, 10, 1)):
        assert price_day(own, day) == price_day(tariff, day)
    assert own.fixed_mad_per_kva_year == tariff.fixed_mad_per_kva_year
    assert [compute_tier_price_mad_kwh(own, kwh) for kwh in (50.0, 120.0, 999.0) if own.tiers] == [
        compute_tier_price_mad_kwh(tariff, kwh) for kwh in (50.0, 120.0, 999.0) if tariff.tiers
    ]


def test_a_poste_that_costs_differently_by_season_becomes_two_periods() -> None:
    tariff = load_tariffs()["mt_general"]
    winter, summer = tariff.seasons
    peak, *others = summer.rules
    dear = make_season("summer", summer.spans, (replace(peak, price_mad_kwh=1.6), *others))
    own = parse_tariff_text(encode_tariff(replace(tariff, seasons=(winter, dear))))
    assert {max(price_day(own, day)) for day in (date(2026, 1, 5), date(2026, 7, 5))} == {1.4157, 1.6}


def test_a_period_without_hours_is_an_issue() -> None:
    periods = TOU["periods"] | {"never": {"price_per_kwh": 1}}
    assert list_issues(TOU, periods=periods) == ["periods.never: has no hours in any season"]


def test_every_issue_is_listed_at_once_with_its_place() -> None:
    wrong = {
        "name": " ",
        "time_zone": "Paris",
        "fixed_per_mont": 15,
        "holidays": ["01-41", 5],
        "demand_charge": {"basis": "yearly"},
        "periods": {"day": {"kind": "hot", "price_per_kwh": "2"}, "night": {"price": 1}, "never": {"price_per_kwh": 1}},
        "seasons": [
            {"dates": "01-01 to 06-30", "hours": {"weekday": {"day": "07:00-23:00", "night": "22:00-07:00"}}},
            {"dates": "07-01 to 13-01", "hours": {"every_day": {"dai": "07:00-23:00"}}},
            {"hours": {"every_day": {"day": "7h-23h"}}},
        ],
    }
    places = [issue.split(": ")[0] for issue in list_issues(wrong)]
    assert set(places) == {
        "name", "time_zone", "fixed_per_mont", "holidays.0", "holidays.1", "demand_charge.basis",
        "demand_charge.per_kva_month", "periods.day.kind", "periods.day.price_per_kwh", "periods.night.price",
        "periods.night.price_per_kwh", "seasons.0.hours", "seasons.0.hours.weekday",
        "seasons.1.dates", "seasons.1.hours.every_day.dai", "seasons.2.dates", "seasons.2.hours.every_day.day",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"currency": "EUR"}, "rate: must be a number from"),
        ({"rate": 10.8}, "rate: must not be given without a currency"),
        ({"fixed_per_month": 1, "fixed_per_year": 12}, "fixed_per_year: must not be given together with"),
        ({"tiers": TIERED["tiers"]}, "periods: must be given, or tiers in their place; not both"),
        ({"periods": {"day": {"price_per_kwh": 95_000}, "night": {"price_per_kwh": 1}}}, "must be a number from -100"),
        ({"seasons": None}, "seasons: must say the hours of each period"),
        ({"seasons": [{"dates": "01-01 to 06-30", "hours": {"every_day": DAY}}]}, "that it does not: 184, such as"),
        ({"seasons": []}, "seasons: must be a list with at least one entry"),
        ({"seasons": [{"hours": []}]}, "seasons.0.hours: must be a table of days"),
        ({"seasons": [{"hours": {"every_day": "cheap"}}]}, "seasons.0.hours.every_day: must be a table of periods"),
        ({"demand_charge": 3}, "demand_charge: must be a table"),
        ({"periods": {"day": 2.0, "night": {"price_per_kwh": 1}}}, "periods.day: must be a table with a price_per_kwh"),
        ({"periods": []}, "periods: must be an object with at least one entry"),
        ({"time_zone": "../../etc/passwd"}, "time_zone: must be the time zone"),
        ({"time_zone": 2}, "time_zone: must be the time zone"),
        ({"holidays": "12-25"}, "holidays: must be a list"),
        ({"name": "x" * 3000}, "name: must be a text of at most 2000 characters"),
    ],
)  # fmt: skip
def test_a_fault_is_named_where_it_is(changes: dict[str, Any], sentence: str) -> None:
    document = {name: value for name, value in (TOU | changes).items() if value is not None}
    (issue,) = list_issues(document)
    assert sentence in issue


@pytest.mark.parametrize(
    "tiers",
    [
        [{"up_to_kwh": 100, "price_per_kwh": 1}],
        [{"price_per_kwh": 1}, {"up_to_kwh": 100, "price_per_kwh": 1}],
        [{"up_to_kwh": 100, "price_per_kwh": 1}, {"up_to_kwh": 100, "price_per_kwh": 2}, {"price_per_kwh": 1}],
        [{"up_to_kwh": float("nan"), "price_per_kwh": 1}, {"price_per_kwh": 1}],
        [{"price_per_kwh": float("inf")}],
        [{"price_per_kwh": -1}],
        [3],
        3,
    ],
)
def test_wrong_tiers_are_refused(tiers: Any) -> None:
    assert all(issue.startswith("tiers") for issue in list_issues(TIERED, tiers=tiers))


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"3", b"name = ", b"{", b"\xff\xfe", b"[[1]]", b"[" * 100_000, b"x" * 70_000]
)
def test_a_file_that_is_no_tariff_gets_sentences(content: bytes) -> None:
    assert list_issues(content)
    assert not is_tariff(content.decode("latin-1"))


def test_a_missing_file_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="cannot be read: No such file"):
        read_tariff(tmp_path / "none.toml")
