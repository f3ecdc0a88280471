"""Exogenous series of a day: in UTC, a value per step, shared and read-only."""

from __future__ import annotations

import numpy as np
import pytest

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.site.exogenous import HP, POSTES
from ev2gym_dashboard.service.scenarios.exogenous import make_exogenous_source


@pytest.mark.parametrize("timestep_min", [1, 5, 15, 32, 60])
def test_each_series_has_one_value_per_step(timestep_min: int) -> None:
    scenario = Scenario(timestep_min=timestep_min)
    day = make_exogenous_source(scenario)(0)
    lengths = {len(series) for series in (day.hour_h, day.price_mad_kwh, day.poste, day.solar_kw_per_kwp)}
    assert lengths == {scenario.steps_per_day}
    assert (day.hour_h[0], day.hour_h[-1]) == (0, 24 - timestep_min / 60)


def test_days_are_counted_from_the_start_across_the_change_of_season() -> None:
    make_day = make_exogenous_source(Scenario(start="2026-09-30T12:00", timestep_min=60))
    assert np.flatnonzero(make_day(0).poste == HP).tolist() == [18, 19, 20, 21, 22]
    assert np.flatnonzero(make_day(1).poste == HP).tolist() == [17, 18, 19, 20, 21]


@pytest.mark.parametrize(
    ("day", "clock", "hours"),
    [
        ("2026-12-15", "gmt", [17, 18, 19, 20, 21]),
        ("2026-12-15", "legal", [17, 18, 19, 20, 21]),
        ("2026-09-21", "legal", [18, 19, 20, 21, 22]),
        ("2026-09-19", "gmt", [18, 19, 20, 21, 22]),
        ("2026-09-19", "legal", [17, 18, 19, 20, 21]),
        ("2026-06-15", "legal", [17, 18, 19, 20, 21]),
        ("2026-03-01", "gmt", [17, 18, 19, 20, 21]),
        ("2026-03-01", "legal", [17, 18, 19, 20, 21]),
        ("2026-02-10", "legal", [16, 17, 18, 19, 20]),
        ("2018-01-15", "legal", [17, 18, 19, 20, 21]),
        ("2019-01-15", "legal", [16, 17, 18, 19, 20]),
    ],
)
def test_the_tariff_follows_its_clock_before_and_after_20_september_2026(
    day: str, clock: str, hours: list[int]
) -> None:
    scenario = Scenario(start=day, timestep_min=60, tariff="mt_general", tariff_clock=clock)
    series = make_exogenous_source(scenario)(0)
    assert np.flatnonzero(series.poste == HP).tolist() == hours
    assert np.flatnonzero(series.price_mad_kwh == 1.4157).tolist() == hours
    assert np.flatnonzero(series.export_mad_kwh == 0.21).tolist() == (hours if day >= "2026-03-01" else [])


def test_the_last_hour_of_a_day_under_utc_plus_one_is_the_first_of_the_next_legal_day() -> None:
    scenario = Scenario(start="2026-03-31", timestep_min=60, tariff="mt_general", tariff_clock="legal")
    winter, summer = ([POSTES[code] for code in make_exogenous_source(scenario)(n).poste] for n in (0, 1))
    assert winter == ["HC"] * 6 + ["HPL"] * 10 + ["HP"] * 5 + ["HC"] * 3
    assert summer == ["HC"] * 6 + ["HPL"] * 11 + ["HP"] * 5 + ["HC"] * 2


def test_saturday_and_sunday_are_the_weekend() -> None:
    make_day = make_exogenous_source(Scenario(start="2026-12-14T00:00"))
    assert [make_day(number).weekend for number in range(7)] == [False] * 5 + [True] * 2


def test_a_start_with_an_offset_counts_as_its_utc_day() -> None:
    make_day = make_exogenous_source(Scenario(start="2026-10-01T00:30+01:00"))
    assert np.flatnonzero(make_day(0).poste == HP)[0] == 18 * 4


def test_price_and_sun_are_those_of_the_date() -> None:
    day = make_exogenous_source(Scenario(start="2026-12-15T16:00", timestep_min=60))(0)
    assert (day.price_mad_kwh[16], day.price_mad_kwh[17], day.price_mad_kwh[22]) == (1.3472, 2.4250, 1.3472)
    assert day.solar_kw_per_kwp[12] > 0.5
    assert day.solar_kw_per_kwp[18] == 0


def test_a_day_is_made_once_and_cannot_be_changed() -> None:
    first, again = (make_exogenous_source(Scenario(seed=seed))(3) for seed in (1, 2))
    assert first is again
    with pytest.raises(ValueError, match="read-only"):
        first.price_mad_kwh[0] = 0.0


def test_two_tariffs_on_one_day_differ_in_price_alone() -> None:
    two = [make_exogenous_source(Scenario(tariff=key))(0) for key in ("mt_general", "grands_comptes")]
    assert (two[0].poste == two[1].poste).all()
    assert (two[0].price_mad_kwh != two[1].price_mad_kwh).all()
