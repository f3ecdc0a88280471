"""Moment: one step of the site in scalars, as a strategy observes it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Moment:
    """The step itself, in scalars.

    Parameters
    ----------
    hour_h : time of day at which it begins [h]
    timestep_h : its length [h]
    price_mad_kwh : price now [MAD/kWh]
    price_low_mad_kwh : lowest price of the 24 h that begin now [MAD/kWh]
    peak : whether ONEE's peak hours (HP) run
    hours_to_peak_h : time until they begin, 0 while they run, infinite without any [h]
    hours_of_peak_left_h : time until they end, 0 while they do not run [h]
    solar_kw_per_kwp : mean PV output over the step [kW/kWp]
    solar_kw : that of the site's own panels [kW]
    base_load_kw : load of the site without its EVs [kW]
    limit_kw : what the connection carries, in both directions [kW]
    export_mad_kwh : what is paid for export [MAD/kWh]
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

    @property
    def other_load_kw(self) -> float:
        """Load of the site without its EVs, net of the sun; negative where the sun gives more [kW]."""
        return self.base_load_kw - self.solar_kw

    def is_in_hours(self, start_h: float, end_h: float) -> bool:
        """Return whether the step begins in a daily window; one that ends before it starts passes midnight."""
        if start_h <= end_h:
            return start_h <= self.hour_h < end_h
        return self.hour_h >= start_h or self.hour_h < end_h
