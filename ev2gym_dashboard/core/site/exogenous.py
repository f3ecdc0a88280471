"""What surrounds the fleet, as plain series per step of one day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.site.moment import Moment

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
    export_mad_kwh : what is paid for export [MAD/kWh]
    solar_kw_per_kwp : mean PV output over the step, per installed kWp [kW/kWp]
    solar_kw : that of the site's own panels [kW]
    base_load_kw : load of the site without its EVs [kW]
    limit_kw : what the connection carries, in both directions [kW]
    """

    weekend: bool
    hour_h: NDArray[np.float64]
    price_mad_kwh: NDArray[np.float64]
    poste: NDArray[np.int8]
    export_mad_kwh: NDArray[np.float64]
    solar_kw_per_kwp: NDArray[np.float64]
    solar_kw: NDArray[np.float64]
    base_load_kw: NDArray[np.float64]
    limit_kw: NDArray[np.float64]


ExogenousSource = Callable[[int], ExogenousDay]
"""Gives the series of a day by its number, 0 being the day on which the run starts."""


def make_moments(today: ExogenousDay, tomorrow: ExogenousDay) -> list[Moment]:
    """Return what a strategy sees of each step of a day, looking ahead to the end of the next one."""
    n = len(today.hour_h)
    timestep_h = 24.0 / n
    peak = np.concatenate([today.poste, tomorrow.poste]) == HP
    price = np.concatenate([today.price_mad_kwh, tomorrow.price_mad_kwh])
    columns = (
        today.hour_h,
        np.full(n, timestep_h),
        today.price_mad_kwh,
        np.lib.stride_tricks.sliding_window_view(price, n)[:n].min(axis=1),
        peak[:n],
        _count_steps_to_condition(peak)[:n] * timestep_h,
        _count_steps_to_condition(~peak)[:n] * timestep_h,
        today.solar_kw_per_kwp,
        today.solar_kw,
        today.base_load_kw,
        today.limit_kw,
        today.export_mad_kwh,
    )
    return [Moment(*values) for values in zip(*(column.tolist() for column in columns), strict=True)]


def _count_steps_to_condition(condition: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return for each step how many steps later the condition holds for the first time; infinity if it never does."""
    steps = np.arange(len(condition), dtype=np.float64)
    holds = np.where(condition, steps, np.inf)
    return np.minimum.accumulate(holds[::-1])[::-1] - steps
