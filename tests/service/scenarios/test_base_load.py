"""Base load: the measured day shape on its dates, its steps by hand, and damaged files."""

from __future__ import annotations

import json
import math
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.datasets.load_shapes import parse_load_shapes
from ev2gym_dashboard.service.datasets.packaged import read_load_shapes
from ev2gym_dashboard.service.scenarios.base_load import compute_base_load_kw, interpolate_shape

TEXT = (Path(__file__).parents[3] / "data" / "tetouan_load.json").read_text(encoding="utf-8")
WINTER, SUMMER, RAMADAN = date(2026, 12, 15), date(2026, 7, 15), date(2027, 2, 20)


def find_shape_name(day: date) -> str:
    shapes = read_load_shapes()
    return next(name for name, shape in shapes.shapes.items() if shape == shapes.find_shape(day))


def list_issue_fields(document: object) -> set[str]:
    with pytest.raises(ValidationError) as error:
        parse_load_shapes(json.dumps(document).encode())
    return {issue.field for issue in error.value.issues}


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 3, 31), "winter"),
        (date(2026, 4, 1), "summer"),
        (date(2026, 9, 30), "summer"),
        (date(2026, 10, 1), "winter"),
        (date(2024, 3, 11), "winter"),
        (date(2024, 3, 12), "ramadan"),
        (date(2024, 4, 9), "ramadan"),
        (date(2024, 4, 10), "summer"),
        (date(2027, 2, 7), "winter"),
        (date(2027, 2, 8), "ramadan"),
        (date(2027, 3, 8), "ramadan"),
        (date(2027, 3, 9), "winter"),
        (date(2030, 1, 5), "ramadan"),
        (date(2030, 12, 31), "ramadan"),
        (date(2050, 1, 1), "winter"),
    ],
)
def test_the_date_decides_between_winter_summer_and_ramadan(day: date, name: str) -> None:
    assert find_shape_name(day) == name


def test_the_listed_years_are_those_in_which_a_listed_ramadan_begins() -> None:
    assert read_load_shapes().ramadan_years == frozenset(range(2024, 2033))


def test_every_year_from_2024_to_2032_has_a_ramadan_of_29_or_30_days() -> None:
    periods = read_load_shapes().ramadan
    assert {first.year for first, _ in periods} == set(range(2024, 2033))
    assert {(last - first).days + 1 for first, last in periods} <= {29, 30}
    gaps = {(after[0] - before[0]).days for before, after in pairwise(periods)}
    assert gaps <= {353, 354, 355}, "a lunar year"


def test_a_step_in_winter_has_the_mean_worked_out_by_hand() -> None:
    hourly = compute_base_load_kw(WINTER, 60, peak_kw=100)
    # 19 h: half from 98.55 to 100 (mean 99.275), half from 100 to 99.65 (mean 99.825).
    assert hourly[19] == pytest.approx((98.55 + 2 * 100 + 99.65) / 4)
    # 0 h: the day follows itself, from 75.7 at 23:30 over 70.65 at midnight to 65.6 at 0:30.
    assert hourly[0] == pytest.approx((70.65 + 2 * 65.6 + 62.3) / 4)
    quarters = compute_base_load_kw(WINTER, 15, peak_kw=100)
    assert quarters[0] == pytest.approx((70.65 + (70.65 + 65.6) / 2) / 2)


def test_the_measured_values_hold_at_the_middle_of_their_hour() -> None:
    shape = read_load_shapes().shapes["summer"]
    by_minute = interpolate_shape(shape)
    middle = (by_minute[29::60] + by_minute[30::60]) / 2
    np.testing.assert_allclose(middle, shape, atol=0.002)


@pytest.mark.parametrize("day", [WINTER, SUMMER, RAMADAN])
@pytest.mark.parametrize("timestep_min", [1, 5, 15, 30, 32, 60])
def test_energy_of_a_day_does_not_depend_on_the_step(day: date, timestep_min: int) -> None:
    load_kw = compute_base_load_kw(day, timestep_min, peak_kw=80)
    assert load_kw.shape == (1440 // timestep_min,)
    assert load_kw.mean() == pytest.approx(80 * np.mean(read_load_shapes().find_shape(day)), rel=1e-12)
    assert 0 < load_kw.min() < load_kw.max() <= 80


def test_the_load_grows_with_the_peak_and_may_be_zero() -> None:
    np.testing.assert_allclose(
        compute_base_load_kw(SUMMER, 15, peak_kw=200), 2 * compute_base_load_kw(SUMMER, 15, peak_kw=100)
    )
    assert not compute_base_load_kw(SUMMER, 15, peak_kw=0).any()


@pytest.mark.parametrize("peak_kw", [-1, math.nan, math.inf])
def test_a_peak_below_zero_or_not_finite_is_refused(peak_kw: float) -> None:
    with pytest.raises(ValueError, match="peak_kw"):
        compute_base_load_kw(SUMMER, 15, peak_kw=peak_kw)


def test_in_ramadan_the_night_is_busier_than_in_winter() -> None:
    ramadan, winter = (compute_base_load_kw(day, 60, peak_kw=1) for day in (RAMADAN, WINTER))
    assert (ramadan[:4] > winter[:4] + 0.15).all()


def test_the_shapes_name_their_source_and_their_assumptions() -> None:
    shapes = read_load_shapes()
    assert "10.24432/C5B034" in shapes.source
    assert "Assumption" in shapes.note
    assert "Umm al-Qura" in shapes.ramadan_source
    assert "a day later" in shapes.ramadan_note


def test_every_issue_of_a_damaged_file_is_listed_at_once() -> None:
    document = json.loads(TEXT)
    document["shapes"]["winter"][3] = None
    document["shapes"]["summer"] = [0.5] * 24
    document["shapes"]["ramadan"] = [1.0] * 23
    document["ramadan"]["periods"][0]["last_day"] = "2024-03-11"
    document["ramadan"]["periods"][1]["first_day"] = "2025"
    document["ramadan"]["periods"][2] = "2026"
    document["source"] = ""
    assert list_issue_fields(document) >= {
        "shapes.winter",
        "shapes.summer",
        "shapes.ramadan",
        "ramadan.periods.0",
        "ramadan.periods.1.first_day",
        "ramadan.periods.2.first_day",
        "ramadan.periods.2.last_day",
        "source",
    }


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b"{}", b"[" * 100_000, b'{"shapes": 3, "ramadan": []}'])
def test_another_file_raises_a_validation_error(content: bytes) -> None:
    with pytest.raises(ValidationError):
        parse_load_shapes(content)


def test_no_two_ramadans_overlap_or_touch() -> None:
    periods = read_load_shapes().ramadan
    assert len(periods) > 1
    for before, after in pairwise(periods):
        assert before[1] + timedelta(days=1) < after[0]
