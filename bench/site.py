"""Times what the site costs: a connection that binds, and the two shadow runs beside a run: part of ``make bench``."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from bench.fleets import MONDAY, NEVER_BINDS_KW
from ev2gym_dashboard import Scenario, Simulation
from ev2gym_dashboard.service.simulation.counterfactuals import beside

ROUNDS = 3
MOST_RATIO = 3.3


@dataclass(frozen=True)
class SiteCost:
    """Seconds of a day's steps by the chosen kernel, and ratios in one run."""

    vehicles: int
    wide_s: float
    tight_s: float
    with_shadows_s: float
    tight_over_wide: float
    shadows_over_one: float
    at_most: float = MOST_RATIO


def measure_site(vehicles: int) -> SiteCost:
    """Time a day at a wide and at the default connection, and the latter with its shadows; the fastest round counts."""
    tight = Scenario(fleet_size=vehicles, start=MONDAY)
    wide = replace(tight, limit_kw_per_vehicle=NEVER_BINDS_KW)
    n_steps = tight.n_steps
    wide_s = _fastest(lambda: Simulation(wide), n_steps)
    tight_s = _fastest(lambda: Simulation(tight), n_steps)
    shadows_s = _fastest(lambda: beside(tight), n_steps)
    ratios = round(tight_s / wide_s, 2), round(shadows_s / tight_s, 2)
    return SiteCost(vehicles, round(wide_s, 4), round(tight_s, 4), round(shadows_s, 4), *ratios)


def _fastest(make: Callable[[], Simulation | object], n_steps: int) -> float:
    seconds = []
    for _ in range(ROUNDS):
        run = make()
        before = time.perf_counter()
        run.advance(n_steps)  # type: ignore[attr-defined]
        seconds.append(time.perf_counter() - before)
    return min(seconds)
