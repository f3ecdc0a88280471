"""What surrounds the fleet, as plain series per step of one day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.view import Moment

POSTES = ("HP", "HPL", "HC", "HN")
HP = POSTES.index("HP")


@dataclass(frozen=True)
class Surroundings:
    """The series of one day, each of shape (steps_per_day,); a value at k holds over [k, k+1).

    Parameters
    ----------
    weekend : bool
        True on Saturday and Sunday.
    hour_h : time of day at which each step begins [h]
    price_mad_kwh : price of import, tax included [MAD/kWh]
    poste : index into ``POSTES``, ONEE's time-of-use period
    solar_kw_per_kwp : mean PV output over the step, per installed kWp [kW/kWp]
    """

    weekend: bool
    hour_h: NDArray[np.float64]
    price_mad_kwh: NDArray[np.float64]
    poste: NDArray[np.int8]
    solar_kw_per_kwp: NDArray[np.float64]


SurroundingsOfDay = Callable[[int], Surroundings]
"""Gives the series of a day by its number, 0 being the day on which the run starts."""


def moment_at(today: Surroundings, tomorrow: Surroundings, step: int) -> Moment:
    """Return what a strategy sees of step ``step`` of a day, looking ahead to the end of the next one."""
    timestep_h = 24.0 / len(today.hour_h)
    peak = np.concatenate([today.poste, tomorrow.poste])[step:] == HP
    price = np.concatenate([today.price_mad_kwh, tomorrow.price_mad_kwh])[step : step + len(today.hour_h)]
    return Moment(
        hour_h=float(today.hour_h[step]),
        timestep_h=timestep_h,
        price_mad_kwh=float(price[0]),
        price_low_mad_kwh=float(price.min()),
        peak=bool(peak[0]),
        hours_to_peak_h=_steps_until(peak) * timestep_h,
        hours_of_peak_left_h=_steps_until(~peak) * timestep_h,
        solar_kw_per_kwp=float(today.solar_kw_per_kwp[step]),
    )


def _steps_until(condition: NDArray[np.bool_]) -> float:
    return float(np.argmax(condition)) if condition.any() else np.inf
