"""Surroundings: makes the series of a day out of its date, the tariff and the sun."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from ev2gym_dashboard.core.scenario import MINUTES_PER_DAY, Scenario
from ev2gym_dashboard.core.surroundings import Surroundings, SurroundingsOfDay
from ev2gym_dashboard.core.tariff import Tariff, poste_of, price_mad_kwh
from ev2gym_dashboard.service.data import load_tariffs
from ev2gym_dashboard.service.sun import solar_kw_per_kwp

SATURDAY = 5
DAYS_KEPT = 512


def surroundings_of(scenario: Scenario) -> SurroundingsOfDay:
    """Return the function that gives the surroundings of a scenario's days by their number, 0 being the first."""
    tariff = load_tariffs()[scenario.tariff]
    first = scenario.start_time.date()

    def of_day(number: int) -> Surroundings:
        return surroundings_on(tariff, first + timedelta(days=number), scenario.timestep_min)

    return of_day


@lru_cache(maxsize=DAYS_KEPT)
def surroundings_on(tariff: Tariff, day: date, timestep_min: int) -> Surroundings:
    """Return the surroundings of one day, UTC, under a tariff; the arrays are read-only, as they are shared."""
    hour_h = np.arange(0, MINUTES_PER_DAY, timestep_min) / 60.0
    surroundings = Surroundings(
        weekend=day.weekday() >= SATURDAY,
        hour_h=hour_h,
        price_mad_kwh=price_mad_kwh(tariff, day, hour_h),
        poste=poste_of(tariff, day, hour_h),
        solar_kw_per_kwp=solar_kw_per_kwp(day, timestep_min),
    )
    for series in (hour_h, surroundings.price_mad_kwh, surroundings.poste, surroundings.solar_kw_per_kwp):
        series.flags.writeable = False
    return surroundings
