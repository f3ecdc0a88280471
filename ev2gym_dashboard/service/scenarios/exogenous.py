"""Exogenous series of a day: prices, solar output, base load and limit of the site."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date, timedelta
from functools import lru_cache, partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_checks import MINUTES_PER_DAY, MINUTES_PER_HOUR
from ev2gym_dashboard.core.scenario_options import GMT_CLOCK
from ev2gym_dashboard.core.site.exogenous import ExogenousDay, ExogenousSource
from ev2gym_dashboard.core.site.tariff import (
    compute_export_price_mad_kwh,
    compute_import_price_mad_kwh,
    find_postes,
)
from ev2gym_dashboard.service.scenarios.base_load import compute_base_load_kw
from ev2gym_dashboard.service.scenarios.profiles import resample_profile
from ev2gym_dashboard.service.scenarios.solar import PvPlant, compute_solar_kw_per_kwp, prepare_solar_days
from ev2gym_dashboard.service.scenarios.tariff import convert_to_tariff_time, estimate_monthly_kwh, find_tariff

SATURDAY = 5
MAX_CACHED_DAYS, MAX_CACHED_FINE_DAYS, FINE_MIN = 512, 64, 5
"""Days that are kept, and how many of them with steps shorter than `FINE_MIN`: a year by the minute takes 36 MiB."""
DAYS_AT_ONCE = 16
"""Days whose sun is computed together: with more, a day hardly costs less."""
MAX_SITES = 64
UNLIMITED_KW = 1e12
"""Limit that no site reaches; infinity would make room for charging infinite too, and its sums undefined."""
Value = TypeVar("Value", np.int8, np.float64)


def make_exogenous_source(scenario: Scenario) -> ExogenousSource:
    """Return the function that computes the exogenous day of a scenario by its number, 0 for the first.

    It is the same one for all runs of a site.
    """
    return _make_source(_make_baseline(scenario))


@lru_cache(maxsize=MAX_SITES)
def _make_source(scenario: Scenario) -> ExogenousSource:
    return partial(compute_exogenous_day, scenario)


def make_unlimited_source(scenario: Scenario) -> ExogenousSource:
    """Return the function that computes the exogenous day of a scenario whose connection has no limit.

    It is the same one for all runs of a site, so that these can share its days.
    """
    return _make_unlimited_source(_make_baseline(scenario))


@lru_cache(maxsize=MAX_SITES)
def _make_unlimited_source(scenario: Scenario) -> ExogenousSource:
    @lru_cache(maxsize=2)
    def compute_unlimited_day(day_number: int) -> ExogenousDay:
        day = compute_exogenous_day(scenario, day_number)
        return replace(day, limit_kw=np.full(day.limit_kw.shape, UNLIMITED_KW))

    return compute_unlimited_day


def _make_baseline(scenario: Scenario) -> Scenario:
    """Return the scenario by which the days are kept: those that differ in seed and strategy alone share them."""
    default = Scenario()
    return replace(scenario, seed=default.seed, strategy=default.strategy, v2g=default.v2g, params=default.params)


def prepare_days(scenario: Scenario, clock: int, n_steps: int) -> None:
    """Compute the sun of a week at once for steps of a day or more; ``clock`` counts from the first midnight.

    What a day costs alone is little to a live tick, and most of a long run, which may go on day by day.
    """
    per_day, start = scenario.steps_per_day, scenario.start_time
    if n_steps < per_day or scenario.pv_profile:
        return
    first_clock = (start.hour * MINUTES_PER_HOUR + start.minute) // scenario.timestep_min
    # The last step looks ahead to the day after it, beyond which a run seldom goes on.
    first, end, end_of_run = (
        clock // per_day,
        (clock + n_steps - 1) // per_day + 2,
        (first_clock + scenario.n_steps - 1) // per_day + 2,
    )
    days = range(first, max(end, min(first + DAYS_AT_ONCE, end_of_run)))
    dates = [start.date() + timedelta(days=day) for day in days]
    prepare_solar_days(dates, n_needed=end - first, plant=_find_plant(scenario))


def compute_exogenous_day(scenario: Scenario, day_number: int) -> ExogenousDay:
    """Return the exogenous series of a day (UTC) of a scenario, by the number of the day, in read-only arrays."""
    keep = _keep_day if scenario.timestep_min >= FINE_MIN else _keep_fine_day
    return keep(scenario, day_number)


def _compute_day(scenario: Scenario, day_number: int) -> ExogenousDay:
    day = scenario.start_time.date() + timedelta(days=day_number)
    hour_h = np.arange(0, MINUTES_PER_DAY, scenario.timestep_min) / 60.0
    tariff, solar_kw = find_tariff(scenario), _compute_solar_kw(scenario, day_number, day)
    exogenous = ExogenousDay(
        weekend=day.weekday() >= SATURDAY,
        hour_h=hour_h,
        price_mad_kwh=_compute_price_mad_kwh(scenario, day_number, day, hour_h),
        poste=_apply_tariff_clock(scenario, day, hour_h, partial(find_postes, tariff)),
        export_mad_kwh=_compute_export_mad_kwh(scenario, day_number, day, hour_h),
        solar_kw_per_kwp=solar_kw[0],
        solar_kw=solar_kw[1],
        base_load_kw=_compute_base_load_kw(scenario, day_number, day),
        limit_kw=_compute_limit_kw(scenario, day_number, day),
        day_ordinal=day.toordinal(),
    )
    # All runs of the process share a cached day.
    for series in fields(ExogenousDay):
        if isinstance(values := getattr(exogenous, series.name), np.ndarray):
            values.flags.writeable = False
    return exogenous


_keep_day = lru_cache(maxsize=MAX_CACHED_DAYS)(_compute_day)
_keep_fine_day = lru_cache(maxsize=MAX_CACHED_FINE_DAYS)(_compute_day)


def _compute_price_mad_kwh(scenario: Scenario, day_number: int, day: date, hour_h: Floats) -> Floats:
    if scenario.price_profile:
        return resample_profile(scenario.price_profile, day, day_number, scenario.timestep_min)
    monthly_kwh = estimate_monthly_kwh(scenario)
    compute_prices = partial(compute_import_price_mad_kwh, find_tariff(scenario), monthly_kwh=monthly_kwh)
    return _compute_step_means(scenario, day, hour_h, compute_prices)


def _compute_export_mad_kwh(scenario: Scenario, day_number: int, day: date, hour_h: Floats) -> Floats:
    if scenario.export_price_profile:
        return resample_profile(scenario.export_price_profile, day, day_number, scenario.timestep_min)
    compute_prices = partial(
        compute_export_price_mad_kwh,
        find_tariff(scenario),
        peak_mad_kwh=scenario.export_peak_mad_kwh,
        other_mad_kwh=scenario.export_other_mad_kwh,
    )
    return _compute_step_means(scenario, day, hour_h, compute_prices)


def _apply_tariff_clock(
    scenario: Scenario, day: date, hour_h: Floats, compute: Callable[[date, Floats], NDArray[Value]]
) -> NDArray[Value]:
    """Return a series of the tariff at times in UTC, from a function of date and time of day by the tariff's clock."""
    if scenario.tariff_clock == GMT_CLOCK and not find_tariff(scenario).time_zone:
        return compute(day, hour_h)
    minutes = np.rint(hour_h * MINUTES_PER_HOUR).astype("timedelta64[m]")
    return _compute_by_date(convert_to_tariff_time(scenario, np.datetime64(day, "m") + minutes), compute)


