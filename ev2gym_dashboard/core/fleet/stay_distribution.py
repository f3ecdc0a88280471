"""Stay distribution: the law of stays and of the driven energy by hour of arrival, jointly or around hourly means."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats, Floats32
from ev2gym_dashboard.core.fleet.arrival_tables import HOURS_PER_DAY, ArrivalTables
from ev2gym_dashboard.core.scenario_options import HOUR_MEAN_STAYS

STAY_ENERGY_CORRELATION = 0.4
"""Correlation of the normal scores of stay and energy within an arrival hour.

Measured: 0.39 over 6,844 residential sessions of Trondheim, 0.43 over the 5,442 private ones (Sørensen et al. 2021,
doi 10.1016/j.dib.2021.107105, CC BY 4.0). That it also holds at work and in public is an assumption.
"""
HOUR_MEAN_SPREAD = 0.2
MIN_STAY_H, MAX_HOUR_MEAN_STAY_H = 0.25, 24.0
WEEKDAYS, WEEKEND_DAYS = 5, 2

SCORE_BOUND, TABLE_SIZE = 8.0, 2**15
SCORES = np.linspace(-SCORE_BOUND, SCORE_BOUND, 1601)
NORMAL_CDF = np.array([0.5 * math.erfc(-score / math.sqrt(2.0)) for score in SCORES.tolist()])
NORMAL_WEIGHTS = np.exp(-0.5 * SCORES**2) / np.exp(-0.5 * SCORES**2).sum()
MAX_FIT_STEPS, FIT_TOLERANCE, MAX_SHIFT, MAX_SHIFT_STEP = 200, 1e-6, 5.0, 0.5
SLOPE_STEP = 0.1


@dataclass(frozen=True, eq=False)
class SessionCopula:
    """A Gaussian copula of stay and energy, shifted by the hour of arrival.

    Parameters
    ----------
    stay_shift, energy_shift : mean of the normal score by hour of arrival, (24,)
    stay_h, energy_kwh : value at scores from -8 to 8, evenly spaced, (2**15,) [h], [kWh]
    """

    stay_shift: Floats32
    energy_shift: Floats32
    stay_h: Floats
    energy_kwh: Floats32


@cache
def fit_session_copula(tables: ArrivalTables) -> SessionCopula:
    """Return the copula whose stays and energies have the quantiles of a place, and its hourly means in proportion.

    Parameters
    ----------
    tables : arrival tables of the place

    Returns
    -------
    The copula

    Notes
    -----
    The score of a session is normal with variance 1 around a shift ``a_h`` of its arrival hour. Over the arrivals of a
    week, with the shares ``w_h``, scores have the distribution ``G(z) = sum_h w_h Phi(z - a_h)``, so that the value
    ``Q(G(z))`` has the published quantiles ``Q`` whatever the shifts are. The shifts make the mean of each hour
    proportional to the published one; the factor follows from the means of the quantiles and of the hours.
    """
    share = compute_week_shares(tables)
    stay_shift = _fit_shifts(share, tables.mean_stay_h, tables.quantile_points, tables.stay_quantiles_h)
    energy_shift = _fit_shifts(share, tables.mean_energy_kwh, tables.quantile_points, tables.energy_quantiles_kwh)
    stay_h, energy_kwh = (
        np.interp(_TABLE_SCORES, SCORES, _compute_values(share, shift, tables.quantile_points, quantiles))
        for shift, quantiles in (
            (stay_shift, tables.stay_quantiles_h),
            (energy_shift, tables.energy_quantiles_kwh),
        )
    )
    return SessionCopula(
        stay_shift.astype(np.float32),
        energy_shift.astype(np.float32),
        np.maximum(stay_h, MIN_STAY_H),
        energy_kwh.astype(np.float32),
    )


def find_table_indices(scores: Floats32) -> NDArray[np.int32]:
    """Return the positions in the tables of a copula that scores (n,) belong to."""
    # By multiplication instead of a search: the table is evenly spaced.
    indices = ((scores + np.float32(SCORE_BOUND)) * np.float32(TABLE_SIZE / (2.0 * SCORE_BOUND))).astype(np.int32)
    return np.clip(indices, 0, TABLE_SIZE - 1, out=indices)


def compute_week_shares(tables: ArrivalTables) -> Floats:
    """Return the share of each hour in the arrivals of a week, (24,), sum 1; all 0 without arrivals."""
    arrivals = WEEKDAYS * tables.arrival_share_weekday + WEEKEND_DAYS * tables.arrival_share_weekend
    return arrivals / max(float(arrivals.sum()), 1.0)


def compute_longest_stay_h(tables: ArrivalTables, stay_model: str) -> float:
    """Return the length that no stay exceeds [h]."""
    if stay_model == HOUR_MEAN_STAYS:
        return MAX_HOUR_MEAN_STAY_H
    return max(float(tables.stay_quantiles_h[-1]), MIN_STAY_H)


def compute_stay_survival(tables: ArrivalTables, stay_model: str, stay_h: Floats) -> Floats:
    """Return the share of stays that last longer than ``stay_h``.

    Parameters
    ----------
    tables : arrival tables of the place
    stay_model : key of the stay model
    stay_h : (24, ...) lengths, by hour of arrival [h]

    Returns
    -------
    (24, ...) shares
    """
    by_hour = (HOURS_PER_DAY, *(1,) * (stay_h.ndim - 1))
    if stay_model == HOUR_MEAN_STAYS:
        mean_h = tables.mean_stay_h.reshape(by_hour)
        score = (stay_h - mean_h) / (HOUR_MEAN_SPREAD * mean_h)
    else:
        copula = fit_session_copula(tables)
        score = np.interp(stay_h, copula.stay_h, _TABLE_SCORES) - copula.stay_shift.reshape(by_hour)
    survival = 1.0 - np.interp(score, SCORES, NORMAL_CDF)
    # Every stay has the shortest length at least, and none exceeds the longest.
    return np.where(
        stay_h < MIN_STAY_H, 1.0, np.where(stay_h < compute_longest_stay_h(tables, stay_model), survival, 0.0)
    )


_TABLE_SCORES = -SCORE_BOUND + (np.arange(TABLE_SIZE) + 0.5) * (2.0 * SCORE_BOUND / TABLE_SIZE)


def _fit_shifts(share: Floats, mean: Floats, points: Floats, quantiles: Floats) -> Floats:
    """Return the shifts (24,) with which the mean of each hour is proportional to ``mean``, (24,)."""
    overall = float(np.trapezoid(quantiles, points))
    target, shifts = mean * overall / float(share @ mean), np.zeros(HOURS_PER_DAY)
    # Damped Newton steps: a shift moves the mean of its hour up, and through the mixture all others slightly down.
    for _ in range(MAX_FIT_STEPS):
        values = _compute_values(share, shifts, points, quantiles)
        computed, above = (
            np.interp(shifts[:, None] + step + SCORES, SCORES, values) @ NORMAL_WEIGHTS for step in (0.0, SLOPE_STEP)
        )
        error = target - computed
        if np.abs(error).max() <= FIT_TOLERANCE * overall:
            break
        step = error * SLOPE_STEP / np.maximum(above - computed, FIT_TOLERANCE * overall)
        shifts = np.clip(shifts + np.clip(step, -MAX_SHIFT_STEP, MAX_SHIFT_STEP), -MAX_SHIFT, MAX_SHIFT)
        # Only differences between hours matter: centred, the scores stay within the table.
        shifts -= share @ shifts
    return shifts


def _compute_values(share: Floats, shifts: Floats, points: Floats, quantiles: Floats) -> Floats:
    """Return the values at `SCORES` that have the quantiles, for hours with these shares and shifts."""
    mixture = share @ np.interp(SCORES - shifts[:, None], SCORES, NORMAL_CDF)
    values: Floats = np.interp(mixture, points, quantiles)
    return values
