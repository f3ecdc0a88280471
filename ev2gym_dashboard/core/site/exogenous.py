"""Exogenous series: prices, sun, base load and limit of each step of a day."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Booleans, Floats
from ev2gym_dashboard.core.site.ahead import Ahead
from ev2gym_dashboard.core.site.moment import FIRST_DAY, Moment

POSTES = ("HP", "HPL", "HC", "HN")
HP = POSTES.index("HP")


@dataclass(frozen=True)
class ExogenousDay:
    """The series of one day, each of shape (steps_per_day,); a value at k holds over [k, k+1).

    Parameters
    ----------
    weekend : bool
        True on Saturday and Sunday.
    hour_h : time of day at which each step begins [h]
    price_mad_kwh : price of import, tax included [MAD/kWh]
    poste : index into ``POSTES``, ONEE's time-of-use period
    export_mad_kwh : price of export [MAD/kWh]
    solar_kw_per_kwp : mean PV output over the step, per installed kWp [kW/kWp]
    solar_kw : that of the site's own panels [kW]
    base_load_kw : load of the site without its EVs [kW]
    limit_kw : limit of the connection, in both directions [kW]
    day_ordinal : the day (UTC), counted as `date.toordinal` does
    """

    weekend: bool
    hour_h: Floats
    price_mad_kwh: Floats
    poste: NDArray[np.int8]
    export_mad_kwh: Floats
    solar_kw_per_kwp: Floats
    solar_kw: Floats
    base_load_kw: Floats
    limit_kw: Floats
    day_ordinal: int = FIRST_DAY


ExogenousSource = Callable[[int], ExogenousDay]
"""Returns the series of a day by its number, 0 being the day on which the run starts."""


def make_moments(today: ExogenousDay, tomorrow: ExogenousDay, *, cap_kw: float = math.inf) -> list[Moment]:
    """Return the moment of each step of a day under a site cap [kW], which looks ahead to the end of the next day."""
    n = len(today.hour_h)
    timestep_h = 24.0 / n
    peak = np.concatenate([today.poste, tomorrow.poste]) == HP
    price = np.concatenate([today.price_mad_kwh, tomorrow.price_mad_kwh])
    columns = {
        "hour_h": today.hour_h,
        "timestep_h": np.full(n, timestep_h),
        "price_mad_kwh": today.price_mad_kwh,
        "price_low_mad_kwh": np.lib.stride_tricks.sliding_window_view(price, n)[:n].min(axis=1),
        "peak": peak[:n],
        "hours_to_peak_h": _count_steps_to_condition(peak)[:n] * timestep_h,
        "hours_of_peak_left_h": _count_steps_to_condition(~peak)[:n] * timestep_h,
        "solar_kw_per_kwp": today.solar_kw_per_kwp,
        "solar_kw": today.solar_kw,
        "base_load_kw": today.base_load_kw,
        "limit_kw": today.limit_kw,
        "export_mad_kwh": today.export_mad_kwh,
        "cap_kw": np.full(n, cap_kw),
        "day_ordinal": np.full(n, today.day_ordinal),
    }
    has_surplus = np.concatenate([day.solar_kw > day.base_load_kw for day in (today, tomorrow)])
    ahead = {"price_ahead_mad_kwh": price, "surplus_price_ahead_mad_kwh": np.where(has_surplus, 0.0, price)}
    # Python's own numbers: a strategy compares scalars, and NumPy's would cost several times as much in each step.
    scalars = {name: values.tolist() for name, values in columns.items()}
    # Views of one array per day: the steps ahead would not be worth a copy for each step.
    tails = {name: [values[step:] for step in range(n)] for name, values in ahead.items()}
    # Objects of three references: a series ahead is put together only where a strategy reads it.
    objects = {"ahead": [Ahead(partial(_read_ahead, today, tomorrow, step)) for step in range(n)]}
    values = [(scalars | tails | objects)[field.name] for field in fields(Moment)]
    return [Moment(*row) for row in zip(*values, strict=True)]


def _read_ahead(today: ExogenousDay, tomorrow: ExogenousDay, step: int, name: str) -> Floats:
    """Return a series of the 24 h that begin with a step of today."""
    return np.concatenate([getattr(today, name)[step:], getattr(tomorrow, name)[:step]])


def _count_steps_to_condition(condition: Booleans) -> Floats:
    """Return for each step how many steps later the condition holds for the first time; infinity if it never does."""
    steps = np.arange(len(condition), dtype=np.float64)
    holds = np.where(condition, steps, np.inf)
    # The minimum from the end backwards is the nearest step ahead at which the condition holds.
    return np.minimum.accumulate(holds[::-1])[::-1] - steps
