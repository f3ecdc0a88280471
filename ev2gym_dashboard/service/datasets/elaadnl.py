"""ElaadNL's tables of charging sessions, read from their data file."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.fleet.arrival_tables import HOURS_PER_DAY, ArrivalTables, fill_from_nearest_hour
from ev2gym_dashboard.service.datasets.json_reader import JsonReader

MAX_STAY_H = 24 * 14
MAX_ENERGY_KWH = 500
MAX_QUANTILES = 101
ROUNDING_PCT = 0.5
PLACES = ("home", "public", "work")


def parse_charging_sessions(content: bytes) -> dict[str, ArrivalTables]:
    """Return the tables of charging sessions of a file, by place.

    Raises
    ------
    ValidationError
        With every issue of the file.
    """
    reader = JsonReader(content)
    share = _read_quantile_points(reader)
    places = {place: _read_place_tables(reader, place, share) for place in PLACES}
    reader.raise_issues()
    return places


def _read_quantile_points(reader: JsonReader) -> NDArray[np.float64]:
    path = "share_of_sessions"
    values = reader.get(path)
    length = min(len(values), MAX_QUANTILES) if isinstance(values, list) else 2
    share = reader.read_numbers(path, length=length, low=0, high=1)
    if length < 2 or share[0] != 0 or share[-1] != 1 or not (np.diff(share) > 0).all():
        reader.add_issue([path], "must increase from 0 to 1")
    return share


def _read_place_tables(reader: JsonReader, place: str, share: NDArray[np.float64]) -> ArrivalTables:
    stay_h = _read_means(reader, place, "mean_stay_h", MAX_STAY_H)
    energy_kwh = _read_means(reader, place, "mean_energy_kwh", MAX_ENERGY_KWH)
    return ArrivalTables(
        arrival_share_weekday=_read_arrival_shares(reader, place, "arrival_share_weekday_pct"),
        arrival_share_weekend=_read_arrival_shares(reader, place, "arrival_share_weekend_pct"),
        mean_stay_h=fill_from_nearest_hour(stay_h),
        mean_energy_kwh=fill_from_nearest_hour(energy_kwh),
        quantile_points=share,
        stay_quantiles_h=_read_quantiles(reader, place, "stay_h", len(share), MAX_STAY_H),
        energy_quantiles_kwh=_read_quantiles(reader, place, "energy_kwh", len(share), MAX_ENERGY_KWH),
        filled_hours=tuple(np.flatnonzero(np.isnan(stay_h) | np.isnan(energy_kwh)).tolist()),
    )


def _read_arrival_shares(reader: JsonReader, place: str, table: str) -> NDArray[np.float64]:
    percent = reader.read_numbers("places", place, table, length=HOURS_PER_DAY, low=0, high=100)
    # Shares have two decimals and add up to 100 % only approximately; at work nobody arrives at weekends.
    total = percent.sum()
    if total and not abs(total - 100) <= ROUNDING_PCT:
        reader.add_issue(["places", place, table], "must add up to 100%, or all be 0")
    return percent / total if total else percent


def _read_means(reader: JsonReader, place: str, table: str, high: float) -> NDArray[np.float64]:
    means = reader.read_numbers("places", place, table, length=HOURS_PER_DAY, low=0, high=high)
    if not np.isnan(means).all():
        return means
    reader.add_issue(["places", place, table], "must have a number for at least one hour")
    return np.zeros(HOURS_PER_DAY)


def _read_quantiles(reader: JsonReader, place: str, table: str, length: int, high: float) -> NDArray[np.float64]:
    values = reader.read_numbers("places", place, table, length=length, low=0, high=high)
    if not (np.diff(values) >= 0).all():
        reader.add_issue(["places", place, table], "must not decrease")
    return values
