"""Forecast: the hours ahead of load, sun and price, with an error of a declared size."""

from __future__ import annotations

import numpy as np

from ev2gym_dashboard.core.arrays import Floats, Indices

FORECAST_STREAM = 1
"""Second number of the seed of the errors, so that they do not repeat the draws of the arrivals."""


class ForecastErrors:
    """Relative errors of the forecasts of some series, which shrink as the hour that they are for comes closer.

    Parameters
    ----------
    errors : (series,) relative standard deviation of the forecast for 24 hours later
    steps_ahead : (hours,) steps ahead that are forecast
    steps_per_day : steps in 24 hours
    seed : that of the episode

    Notes
    -----
    The error of the forecast of a step is a random walk over the time left to it, with a standard deviation of
    ``error * sqrt(hours / 24)``: each step that passes takes away what was uncertain of it. Errors of different steps
    are independent.
    """

    def __init__(self, errors: Floats, steps_ahead: Indices, *, steps_per_day: int, seed: int) -> None:
        self.rng = np.random.default_rng([seed, FORECAST_STREAM])
        self.places = steps_ahead - 1
        n_steps = int(steps_ahead.max(initial=0))
        self.left = np.arange(1, n_steps + 1)
        self.deviations = errors[:, None] / np.sqrt(steps_per_day)
        self.walks = self.deviations * np.sqrt(self.left) * self.rng.standard_normal((len(errors), n_steps))

    def get_factors(self) -> Floats:
        """Return what the series are multiplied by, (series, hours), >= 0."""
        # A step that begins now, as an hour ahead of longer steps may be, is known.
        known = self.places < 0
        return np.maximum(1.0 + np.where(known, 0.0, self.walks[:, self.places]), 0.0)

    def advance(self) -> None:
        """Let a step pass."""
        draws = self.rng.standard_normal(self.walks.shape)
        # A random walk whose end is known is a bridge: its value a step earlier lies on the way to it.
        share = self.left[:-1] / self.left[1:]
        bridges = self.walks[:, 1:] * share + self.deviations * np.sqrt(share) * draws[:, :-1]
        newest = self.deviations[:, 0] * np.sqrt(self.left[-1:]) * draws[:, -1]
        self.walks = np.concatenate([bridges, newest[:, None]], axis=1)
