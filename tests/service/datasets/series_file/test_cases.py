"""Files of meters and markets in the shapes in which they come: the right values, or the sentence that helps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from tests.service.datasets.series_file.files import (
    DAY,
    HOURS,
    RISING,
    list_hours,
    list_sentences,
    read,
    read_valid,
    write_dated,
    write_day,
)


@pytest.mark.parametrize(
    ("heading", "factor"),
    [
        ("time,Power (W)", 1e-3),
        ("time,power_w [W]", 1e-3),
        ("time,P_W", 1e-3),
        ("time,kW", 1.0),
        ("time,Leistung [kW]", 1.0),
        ("time,Load MW", 1e3),
        ("time,Actual Total Load [MW] - BZN|XX", 1e3),
        ("time,Consumption (kWh)", 1.0),
        ("time,energy_wh", 1e-3),
        ("time,MWh", 1e3),
        ("time,Charge", 1.0),
    ],
)
def test_the_unit_of_the_heading_is_converted(heading: str, factor: float) -> None:
    profile = read_valid(write_day(heading, lambda hour: 800 + hour))
    assert profile.days.tolist() == [pytest.approx([factor * (800 + hour) for hour in HOURS])]


@pytest.mark.parametrize(("step_min", "expected_kw"), [(15, 50.0), (30, 25.0), (60, 12.5), (120, 6.25)])
def test_energies_count_over_their_step(step_min: int, expected_kw: float) -> None:
    profile = read_valid(write_day("time,Consumption (kWh)", lambda _: "12.500", step_min=step_min))
    assert set(profile.days.ravel()) == {expected_kw}


@pytest.mark.parametrize(
    ("heading", "quantity", "words"),
    [
        ("time,Power (kVA)", "kW", "values in kVA"),
        ("time,Current [A]", "kW", "values in A"),
        ("time,Gas (m³)", "kW", "values in m³"),
        ("time,Heat (MJ)", "kW", "values in MJ"),
        ("time,Temperature [°C]", "kW", "values in °C"),
        ("time,Price (EUR/MWh)", "kW", "values in EUR/MWh"),
        ("time,Load (kW)", "MAD/kWh", "values in kW"),
        ("time,Price (EUR)", "MAD/kWh", "values in EUR"),
        ("time,Price (MAD/kWh)", "g/kWh", "values in MAD/kWh"),
        ("time,Price (BTC/kWh)", "MAD/kWh", "values in BTC/kWh"),
        ("time,Price (EUR/MWh)", "MAD/kWh", "give the rate, the MAD for one EUR"),
        ("time,ct/kWh", "MAD/kWh", "the MAD for one EUR"),
        ("time,$/kWh", "MAD/kWh", "the MAD for one USD"),
    ],
)
def test_a_unit_without_a_conversion_is_refused_by_its_name(heading: str, quantity: str, words: str) -> None:
    (sentence,) = list_sentences(write_day(heading, lambda hour: 50 + hour), quantity)
    assert words in sentence


@pytest.mark.parametrize(
    ("unit", "quantity", "options", "factor"),
    [
        ("EUR/MWh", "MAD/kWh", {"rate": 10.8}, 0.0108),
        ("€/MWh", "MAD/kWh", {"rate": 10.8}, 0.0108),
        ("EUR per kWh", "MAD/kWh", {"rate": 10.0}, 10.0),
        ("ct/kWh", "MAD/kWh", {"rate": 10.0}, 0.1),
        ("MAD/MWh", "MAD/kWh", {}, 1e-3),
        ("DH/kWh", "MAD/kWh", {}, 1.0),
        ("gCO2eq/kWh", "g/kWh", {}, 1.0),
        ("kgCO2/MWh", "g/kWh", {}, 1.0),
        ("t/MWh", "g/kWh", {}, 1000.0),
    ],
)
def test_prices_and_factors_are_converted(unit: str, quantity: str, options: dict[str, Any], factor: float) -> None:
    rows = write_day(f"time,Value ({unit})", lambda hour: (hour + 1) / 10)
    expected = [pytest.approx([factor * (hour + 1) / 10 for hour in HOURS])]
    assert read_valid(rows, quantity, **options).days.tolist() == expected
    assert (
        read_valid(write_day("", lambda hour: (hour + 1) / 10), quantity, unit=unit, **options).days.tolist()
        == expected
    )


def test_what_no_heading_says_is_assumed_and_said() -> None:
    notes = [str(note) for note in read(write_day("", lambda hour: hour)).notes]
    assert notes == ["file: no unit is named: kW is assumed"]
    assert [str(note) for note in read(write_day("time,W", lambda hour: hour)).notes] == [
        "file: values in W are converted to kW"
    ]


def test_a_choice_of_unit_that_is_none_is_refused() -> None:
    assert list_sentences(write_day("", str), unit="furlongs") == ["unit: must be a unit such as kW, not furlongs"]


@pytest.mark.parametrize(
    "write_value",
    [
        lambda hour: f'"{980 + 10 * hour:,}"',
        lambda hour: f"{980 + 10 * hour:,}".replace(",", " "),
        lambda hour: f"{980 + 10 * hour:,}".replace(",", "\u202f"),
        lambda hour: f"{980 + 10 * hour:,}".replace(",", "'"),
        lambda hour: f"{980 + 10 * hour:,}".replace(",", "."),
        lambda hour: f'"{980 + 10 * hour:,}.00"',
        lambda hour: f"{980 + 10 * hour:,}".replace(",", ".") + ",00",
        lambda hour: f"{980 + 10 * hour:,}.00".replace(",", "'"),
        lambda hour: f'"{980 + 10 * hour:,}.5"'.replace(".5", ""),
    ],
)
def test_marks_of_thousands_are_recognised(write_value: Callable[[int], str]) -> None:
    profile = read_valid(write_day("time;kW", write_value, separator=";"))
    assert profile.days[0][:4].tolist() == [980.0, 990.0, 1000.0, 1010.0]


def test_decimals_of_three_digits_stay_decimals() -> None:
    assert read_valid(write_day("time,kW", lambda _: "1.250")).days[0][0] == 1.25
    assert read_valid(write_day("time;kW", lambda _: "1,250", separator=";")).days[0][0] == 1.25
    assert (
        read_valid(write_day("time;kW", lambda hour: ["0", "0,850", "1,250"][hour % 3], separator=";")).days[0][1]
        == 0.85
    )
    mixed = write_day("time,kW", lambda hour: ["1", "1.250", "2", "0.5"][hour % 4])
    assert read_valid(mixed).days[0][:4].tolist() == [1.0, 1.25, 2.0, 0.5]


def test_commas_that_may_be_either_mark_ask_for_a_choice() -> None:
    rows = write_day("time,kW", lambda hour: f'"1,{100 + hour}"')
    assert list_sentences(rows) == [
        "decimal: has numbers such as 1,100, which can be read in two ways: choose the decimal mark"
    ]
    assert read_valid(rows, decimal=",").days[0][0] == pytest.approx(1.1)
    assert read_valid(rows, decimal=".").days[0][0] == 1100.0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_every_usual_encoding_and_separator_is_read(encoding: str, separator: str) -> None:
    rows = write_day(f"Heure{separator}Puissance appelée (kW)", lambda hour: f"{500 + hour},5", separator=separator)
    assert read_valid("\r\n".join(rows).encode(encoding)).days.tolist() == [[value + 0.5 for value in RISING]]


@pytest.mark.parametrize(
    "rows",
    [
        ["sep=;", *write_day("Heure;kW", lambda hour: 500 + hour, separator=";")],
        [f"{row};" for row in write_day("Heure;kW", lambda hour: 500 + hour, separator=";")],
        [f"{row},VAL" for row in write_day("time,kW", lambda hour: 500 + hour)],
        [f"{row},{k}" for k, row in enumerate(write_day("time,kW", lambda hour: 500 + hour))],
        ["Export;15/12/2026", "", "Site;A", *write_day("Heure;kW", lambda hour: 500 + hour, separator=";")],
        ["Zeit;Leistung", ";[kW]", *write_day("", lambda hour: 500 + hour, separator=";")],
        [*write_day("time,kW", lambda hour: 500 + hour), "Total,12276"],
        ["time,kW", *(f"{hour:02d}:00 - {hour + 1:02d}:00,{500 + hour}" for hour in HOURS)],
        ["from,to,kW", *(f"{hour:02d}:00,{hour + 1:02d}:00,{500 + hour}" for hour in HOURS)],
        ["hour,kW", *(f"{hour}h00,{500 + hour}" for hour in HOURS)],
        ["end,kW", *(f"{hour + 1:02d}:00,{500 + hour}" for hour in HOURS)],
        ["time,kW", *(f"{(hour + 1) % 24:02d}:00,{500 + hour}" for hour in HOURS)],
        write_day("time,kW", lambda hour: 500 + hour)[:1] + write_day("", lambda hour: 500 + hour)[::-1],
    ],
)
def test_a_typical_day_is_read_in_the_shapes_of_its_sources(rows: list[str]) -> None:
    assert read_valid(rows).days.tolist() == [RISING]


ENEDIS = [
    "Identifiant PRM;Type de donnees;Unite;Pas en minutes",
    "00000000000000;Courbe de charge;W;30",
    "Horodate;Valeur",
    *(f"{(DAY + timedelta(minutes=30 * k + 30)).strftime('%Y-%m-%dT%H:%M:%S')}+01:00;{800 + k}" for k in range(48)),
]
ENTSOE = [
    '"MTU (UTC)","Area","Sequence","Day-ahead Price (EUR/MWh)"',
    *(
        f'"{start:%d/%m/%Y %H:%M:%S} - {start + timedelta(hours=1):%d/%m/%Y %H:%M:%S}","BZN|XX","-","{60 + hour}.50"'
        for hour in HOURS
        for start in [DAY + timedelta(hours=hour)]
    ),
]
GREEN_BUTTON = [
    "Name,NAME",
    "Account Number,0000000000",
    "",
    "TYPE,DATE,START TIME,END TIME,USAGE (kWh),COST,NOTES",
    *(f"Electric usage,2026-12-15,{hour:02d}:00,{hour:02d}:59,{5 + hour / 10:.2f},$0.25," for hour in HOURS),
]
OMIE = ["MARGINALPDBC;", *(f"2026;12;15;{hour + 1};{44 + hour}.9;{44 + hour}.9;" for hour in HOURS), "*"]


def test_the_export_of_a_french_meter_is_a_local_day_in_watts_at_the_end_of_its_steps() -> None:
    reading = read(ENEDIS)
    profile = reading.profile
    assert profile
    assert (profile.start, profile.step_min) == (DAY - timedelta(hours=1), 30)
    assert profile.content == np.multiply([800.0 + k for k in range(48)], 1e-3).tobytes()
    assert reading.proposal
    assert (reading.proposal.unit, reading.proposal.stamp) == ("W", "end")


def test_the_export_of_a_transparency_platform_is_prices_of_ranges() -> None:
    profile = read_valid(ENTSOE, "MAD/kWh", rate=10.0)
    assert (profile.start, profile.step_min) == (DAY, 60)
    assert profile.days.tolist() == [pytest.approx([(60.5 + hour) / 100 for hour in HOURS])]


def test_a_green_button_file_is_energies_below_a_preamble() -> None:
    profile = read_valid(GREEN_BUTTON)
    assert profile.start == DAY
    assert profile.days.tolist() == [pytest.approx([5 + hour / 10 for hour in HOURS])]


def test_omie_s_prices_have_their_unit_and_dates_in_parts() -> None:
    assert "give the rate" in list_sentences(OMIE, "MAD/kWh")[0]
    profile = read_valid(OMIE, "MAD/kWh", rate=10.0)
    assert (profile.start, profile.days[0][0]) == (DAY, pytest.approx(0.449))


def test_several_columns_ask_for_a_choice_and_take_it() -> None:
    rows = ["time,House,Workshop", *(f"{hour:02d}:00,{hour},{500 + hour}" for hour in HOURS)]
    assert list_sentences(rows) == ["column: has several columns of numbers: choose one of House, Workshop"]
    for choice in ("Workshop", "workshop", "work", "3", 3):
        assert read_valid(rows, column=choice).days.tolist() == [RISING]
    assert "choose one of House, Workshop" in list_sentences(rows, column="Garage")[0]


def test_the_column_whose_unit_fits_is_taken() -> None:
    rows = ["time,Temp (°C),Load (kW),Price (EUR/MWh)", *(f"{h:02d}:00,20,{500 + h},60" for h in HOURS)]
    assert read_valid(rows).days.tolist() == [RISING]
    assert read_valid(rows, "MAD/kWh", rate=10.0).days[0][0] == pytest.approx(0.6)


def test_negative_prices_are_taken() -> None:
    profile = read_valid(write_day("time,MAD/kWh", lambda hour: -0.5 if 11 <= hour < 15 else 1.2), "MAD/kWh")
    assert profile.days[0][10:12].tolist() == [1.2, -0.5]


@pytest.mark.parametrize("stamp", ["start", "end"])
def test_the_stamp_of_the_user_is_taken(stamp: str) -> None:
    rows = write_dated(list_hours("%Y-%m-%d %H:%M", n=48))
    assert read_valid(rows, stamp=stamp).start == DAY - timedelta(hours=stamp == "end")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"time_zone": "Mars/Olympus"}, "time_zone: must be a time zone such as Europe/Paris, not Mars/Olympus"),
        ({"time_zone": "../../etc/passwd"}, "time_zone: must be a time zone"),
        ({"time_zone": 3}, "time_zone: must be a text, not 3"),
        ({"stamp": "middle"}, "stamp: must be one of start, end, not middle"),
        ({"fill": True}, "fill: must be one of no, linear"),
        ({"decimal": ";"}, "decimal: must be one of"),
        ({"rate": -1}, "rate: must be MAD for one unit"),
        ({"rate": float("nan")}, "rate: must be MAD for one unit"),
        ({"rate": "ten"}, "rate: must be MAD for one unit"),
        ({"unit": 3}, "unit: must be a text, not 3"),
        ({"column": 2.5}, "column: must be a text, not 2.5"),
        ({"time_column": True}, "time_column: must be a text, not True"),
    ],
)
def test_a_wrong_option_is_a_sentence(options: dict[str, Any], words: str) -> None:
    assert list_sentences(write_day("time,kW", str), **options)[0].startswith(words)


def test_a_time_zone_of_a_typical_day_is_refused() -> None:
    (sentence,) = list_sentences(write_day("time,kW", str), time_zone="Europe/Paris")
    assert sentence == "time_zone: must be left out: times without a date are UTC"
