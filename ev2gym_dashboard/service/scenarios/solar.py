"""Solar: PV output per installed kWp under a clear sky, sunrise and sunset, computed offline by pvlib."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from threading import Lock

import numpy as np
from numpy.typing import NDArray

ALBEDO = 0.2
SYSTEM_EFFICIENCY = 0.86
NOCT_C, AIR_TEMPERATURE_C = 45.0, 20.0
POWER_COEFFICIENT_PER_C = -0.0035
MINUTES_PER_DAY = 1440
MAX_CACHED_SOLAR_DAYS = 512
DAYLIGHT_ZENITH_DEG = 93.0
SLOWEST_TIME = np.datetime64("2026-02-08T00:00", "m")
"""A time at which the iteration of the Earth's eccentric anomaly takes as long as at any."""


@dataclass(frozen=True)
class PvPlant:
    """Location and orientation of PV modules; by default in Casablanca, tilted 30 degrees to the equator.

    Parameters
    ----------
    latitude_deg : north positive, -90 to 90 [degrees]
    longitude_deg : east positive, -180 to 180 [degrees]
    altitude_m : above the sea [m]
    tilt_deg : from the horizontal, 0 to 90 [degrees]
    azimuth_deg : clockwise from the north, 90 being the east and 180 the south; None faces the equator [degrees]
    """

    latitude_deg: float = 33.57
    longitude_deg: float = -7.59
    altitude_m: float = 27.0
    tilt_deg: float = 30.0
    azimuth_deg: float | None = None

    @property
    def facing_deg(self) -> float:
        """The direction that the modules face, clockwise from the north; on the equator the south [degrees]."""
        if self.azimuth_deg is not None:
            return self.azimuth_deg
        return 180.0 if self.latitude_deg >= 0.0 else 0.0


CASABLANCA = PvPlant()


def compute_solar_kw_per_kwp(day: date, timestep_min: int, *, plant: PvPlant = CASABLANCA) -> NDArray[np.float64]:
    """Return the PV output of a day under a clear sky.

    Parameters
    ----------
    day : the date, UTC
    timestep_min : length of a step; divides a day [min]
    plant : location and orientation of the modules

    Returns
    -------
    (1440 / timestep_min,) mean output over each step, per installed kWp, >= 0 [kW/kWp]

    Notes
    -----
    Ineichen's clear sky with the Linke turbidity of pvlib's table, sampled at each minute; isotropic sky;
    ``0.86 * G / 1000 * (1 - 0.0035 * (T - 25))`` with ``T = 20 + G * (45 - 20) / 800`` (NOCT 45 degrees).
    """
    (profile,) = _find_minute_profiles([day], plant)
    means: NDArray[np.float64] = profile.reshape(-1, timestep_min).mean(axis=1)
    return means


def prepare_solar_days(days: Sequence[date], *, n_needed: int, plant: PvPlant = CASABLANCA) -> None:
    """Compute the PV output of days together, for less than half of what each costs alone.

    Nothing is computed while the first ``n_needed`` are known.
    """
    if any((day, plant) not in _cached_profiles for day in days[:n_needed]):
        _find_minute_profiles(days, plant)


_cached_profiles: dict[tuple[date, PvPlant], NDArray[np.float64]] = {}
_cache_lock = Lock()


def _find_minute_profiles(days: Sequence[date], plant: PvPlant) -> list[NDArray[np.float64]]:
    # Not `lru_cache`: of several days, those that are missing are computed together.
    with _cache_lock:
        profiles = {day: _cached_profiles[day, plant] for day in days if (day, plant) in _cached_profiles}
    if missing := [day for day in days if day not in profiles]:
        computed = dict(zip(missing, _compute_minute_profiles(missing, plant), strict=True))
        profiles |= computed
        with _cache_lock:
            _cached_profiles.update({(day, plant): profile for day, profile in computed.items()})
            for key in list(_cached_profiles)[:-MAX_CACHED_SOLAR_DAYS]:
                del _cached_profiles[key]
    return [profiles[day] for day in days]


def _compute_minute_profiles(days: Sequence[date], plant: PvPlant) -> NDArray[np.float64]:
    """Return the PV output per installed kWp in each minute, (days, 1440) [kW/kWp]."""
    # SciPy and pandas, half a second: not when the package is imported.
    from ev2gym_dashboard.service.scenarios.solar_library import irradiance, pd, solarposition  # noqa: PLC0415

    day, minute = np.nonzero(_find_daylight(days, plant))
    midnights = np.array(days, "datetime64[D]").astype("datetime64[m]")
    # pvlib iterates all times as often as the slowest of them needs: with the slowest of all, no day depends on others.
    times = pd.DatetimeIndex(np.append(midnights[day] + minute, SLOWEST_TIME).astype("datetime64[ns]"), tz="UTC")
    # At dusk pvlib divides by zero on purpose and masks the result.
    with np.errstate(all="ignore"):
        position = solarposition.get_solarposition(
            times, plant.latitude_deg, plant.longitude_deg, plant.altitude_m, method="ephemeris"
        )
        zenith, azimuth = (position[name].to_numpy()[:-1] for name in ("apparent_zenith", "azimuth"))
        sky = _compute_clear_sky(days, day, zenith, plant)
        plane = irradiance.get_total_irradiance(
            plant.tilt_deg,
            plant.facing_deg,
            zenith,
            azimuth,
            sky["dni"],
            sky["ghi"],
            sky["dhi"],
            albedo=ALBEDO,
            model="isotropic",
        )
    profiles = np.zeros((len(days), MINUTES_PER_DAY))
    # With the sun below the horizon the airmass, and so the irradiance, is NaN.
    profiles[day, minute] = compute_pv_output(np.nan_to_num(plane["poa_global"]))
    return profiles


