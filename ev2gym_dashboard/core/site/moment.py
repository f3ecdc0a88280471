"""Moment: one step of the site in scalars, as a strategy observes it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.site.ahead import NOTHING_AHEAD, Ahead

ROUNDING_STEPS = 1e-9
FIRST_DAY = 1
"""Ordinal of a moment that no day belongs to."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The site in one step.

    Parameters
    ----------
    hour_h : time of day at which the step begins [h]
    timestep_h : length of the step [h]
    price_mad_kwh : price of import [MAD/kWh]
    price_low_mad_kwh : lowest price of the 24 h that begin with the step [MAD/kWh]
    peak : whether the step lies in ONEE's peak hours (HP)
    hours_to_peak_h : time until the peak hours begin, 0 during them, infinite without any [h]
    hours_of_peak_left_h : time until the peak hours end, 0 outside them [h]
    solar_kw_per_kwp : mean PV output over the step [kW/kWp]
    solar_kw : that of the site's own panels [kW]
    base_load_kw : load of the site without its EVs [kW]
    limit_kw : limit of the connection, in both directions [kW]
    export_mad_kwh : price of export [MAD/kWh]
    price_ahead_mad_kwh : price of import of the steps from this one to the end of the next day, (k,) [MAD/kWh]
    surplus_price_ahead_mad_kwh : the same, but 0 in steps with surplus, (k,) [MAD/kWh]
    cap_kw : site cap, the net load that charging must not exceed; infinite without one [kW]
    day_ordinal : the day (UTC), counted as `date.toordinal` does
    ahead : series of the 24 h that begin with the step
    """

    hour_h: float
    timestep_h: float
    price_mad_kwh: float
    price_low_mad_kwh: float
    peak: bool
    hours_to_peak_h: float
    hours_of_peak_left_h: float
    solar_kw_per_kwp: float
    solar_kw: float
    base_load_kw: float
    limit_kw: float
    export_mad_kwh: float
    price_ahead_mad_kwh: Floats
    surplus_price_ahead_mad_kwh: Floats
    cap_kw: float = math.inf
    day_ordinal: int = FIRST_DAY
    # Of the engine's inputs, which a checkpoint does not hold.
    ahead: Ahead = field(default=NOTHING_AHEAD, repr=False, compare=False, metadata={"saved": False})

    @property
    def date(self) -> date:
        """Date of the step (UTC)."""
        return date.fromordinal(self.day_ordinal)

    @property
    def weekday(self) -> int:
        """Day of the week of the step (UTC), 0 on Monday to 6 on Sunday."""
        return (self.day_ordinal - 1) % 7

    @property
    def other_load_kw(self) -> float:
        """Load of the site without its EVs, net of PV output; negative where PV exceeds the load [kW]."""
        return self.base_load_kw - self.solar_kw

    @property
    def surplus_kw(self) -> float:
        """PV output above the load of the site without its EVs [kW]."""
        return max(self.solar_kw - self.base_load_kw, 0.0)

    @property
    def import_limit_kw(self) -> float:
        """Net load up to which vehicles may charge: the connection or the site cap, whichever is lower [kW]."""
        return min(self.limit_kw, self.cap_kw)

    def is_in_hours(self, start_h: float, end_h: float) -> bool:
        """Return whether the step begins in a daily window; a window that ends before it starts passes midnight."""
        return is_in_hours(self.hour_h, start_h, end_h)


def is_in_hours(hour_h: float, start_h: float, end_h: float) -> bool:
    """Return whether a time of day lies in a daily window; a window that ends before it starts passes midnight."""
    if start_h <= end_h:
        return start_h <= hour_h < end_h
    return hour_h >= start_h or hour_h < end_h


def count_steps_outside(moment: Moment, start_h: float, end_h: float, steps_left: Any) -> Any:
    """Return how many of the next steps lie outside a daily window that the step itself lies in.

    Parameters
    ----------
    start_h, end_h : the window, as in `is_in_hours`; a step belongs to it as a whole if it begins in it [h]
    steps_left : steps from this one on that are looked at, of one vehicle or of each, (n,)
    """
    per_day, step = 24.0 / moment.timestep_h, moment.hour_h / moment.timestep_h
    start, end = (
        np.ceil(start_h / moment.timestep_h - ROUNDING_STEPS),
        np.ceil(end_h / moment.timestep_h - ROUNDING_STEPS),
    )
    # 0 for a window of the whole day, which is why its length is not used.
    outside_per_day = (start - end) % per_day
    after_window = np.maximum(steps_left - (end - step) % per_day, 0.0)
    return after_window // per_day * outside_per_day + np.minimum(after_window % per_day, outside_per_day)