def _compute_step_means(
    scenario: Scenario, day: date, hour_h: Floats, compute: Callable[[date, Floats], Floats]
) -> Floats:
    """Return the means over the steps of a price, whose hours may begin within a step."""
    if not find_tariff(scenario).time_zone:
        # ONEE's hours are whole: the price at the beginning of a step holds throughout it.
        return _apply_tariff_clock(scenario, day, hour_h, compute)
    minute_h = np.arange(MINUTES_PER_DAY) / MINUTES_PER_HOUR
    steps = _apply_tariff_clock(scenario, day, minute_h, compute).reshape(len(hour_h), -1)
    # The mean of equal values could differ from them in its last bit.
    return np.where(steps.min(axis=1) == steps.max(axis=1), steps[:, 0], steps.mean(axis=1))


def _compute_by_date(time: NDArray[np.datetime64], compute: Callable[[date, Floats], NDArray[Value]]) -> NDArray[Value]:
    """Return the values at local times, from a function of date and time of day."""
    days = time.astype("datetime64[D]")
    hour_h = (time - days) / np.timedelta64(1, "h")
    parts = {day: days == day for day in np.unique(days)}
    values = {day: compute(day.item(), hour_h[rows]) for day, rows in parts.items()}
    result = np.empty(len(time), dtype=next(iter(values.values())).dtype)
    for day, rows in parts.items():
        result[rows] = values[day]
    return result


def _compute_base_load_kw(scenario: Scenario, day_number: int, day: date) -> Floats:
    if scenario.base_load_profile:
        return resample_profile(scenario.base_load_profile, day, day_number, scenario.timestep_min)
    peak_kw = scenario.base_load_kw_per_vehicle * scenario.fleet_size
    return compute_base_load_kw(day, scenario.timestep_min, peak_kw=peak_kw)


def _compute_solar_kw(scenario: Scenario, day_number: int, day: date) -> tuple[Floats, Floats]:
    """Return the PV output per installed kWp and that of the site, of the user's series or of the sun."""
    capacity_kwp = scenario.pv_kwp_per_vehicle * scenario.fleet_size
    if scenario.pv_profile:
        solar_kw = resample_profile(scenario.pv_profile, day, day_number, scenario.timestep_min)
        return solar_kw / capacity_kwp if capacity_kwp > 0.0 else np.zeros(solar_kw.shape), solar_kw
    per_kwp = _compute_solar_kw_per_kwp(scenario, day)
    return per_kwp, per_kwp * scenario.pv_kwp_per_vehicle * scenario.fleet_size


def _compute_solar_kw_per_kwp(scenario: Scenario, day: date) -> Floats:
    return scenario.cloud_factor * compute_solar_kw_per_kwp(day, scenario.timestep_min, plant=_find_plant(scenario))


def _find_plant(scenario: Scenario) -> PvPlant:
    return PvPlant(
        latitude_deg=scenario.latitude_deg,
        longitude_deg=scenario.longitude_deg,
        altitude_m=scenario.altitude_m,
        tilt_deg=scenario.tilt_deg,
        azimuth_deg=None if isinstance(scenario.azimuth_deg, str) else scenario.azimuth_deg,
    )


def _compute_limit_kw(scenario: Scenario, day_number: int, day: date) -> Floats:
    """Return the limit of the connection in each step, reduced in a demand-response event [kW]."""
    event_steps, start = scenario.event_steps, scenario.start_time
    # Steps count from the start of the run, days from the midnight before it.
    first_step = day_number * scenario.steps_per_day - (start.hour * 60 + start.minute) // scenario.timestep_min
    steps = np.arange(first_step, first_step + scenario.steps_per_day)
    in_event = (event_steps.start <= steps) & (steps < event_steps.stop)
    limit_kw = np.where(in_event, 1.0 - scenario.event_reduction, 1.0) * scenario.limit_kw
    if not scenario.limit_profile:
        return limit_kw
    return np.minimum(limit_kw, resample_profile(scenario.limit_profile, day, day_number, scenario.timestep_min))
