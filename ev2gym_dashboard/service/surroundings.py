"""Surroundings: makes the series of a day out of its date, the tariff, the sun and the load of the site."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from ev2gym_dashboard.core.scenario import MINUTES_PER_DAY, Scenario
from ev2gym_dashboard.core.surroundings import Surroundings, SurroundingsOfDay
from ev2gym_dashboard.core.tariff import export_mad_kwh, poste_of, price_mad_kwh
from ev2gym_dashboard.service.load_shape import base_load_kw
from ev2gym_dashboard.service.sun import solar_kw_per_kwp
from ev2gym_dashboard.service.tariff_choice import monthly_kwh, tariff_of

SATURDAY = 5
DAYS_KEPT = 512


def surroundings_of(scenario: Scenario) -> SurroundingsOfDay:
    """Return the function that gives the surroundings of a scenario's days by their number, 0 being the first."""
    first = scenario.start_time.date()

    def of_day(number: int) -> Surroundings:
        return surroundings_on(scenario, first + timedelta(days=number))

    return of_day


@lru_cache(maxsize=DAYS_KEPT)
def surroundings_on(scenario: Scenario, day: date) -> Surroundings:
    """Return the surroundings of one day, UTC, of a scenario; the arrays are read-only, as they are shared."""
    hour_h = np.arange(0, MINUTES_PER_DAY, scenario.timestep_min) / 60.0
    tariff, size = tariff_of(scenario), scenario.fleet_size
    per_kwp = scenario.cloud_factor * solar_kw_per_kwp(day, scenario.timestep_min)
    surroundings = Surroundings(
        weekend=day.weekday() >= SATURDAY,
        hour_h=hour_h,
        price_mad_kwh=price_mad_kwh(tariff, day, hour_h, monthly_kwh=monthly_kwh(scenario)),
        poste=poste_of(tariff, day, hour_h),
        export_mad_kwh=export_mad_kwh(tariff, day, hour_h),
        solar_kw_per_kwp=per_kwp,
        solar_kw=per_kwp * scenario.pv_kwp_per_vehicle * size,
        base_load_kw=base_load_kw(day, scenario.timestep_min, peak_kw=scenario.base_load_kw_per_vehicle * size),
        limit_kw=scenario.limit_kw * (1.0 - scenario.event_reduction * _in_event(scenario, hour_h)),
    )
    for series in fields(Surroundings)[1:]:
        getattr(surroundings, series.name).flags.writeable = False
    return surroundings


def _in_event(scenario: Scenario, hour_h: np.ndarray[tuple[int], np.dtype[np.float64]]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    after_h = (hour_h - scenario.event_start_h) % 24.0
    return after_h < scenario.event_minutes / 60.0
