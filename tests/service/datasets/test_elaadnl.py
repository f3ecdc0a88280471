"""ElaadNL's session tables: shapes, sums, filled hours, and damaged files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ev2gym_dashboard.core.fleet.arrival_tables import fill_from_nearest_hour
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.datasets.elaadnl import PLACES, parse_charging_sessions
from ev2gym_dashboard.service.datasets.packaged import load_charging_sessions

TEXT = (Path(__file__).parents[3] / "data" / "elaadnl_sessions.json").read_text(encoding="utf-8")


def list_issue_fields(document: object) -> set[str]:
    with pytest.raises(ValidationError) as error:
        parse_charging_sessions(json.dumps(document).encode())
    return {issue.field for issue in error.value.issues}


@pytest.mark.parametrize("place", PLACES)
def test_arrivals_of_a_day_add_up_to_one(place: str) -> None:
    tables = load_charging_sessions()[place]
    assert tables.arrival_share_weekday.sum() == pytest.approx(1, abs=1e-12)
    assert tables.arrival_share_weekend.sum() == pytest.approx(0 if place == "work" else 1, abs=1e-12)


@pytest.mark.parametrize("place", PLACES)
def test_tables_cover_24_hours_and_quantiles_rise_from_zero(place: str) -> None:
    tables = load_charging_sessions()[place]
    for table in (tables.arrival_share_weekday, tables.mean_stay_h, tables.mean_energy_kwh):
        assert table.shape == (24,)
        assert (table >= 0).all()
    assert (tables.mean_stay_h > 0).all()
    assert (tables.quantile_points[0], tables.quantile_points[-1]) == (0, 1)
    for quantiles in (tables.stay_quantiles_h, tables.energy_quantiles_kwh):
        assert quantiles[0] == 0
        assert (np.diff(quantiles) > 0).all()


def test_the_figures_are_elaadnl_s() -> None:
    sessions = load_charging_sessions()
    assert sessions["home"].arrival_share_weekday[18] == pytest.approx(0.1702)
    assert sessions["work"].arrival_share_weekday.argmax() == 8
    assert sessions["public"].mean_stay_h[18] == 12.45
    medians = [
        (
            np.interp(0.5, s.quantile_points, s.energy_quantiles_kwh),
            np.interp(0.5, s.quantile_points, s.stay_quantiles_h),
        )
        for s in (sessions["home"], sessions["public"], sessions["work"])
    ]
    assert medians == [(19.4, 11.0), (7.2, 4.4), (8.8, 4.9)]


def test_hours_without_a_mean_take_the_nearest_hour_s_and_are_named() -> None:
    work = load_charging_sessions()["work"]
    assert work.filled_hours == (0, 1, 2, 3, 4, 19, 20, 21, 22, 23)
    assert (work.mean_stay_h[4], work.mean_stay_h[0], work.mean_stay_h[19], work.mean_stay_h[23]) == (
        8.25,
        8.25,
        2.55,
        2.55,
    )
    assert load_charging_sessions()["home"].filled_hours == ()


def test_the_nearest_hour_is_found_round_the_clock() -> None:
    values = np.full(24, np.nan)
    values[[2, 23]] = 2.0, 23.0
    filled = fill_from_nearest_hour(values)
    assert (filled[0], filled[1], filled[12], filled[13], filled[22]) == (23.0, 2.0, 2.0, 23.0, 23.0)


def test_every_issue_of_a_damaged_file_is_listed_at_once() -> None:
    document = json.loads(TEXT)
    document["places"]["home"]["arrival_share_weekday_pct"][3] = 50
    document["places"]["home"]["mean_stay_h"] = [1, 2]
    document["places"]["public"]["mean_energy_kwh"] = [None] * 24
    document["places"]["public"]["stay_h"][2] = 1000
    document["places"]["public"]["energy_kwh"][2] = 0.1
    del document["places"]["work"]
    assert list_issue_fields(document) >= {
        "places.home.arrival_share_weekday_pct",
        "places.home.mean_stay_h",
        "places.public.mean_energy_kwh",
        "places.public.stay_h",
        "places.public.energy_kwh",
        "places.work.mean_stay_h",
    }


@pytest.mark.parametrize("table", ["arrival_share_weekday_pct", "stay_h", "energy_kwh"])
def test_only_hourly_means_may_be_unknown(table: str) -> None:
    document = json.loads(TEXT)
    document["places"]["home"][table][1] = None
    assert f"places.home.{table}" in list_issue_fields(document)


@pytest.mark.parametrize("points", [[0, 0.5], [0, 0.7, 0.5, 1], [], "all", [0.1, 1], [0, None, 1]])
def test_shares_of_sessions_must_rise_from_zero_to_one(points: object) -> None:
    assert "share_of_sessions" in list_issue_fields(json.loads(TEXT) | {"share_of_sessions": points})


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000, b"[]", b"3", b"{}", b'{"places": 3}'])
def test_another_file_raises_a_validation_error(content: bytes) -> None:
    with pytest.raises(ValidationError):
        parse_charging_sessions(content)
