"""Benchmark of the site: a binding connection limit, and the two counterfactuals: part of ``make bench``."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from bench.fleets import MONDAY_START, UNLIMITED_CONNECTION_KW
from bench.targets import MAX_COUNTERFACTUAL_RATIO
from ev2gym_dashboard import Scenario, Simulation
from ev2gym_dashboard.service.simulation.counterfactuals import start_counterfactual_runs

SITE_ROUNDS = 3


@dataclass(frozen=True)
class SiteTiming:
    """Durations of a day by the chosen kernel, and their ratios."""

    vehicles: int
    wide_s: float
    tight_s: float
    with_counterfactuals_s: float
    tight_over_wide: float
    counterfactuals_over_one: float
    max_ratio: float = MAX_COUNTERFACTUAL_RATIO


def measure_site(vehicles: int) -> SiteTiming:
    """Time a day with an unlimited and with the default connection, the latter also with counterfactuals."""
    tight = Scenario(fleet_size=vehicles, start=MONDAY_START)
    wide = replace(tight, limit_kw_per_vehicle=UNLIMITED_CONNECTION_KW)
    n_steps = tight.n_steps
    wide_s = _time_fastest(lambda: Simulation(wide), n_steps)
    tight_s = _time_fastest(lambda: Simulation(tight), n_steps)
    counterfactuals_s = _time_fastest(lambda: start_counterfactual_runs(tight), n_steps)
    ratios = round(tight_s / wide_s, 2), round(counterfactuals_s / tight_s, 2)
    return SiteTiming(vehicles, round(wide_s, 4), round(tight_s, 4), round(counterfactuals_s, 4), *ratios)


def _time_fastest(make: Callable[[], Simulation | object], n_steps: int) -> float:
    seconds = []
    for _ in range(SITE_ROUNDS):
        run = make()
        start_s = time.perf_counter()
        run.advance(n_steps)  # type: ignore[attr-defined]
        seconds.append(time.perf_counter() - start_s)
    return min(seconds)
