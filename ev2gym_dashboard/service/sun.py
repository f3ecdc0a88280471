"""Sun: PV output per installed kWp under a clear sky, by pvlib, offline."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

LATITUDE, LONGITUDE, ALTITUDE_M = 33.57, -7.59, 27.0
TILT_DEG, AZIMUTH_DEG = 30.0, 180.0
ALBEDO = 0.2
SYSTEM_EFFICIENCY = 0.86
NOCT_C, AIR_C = 45.0, 20.0
POWER_PER_C = -0.0035
MINUTES_PER_DAY = 1440
DAYS_KEPT = 512


def solar_kw_per_kwp(day: date, timestep_min: int) -> NDArray[np.float64]:
    """Return the PV output of a day in Casablanca, tilted 30 degrees to the south, under a clear sky.

    Parameters
    ----------
    day : the date, UTC
    timestep_min : length of a step; divides a day [min]

    Returns
    -------
    (1440 / timestep_min,) mean output over each step, per installed kWp, >= 0 [kW/kWp]

    Notes
    -----
    Ineichen's clear sky with the Linke turbidity that pvlib carries, sampled at each minute; isotropic sky;
    ``0.86 * G / 1000 * (1 - 0.0035 * (T - 25))`` with ``T = 20 + G * (45 - 20) / 800`` (NOCT 45 degrees).
    """
    means: NDArray[np.float64] = _by_minute(day).reshape(-1, timestep_min).mean(axis=1)
    return means


@lru_cache(maxsize=DAYS_KEPT)
def _by_minute(day: date) -> NDArray[np.float64]:
    # pvlib brings SciPy and pandas along: a second or more, that nobody who only imports us should pay.
    import pandas as pd  # noqa: PLC0415
    from pvlib import irradiance, solarposition  # noqa: PLC0415

    times = pd.date_range(day.isoformat(), periods=MINUTES_PER_DAY, freq="1min", tz="UTC")
    # pvlib divides by zero at night on purpose and masks it afterwards.
    with np.errstate(all="ignore"):
        position = solarposition.get_solarposition(times, LATITUDE, LONGITUDE, ALTITUDE_M, method="ephemeris")
        zenith, azimuth = position["apparent_zenith"].to_numpy(), position["azimuth"].to_numpy()
        sky = _clear_sky(day, zenith)
        plane = irradiance.get_total_irradiance(
            TILT_DEG, AZIMUTH_DEG, zenith, azimuth, sky["dni"], sky["ghi"], sky["dhi"], albedo=ALBEDO, model="isotropic"
        )
    return pv_output(np.nan_to_num(plane["poa_global"]))


def _clear_sky(day: date, zenith: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    from pvlib import atmosphere, clearsky, irradiance  # noqa: PLC0415

    pressure = atmosphere.alt2pres(ALTITUDE_M)
    airmass = atmosphere.get_absolute_airmass(atmosphere.get_relative_airmass(zenith), pressure)
    day_of_year = day.timetuple().tm_yday
    sky: dict[str, NDArray[np.float64]] = clearsky.ineichen(
        zenith,
        airmass,
        _turbidity(day.year)[day_of_year - 1],
        altitude=ALTITUDE_M,
        dni_extra=irradiance.get_extra_radiation(day_of_year),
    )
    return sky


@lru_cache(maxsize=32)
def _turbidity(year: int) -> NDArray[np.float64]:
    import pandas as pd  # noqa: PLC0415
    from pvlib import clearsky  # noqa: PLC0415

    days = pd.date_range(f"{year:04d}-01-01", f"{year:04d}-12-31", tz="UTC")
    turbidity: NDArray[np.float64] = clearsky.lookup_linke_turbidity(days, LATITUDE, LONGITUDE).to_numpy()
    return turbidity


def pv_output(irradiance_w_m2: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the PV output per kWp at an irradiance on its plane [kW/kWp].

    Parameters
    ----------
    irradiance_w_m2 : irradiance on the plane of the modules, >= 0 [W/m2]
    """
    cell_c = AIR_C + irradiance_w_m2 * (NOCT_C - 20.0) / 800.0
    return SYSTEM_EFFICIENCY * irradiance_w_m2 / 1000.0 * (1.0 + POWER_PER_C * (cell_c - 25.0))
