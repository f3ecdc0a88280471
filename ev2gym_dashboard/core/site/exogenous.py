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


MOMENT_FIELDS = np.dtype(
    [
        ("hour_h", "f8"),
        ("timestep_h", "f8"),
        ("price_mad_kwh", "f8"),
        ("price_low_mad_kwh", "f8"),
        ("peak", "?"),
        ("hours_to_peak_h", "f8"),
        ("hours_of_peak_left_h", "f8"),
        ("solar_kw_per_kwp", "f8"),
        ("solar_kw", "f8"),
        ("base_load_kw", "f8"),
        ("limit_kw", "f8"),
        ("export_mad_kwh", "f8"),
        ("cap_kw", "f8"),
        ("day_ordinal", "i8"),
        ("other_load_kw", "f8"),
        ("surplus_kw", "f8"),
        ("import_limit_kw", "f8"),
        ("poste", "i8"),
    ]
)
"""The numbers of a `Moment`, its properties included, and its poste: a record per step, which compiled code reads."""


@dataclass(frozen=True, eq=False)
class SiteDay:
    """A day of the site as its steps see it, which look ahead to the end of the next day.

    Parameters
    ----------
    today, tomorrow : the series of both days
    moments : (steps per day,) records of `MOMENT_FIELDS`
    price_ahead_mad_kwh, surplus_price_ahead_mad_kwh : (2 * steps per day,) as in a `Moment`, from midnight on
    """

    today: ExogenousDay
    tomorrow: ExogenousDay
    moments: NDArray[np.void]
    price_ahead_mad_kwh: Floats
    surplus_price_ahead_mad_kwh: Floats

    def make_moment(self, step: int) -> Moment:
        """Return the moment of a step of the day."""
        # Python's own numbers: a strategy compares scalars, and NumPy's would cost several times as much in each step.
        numbers = dict(zip(MOMENT_FIELDS.names or (), self.moments[step].item(), strict=True))
        return Moment(
            **{name: numbers[name] for name in _MOMENT_NUMBERS},
            price_ahead_mad_kwh=self.price_ahead_mad_kwh[step:],
            surplus_price_ahead_mad_kwh=self.surplus_price_ahead_mad_kwh[step:],
            ahead=Ahead(partial(_read_ahead, self.today, self.tomorrow, step)),
        )


_MOMENT_NUMBERS = [field.name for field in fields(Moment) if field.name in (MOMENT_FIELDS.names or ())]


def make_site_day(today: ExogenousDay, tomorrow: ExogenousDay, *, cap_kw: float = math.inf) -> SiteDay:
    """Return a day of the site under a site cap [kW]."""
    n = len(today.hour_h)
    timestep_h = 24.0 / n
    peak = np.concatenate([today.poste, tomorrow.poste]) == HP
    price = np.concatenate([today.price_mad_kwh, tomorrow.price_mad_kwh])
    columns = {
        "timestep_h": timestep_h,
        "price_low_mad_kwh": _find_lowest_of_day(today.price_mad_kwh, tomorrow.price_mad_kwh),
        "peak": peak[:n],
        "hours_to_peak_h": _count_steps_to_condition(peak)[:n] * timestep_h,
        "hours_of_peak_left_h": _count_steps_to_condition(~peak)[:n] * timestep_h,
        "cap_kw": cap_kw,
        "other_load_kw": today.base_load_kw - today.solar_kw,
        "surplus_kw": np.maximum(today.solar_kw - today.base_load_kw, 0.0),
        "import_limit_kw": np.minimum(today.limit_kw, cap_kw),
    }
    moments = np.empty(n, MOMENT_FIELDS)
    for name in MOMENT_FIELDS.names or ():
        moments[name] = columns[name] if name in columns else getattr(today, name)
    has_surplus = np.concatenate([day.solar_kw > day.base_load_kw for day in (today, tomorrow)])
    return SiteDay(today, tomorrow, moments, price, np.where(has_surplus, 0.0, price))


def _find_lowest_of_day(today: Floats, tomorrow: Floats) -> Floats:
    """Return the lowest value of the 24 hours that begin with each step of today, (n,)."""
    # What is left of today, and what has begun of tomorrow: a window per step would take n times as long.
    lowest = np.minimum.accumulate(today[::-1])[::-1].copy()
    lowest[1:] = np.minimum(lowest[1:], np.minimum.accumulate(tomorrow)[:-1])
    return lowest


def make_moments(today: ExogenousDay, tomorrow: ExogenousDay, *, cap_kw: float = math.inf) -> list[Moment]:
    """Return the moment of each step of a day under a site cap [kW]."""
    day = make_site_day(today, tomorrow, cap_kw=cap_kw)
    return [day.make_moment(step) for step in range(len(today.hour_h))]


def _read_ahead(today: ExogenousDay, tomorrow: ExogenousDay, step: int, name: str) -> Floats:
    """Return a series of the 24 h that begin with a step of today."""
    return np.concatenate([getattr(today, name)[step:], getattr(tomorrow, name)[:step]])


def _count_steps_to_condition(condition: Booleans) -> Floats:
    """Return for each step how many steps later the condition holds for the first time; infinity if it never does."""
    steps = np.arange(len(condition), dtype=np.float64)
    holds = np.where(condition, steps, np.inf)
    # The minimum from the end backwards is the nearest step ahead at which the condition holds.
    return np.minimum.accumulate(holds[::-1])[::-1] - steps
