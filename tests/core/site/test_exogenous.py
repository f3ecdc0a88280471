"""Moments of a day: each field comes from its own series, and looks ahead over midnight."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard.core.site.ahead import Ahead
from ev2gym_dashboard.core.site.exogenous import HP, POSTES, ExogenousDay, make_moments
from ev2gym_dashboard.core.site.moment import Moment

HN = POSTES.index("HN")
SERIES = ("price_mad_kwh", "export_mad_kwh", "solar_kw_per_kwp", "solar_kw", "base_load_kw", "limit_kw")


def make_day(*, peak_hours: range = range(17, 22)) -> ExogenousDay:
    """Return a day of hours whose series all differ."""
    hour_h = np.arange(24.0)
    series: dict[str, Any] = {name: 100.0 * (k + 1) + hour_h for k, name in enumerate(SERIES)}
    poste = np.where(np.isin(hour_h, peak_hours), HP, HN).astype(np.int8)
    return ExogenousDay(weekend=False, hour_h=hour_h, poste=poste, **series)


@pytest.mark.parametrize("name", ["hour_h", *SERIES])
def test_a_field_of_a_moment_has_the_values_of_the_series_of_its_name(name: str) -> None:
    day = make_day()
    assert [getattr(moment, name) for moment in make_moments(day, day)] == getattr(day, name).tolist()


AHEAD = ("price_ahead_mad_kwh", "surplus_price_ahead_mad_kwh")


def test_every_field_of_a_moment_is_a_plain_number_but_the_hours_ahead() -> None:
    moment = make_moments(make_day(), make_day())[0]
    types = {field.name: type(getattr(moment, field.name)) for field in fields(Moment)}
    assert {types.pop(name) for name in AHEAD} == {np.ndarray}
    assert types.pop("ahead") is Ahead
    assert set(types.values()) == {float, int, bool}


SERIES_AHEAD = ("price_mad_kwh", "export_mad_kwh", "solar_kw", "base_load_kw", "limit_kw")


@pytest.mark.parametrize("name", SERIES_AHEAD)
def test_the_24_hours_ahead_begin_with_the_step_and_go_on_into_tomorrow(name: str) -> None:
    series_by_day: list[dict[str, Any]] = [{name: np.arange(24.0) + first} for first in (0.0, 100.0)]
    today, tomorrow = (replace(make_day(), **series) for series in series_by_day)
    for step in (0, 7, 23):
        series = getattr(make_moments(today, tomorrow)[step].ahead, name)
        assert series.tolist() == [*range(step, 24), *range(100, 100 + step)]
        with pytest.raises(ValueError, match="read-only"):
            series[0] = 1.0


def test_a_moment_knows_its_date_and_the_day_of_the_week() -> None:
    moment = make_moments(replace(make_day(), day_ordinal=date(2026, 12, 20).toordinal()), make_day())[5]
    assert (moment.date, moment.weekday) == (date(2026, 12, 20), 6)
    assert moment.ahead.surplus_kw.tolist() == np.maximum(moment.ahead.solar_kw - moment.ahead.base_load_kw, 0).tolist()


def test_the_prices_ahead_reach_to_the_end_of_tomorrow_and_surplus_is_free() -> None:
    today = replace(make_day(), solar_kw=np.zeros(24), base_load_kw=np.ones(24))
    tomorrow = replace(today, solar_kw=np.where(np.arange(24) == 12, 2.0, 0.5), price_mad_kwh=np.full(24, 7.0))
    moment = make_moments(today, tomorrow)[22]
    assert moment.price_ahead_mad_kwh.tolist() == [*today.price_mad_kwh[22:], *[7.0] * 24]
    free = np.flatnonzero(moment.surplus_price_ahead_mad_kwh == 0.0)
    assert free.tolist() == [2 + 12]
    assert np.delete(moment.surplus_price_ahead_mad_kwh - moment.price_ahead_mad_kwh, free).tolist() == [0.0] * 25


def test_the_lowest_price_is_that_of_the_24_hours_ahead() -> None:
    cheap_from_3 = np.where(np.arange(24.0) >= 3.0, 1.0, 2.0)
    today, tomorrow = make_day(), replace(make_day(), price_mad_kwh=cheap_from_3)
    lowest = [moment.price_low_mad_kwh for moment in make_moments(today, tomorrow)]
    assert lowest[:5] == [100.0, 2.0, 2.0, 2.0, 1.0]


def test_the_time_to_the_peak_and_to_its_end_count_in_hours() -> None:
    moments = make_moments(make_day(), make_day())
    assert [moments[hour].hours_to_peak_h for hour in (15, 17, 21, 22)] == [2.0, 0.0, 0.0, 19.0]
    assert [moments[hour].hours_of_peak_left_h for hour in (15, 17, 21, 22)] == [0.0, 5.0, 1.0, 0.0]


def test_without_peak_hours_the_peak_never_comes() -> None:
    day = make_day(peak_hours=range(0))
    assert {moment.hours_to_peak_h for moment in make_moments(day, day)} == {np.inf}


@pytest.mark.parametrize(
    ("window", "hour_h", "expected"),
    [((18.0, 21.0), 18.0, True), ((18.0, 21.0), 21.0, False), ((22.0, 2.0), 1.0, True), ((22.0, 2.0), 2.0, False)],
)
def test_a_window_includes_its_start_and_may_pass_midnight(
    window: tuple[float, float], hour_h: float, expected: bool
) -> None:
    moment = make_moments(make_day(), make_day())[int(hour_h)]
    assert moment.is_in_hours(*window) is expected
