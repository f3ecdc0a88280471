"""Series of an EV2Gym environment from its current step on, as a strategy observes the hours ahead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.site.ahead import Ahead

MINUTES_PER_DAY = 1440
TRANSFORMER_SERIES: dict[str, Callable[[Any], Floats]] = {
    "base_load_kw": lambda transformer: np.asarray(transformer.inflexible_load, np.float64),
    "solar_kw": lambda transformer: -np.asarray(transformer.solar_power, np.float64),
    "limit_kw": lambda transformer: np.asarray(transformer.max_power, np.float64),
}


def make_env_ahead(env: Any, *, price_mad_kwh: Floats, export_mad_kwh: Floats) -> Ahead:
    """Return the 24 h ahead of an environment: its own load, PV output and limit, and the prices in use."""
    first, n_steps = env.current_step, MINUTES_PER_DAY // env.timescale
    prices = {"price_mad_kwh": price_mad_kwh, "export_mad_kwh": export_mad_kwh}

    def read(name: str) -> Floats:
        if name in prices:
            return prices[name][:n_steps]
        series = [TRANSFORMER_SERIES[name](transformer) for transformer in env.transformers]
        total: Floats = np.sum([extend_series(values[first:], n_steps, float(values[-1])) for values in series], axis=0)
        return total

    return Ahead(read)


def extend_series(values: Floats, n: int, last: float) -> Floats:
    """Return ``n`` values, those after the end equal to ``last``."""
    # An episode ends before the steps that the tariff knows do.
    return np.concatenate([values[:n], np.full(max(n - len(values), 0), last)])
