"""Optimum of bidirectional EVSEs: the number whose net present value is highest, with an interval over seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, Quantity, ValidationError
from ev2gym_dashboard.service.comparison.result import COMPARISON_KPIS
from ev2gym_dashboard.service.comparison.runner import run_comparison
from ev2gym_dashboard.service.comparison.statistics import compute_ci95_half_width
from ev2gym_dashboard.service.execution.worker_pool import WorkerPool
from ev2gym_dashboard.service.scenarios.site_evses import summarize_evses
from ev2gym_dashboard.service.scenarios.validation import require_valid
from ev2gym_dashboard.service.simulation.progress import Progress, ignore_progress
from ev2gym_dashboard.strategies import StrategyError

POINT_COUNT = Quantity(7, "", 2, 50, "Numbers of bidirectional EVSEs that are tried in each of two rounds")
NPV = "v2g_npv_mad"


@dataclass(frozen=True, eq=False)
class EvseOptimum:
    """Net present value over the number of bidirectional EVSEs.

    Parameters
    ----------
    total : EVSEs of the site
    counts : (k,) numbers of bidirectional ones that were tried, rising
    npv_mad : (k, seeds) net present value of each, against the same EVSEs without V2G [MAD]
    """

    total: int
    counts: tuple[int, ...]
    npv_mad: Floats

    @property
    def best(self) -> int:
        """The number with the highest mean over the seeds; the lowest of equal ones."""
        return self.counts[self._best_index]

    @property
    def interval(self) -> tuple[int, int]:
        """Lowest and highest number tried that is not worse than the best one at 95 %, paired by seed.

        With one seed there is no interval, and the two are the numbers tried next to the best one.
        """
        k = self._best_index
        if self.npv_mad.shape[1] < 2:
            return self.counts[max(k - 1, 0)], self.counts[min(k + 1, len(self.counts) - 1)]
        lost_mad = self.npv_mad[k] - self.npv_mad
        rivals = np.flatnonzero(lost_mad.mean(axis=1) <= compute_ci95_half_width(lost_mad))
        return self.counts[min(rivals.min(), k)], self.counts[max(rivals.max(), k)]

    @property
    def table(self) -> pd.DataFrame:
        """A row per number tried: mean of the net present value, and half its 95 % interval."""
        columns = {f"{NPV}": self.npv_mad.mean(axis=1), f"{NPV}_ci95": compute_ci95_half_width(self.npv_mad)}
        return pd.DataFrame(columns, index=pd.Index(self.counts, name="bidirectional"))

    @property
    def _best_index(self) -> int:
        return int(np.argmax(self.npv_mad.mean(axis=1)))


def find_evse_optimum(
    scenario: Scenario,
    *,
    seeds: int = 5,
    points: int = POINT_COUNT.default,
    workers: WorkerPool | None = None,
    progress: Progress = ignore_progress,
) -> EvseOptimum:
    """Return how many of a site's EVSEs should be bidirectional.

    Parameters
    ----------
    scenario : the site, its prices of EVSEs, lifetime and discount rate; its ``bidirectional_share`` is replaced
    seeds : number of seeds, from the scenario's on; all numbers have the same arrivals
    points : numbers tried over the whole range, and again around the best one
    workers : processes that run the simulations; None runs them in this process
    progress : called with the share that is done, 0 to 1

    Raises
    ------
    ValidationError
        With every issue of the scenario and of the arguments.
    """
    issues = POINT_COUNT.check("points", points)
    if scenario.evse_groups:
        issues.append(Issue("evses", "must be empty: the number of bidirectional EVSEs is found by their share"))
    if issues:
        raise ValidationError(issues)
    require_valid(scenario)
    total = scenario.n_evse
    found: dict[int, Floats] = {}

    def try_range(low: int, high: int, done: float) -> None:
        shares = [count / max(total, 1) for count in _spread(low, high, points)]
        sites = {_count_bidirectional(site): site for site in (_set_share(scenario, share) for share in shares)}
        missing = {count: site for count, site in sites.items() if count not in found}
        if missing:
            found.update(_compute_npv(missing, seeds, workers, lambda share: progress(done + share / 2.0)))

    try_range(0, total, 0.0)
    coarse = _make_optimum(total, found)
    k = coarse.counts.index(coarse.best)
    # The optimum of a smooth curve lies between the neighbours of the best point.
    try_range(coarse.counts[max(k - 1, 0)], coarse.counts[min(k + 1, len(coarse.counts) - 1)], 0.5)
    progress(1.0)
    return _make_optimum(total, found)


def _spread(low: int, high: int, points: int) -> list[int]:
    return [int(count) for count in np.unique(np.rint(np.linspace(low, high, points)))]


def _set_share(scenario: Scenario, share: float) -> Scenario:
    return replace(scenario, v2g=True, bidirectional_share=share)


def _count_bidirectional(scenario: Scenario) -> int:
    # Shares are rounded to whole EVSEs of each kind, so that the number may differ from the one that was meant.
    return summarize_evses(scenario).bidirectional


def _compute_npv(
    sites: dict[int, Scenario], seeds: int, workers: WorkerPool | None, progress: Progress
) -> dict[int, Floats]:
    scenarios = {str(count): site for count, site in sites.items()}
    comparison = run_comparison(scenarios, seeds=seeds, workers=workers, progress=progress)
    if comparison.failures:
        raise StrategyError(comparison.failures[0].issues)
    npv_mad = comparison.kpi_values[..., list(COMPARISON_KPIS).index(NPV)]
    return dict(zip(sites, npv_mad, strict=True))


def _make_optimum(total: int, found: dict[int, Floats]) -> EvseOptimum:
    counts: Sequence[int] = sorted(found)
    return EvseOptimum(total, tuple(counts), np.array([found[count] for count in counts]))