def _find_daylight(days: Sequence[date], plant: PvPlant) -> NDArray[np.bool_]:
    """Return whether the sun may be above the horizon in each minute, (days, 1440)."""
    from ev2gym_dashboard.service.scenarios.solar_library import solarposition  # noqa: PLC0415

    day_of_year = np.array([day.timetuple().tm_yday for day in days])[:, None]
    solar_time_min = np.arange(MINUTES_PER_DAY) + solarposition.equation_of_time_spencer71(day_of_year)
    zenith_rad = solarposition.solar_zenith_analytical(
        np.radians(plant.latitude_deg),
        np.radians(0.25 * solar_time_min - 180.0 + plant.longitude_deg),
        solarposition.declination_spencer71(day_of_year),
    )
    # Right to half a degree, and refraction lifts the sun by another half: beyond, nothing of it is seen.
    daylight: NDArray[np.bool_] = zenith_rad < np.radians(DAYLIGHT_ZENITH_DEG)
    return daylight


def _compute_clear_sky(
    days: Sequence[date], day: NDArray[np.intp], zenith: NDArray[np.float64], plant: PvPlant
) -> dict[str, NDArray[np.float64]]:
    """Return the irradiance under a clear sky at times of the days (n,), each with the index of its day."""
    from ev2gym_dashboard.service.scenarios.solar_library import atmosphere, clearsky, irradiance  # noqa: PLC0415

    pressure = atmosphere.alt2pres(plant.altitude_m)
    airmass = atmosphere.get_absolute_airmass(atmosphere.get_relative_airmass(zenith), pressure)
    days_of_year = [(each.year, each.timetuple().tm_yday) for each in days]
    turbidity = [_look_up_turbidity(year, plant.latitude_deg, plant.longitude_deg)[n - 1] for year, n in days_of_year]
    sky: dict[str, NDArray[np.float64]] = clearsky.ineichen(
        zenith,
        airmass,
        np.array(turbidity)[day],
        altitude=plant.altitude_m,
        dni_extra=np.array([irradiance.get_extra_radiation(n) for _, n in days_of_year])[day],
    )
    return sky


# A year at once: opening the HDF5 file of the table takes half as long as computing a day.
@lru_cache(maxsize=32)
def _look_up_turbidity(year: int, latitude_deg: float, longitude_deg: float) -> NDArray[np.float64]:
    from ev2gym_dashboard.service.scenarios.solar_library import clearsky, pd  # noqa: PLC0415

    days = pd.date_range(f"{year:04d}-01-01", f"{year:04d}-12-31", tz="UTC")
    turbidity: NDArray[np.float64] = clearsky.lookup_linke_turbidity(days, latitude_deg, longitude_deg).to_numpy()
    return turbidity


def compute_sunrise_sunset_h(day: date, *, plant: PvPlant = CASABLANCA) -> tuple[float, float]:
    """Return the times of sunrise and sunset of the upper limb, by NREL's SPA, at sea level.

    Parameters
    ----------
    day : the date, UTC
    plant : location

    Returns
    -------
    the times of day, UTC; NaN where the sun does not rise or set that day [h]
    """
    from ev2gym_dashboard.service.scenarios.solar_library import pd, solarposition  # noqa: PLC0415

    midnight = pd.DatetimeIndex([pd.Timestamp(day, tz="UTC")])
    with np.errstate(all="ignore"):
        times = solarposition.sun_rise_set_transit_spa(midnight, plant.latitude_deg, plant.longitude_deg)
    hours = [(times[event].iloc[0] - midnight[0]) / pd.Timedelta(hours=1) for event in ("sunrise", "sunset")]
    return float(hours[0]), float(hours[1])


def compute_pv_output(irradiance_w_m2: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the PV output per kWp for an irradiance on the plane of the modules [kW/kWp].

    Parameters
    ----------
    irradiance_w_m2 : irradiance on the plane of the modules, >= 0 [W/m2]
    """
    cell_c = AIR_TEMPERATURE_C + irradiance_w_m2 * (NOCT_C - 20.0) / 800.0
    return SYSTEM_EFFICIENCY * irradiance_w_m2 / 1000.0 * (1.0 + POWER_COEFFICIENT_PER_C * (cell_c - 25.0))
