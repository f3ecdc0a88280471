"""Scalar reference: arrivals, stays and the series of the site by step, written from docs/physics.md."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass

from tests.reference.scalar_battery import EvseKind
from tests.reference.scalar_strategies import Site

TICKS_PER_H = 900
DAY_TICKS = 24 * TICKS_PER_H
MIN_TRIP_TICKS = TICKS_PER_H // 2


@dataclass(frozen=True)
class Draw:
    """The draw of a vehicle on a day: arrival [ticks after midnight], stay [h] and energy to drive [kWh]."""

    arrival_tick: int
    stay_h: float
    drive_kwh: float


@dataclass(frozen=True)
class Stay:
    """A stay; ticks and steps count from the midnight before the run.

    ``own_evse`` is the kind of an EVSE that is kept free for it, None if it waits for one of the site.
    """

    vehicle: int
    arrival_tick: int
    arrival_step: int
    departure_tick: int
    departure_step: int
    drive_kwh: float
    target_soc: float
    own_evse: EvseKind | None = None


@dataclass(frozen=True)
class SeriesDay:
    """The series of a day, a value per step."""

    hour_h: list[float]
    price_mad_kwh: list[float]
    export_mad_kwh: list[float]
    is_peak: list[bool]
    solar_kw: list[float]
    base_load_kw: list[float]
    limit_kw: list[float]


DrawDay = Callable[[int], dict[int, Draw]]
"""Returns the draws of a day by vehicle; a vehicle without an arrival is missing."""


def plan_stays(
    draw_day: DrawDay, first_day: int, last_day: int, steps_per_day: int, *, target_soc: float
) -> list[Stay]:
    """Return the stays that begin from the first to the last day."""
    stays: list[Stay] = []
    last_stay: dict[int, Stay] = {}
    for day in range(first_day, last_day + 1):
        for vehicle, draw in draw_day(day).items():
            stay = plan_stay(day, vehicle, draw, steps_per_day, target_soc=target_soc)
            if vehicle in last_stay and stay.arrival_tick < last_stay[vehicle].departure_tick + MIN_TRIP_TICKS:
                continue
            stays.append(stay)
            last_stay[vehicle] = stay
    return stays


def plan_stay(day: int, vehicle: int, draw: Draw, steps_per_day: int, *, target_soc: float) -> Stay:
    """Return the stay of a vehicle that is on the road as it arrives."""
    arrival, ticks_per_step = draw.arrival_tick, DAY_TICKS // steps_per_day
    arrival_step = min(round_to_step(arrival, steps_per_day), steps_per_day - 1)
    next_step_tick = math.ceil((arrival_step + 1) * ticks_per_step - ticks_per_step / 2)
    departure = max(arrival + math.floor(draw.stay_h * TICKS_PER_H), next_step_tick)
    ticks, steps = day * DAY_TICKS, day * steps_per_day
    return Stay(
        vehicle,
        arrival + ticks,
        arrival_step + steps,
        departure + ticks,
        round_to_step(departure, steps_per_day) + steps,
        round_to_single(draw.drive_kwh),
        target_soc,
    )


def round_to_step(tick: int, steps_per_day: int) -> int:
    ticks_per_step = DAY_TICKS // steps_per_day
    return (2 * tick + ticks_per_step) // (2 * ticks_per_step)


def round_to_single(value: float) -> float:
    """Return a number rounded to single precision."""
    single: float = struct.unpack("f", struct.pack("f", value))[0]
    return single


def make_site(today: SeriesDay, tomorrow: SeriesDay, step: int) -> Site:
    """Return the site in a step of a day."""
    n = len(today.hour_h)
    solar_kw, base_load_kw = today.solar_kw + tomorrow.solar_kw, today.base_load_kw + tomorrow.base_load_kw
    ahead = (today.is_peak + tomorrow.is_peak)[step:]
    return Site(
        hour_h=today.hour_h[step],
        price_mad_kwh=today.price_mad_kwh[step],
        lowest_price_mad_kwh=min((today.price_mad_kwh + tomorrow.price_mad_kwh)[step : step + n]),
        export_mad_kwh=today.export_mad_kwh[step],
        prices_ahead_mad_kwh=(today.price_mad_kwh + tomorrow.price_mad_kwh)[step:],
        surplus_ahead_kw=[max(pv - load, 0.0) for pv, load in zip(solar_kw, base_load_kw, strict=True)][step:],
        is_peak=today.is_peak[step],
        hours_to_peak=count_hours_until(ahead, True, 24.0 / n),
        hours_to_peak_end=count_hours_until(ahead, False, 24.0 / n),
        solar_kw=today.solar_kw[step],
        base_load_kw=today.base_load_kw[step],
        limit_kw=today.limit_kw[step],
    )


def count_hours_until(ahead: list[bool], value: bool, timestep_h: float) -> float:
    return ahead.index(value) * timestep_h if value in ahead else math.inf
