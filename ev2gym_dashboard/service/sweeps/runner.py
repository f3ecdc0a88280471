"""Runs a sweep into a data set: what is there already is not run again, and a run that fails is a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.execution.process_pool import KeyedTask, Pool, TaskFailure, map_serially
from ev2gym_dashboard.service.sweeps.dataset import SweepRow, lock_folder, make_sweep_row, read_run_ids, write_rows
from ev2gym_dashboard.service.sweeps.multi_site import (
    MultiSiteResult,
    SiteSummary,
    aggregate_sites,
    run_site,
    split_scenario,
)
from ev2gym_dashboard.service.sweeps.plan import Sweep, SweepRun, list_sweep_runs


@dataclass(frozen=True)
class SweepSummary:
    """What became of the runs of a sweep: how many there are, were there already, failed now."""

    n_runs: int
    n_existing: int
    n_failed: int


def _ignore_count(_: int) -> None:
    pass


@dataclass(frozen=True)
class SweepProgress:
    """Who is told how many sites there are to run, and of those that are done."""

    begin: Callable[[int], object] = _ignore_count
    advance: Callable[[int], object] = _ignore_count


NO_PROGRESS = SweepProgress()


def run_sweep(
    sweep: Sweep, folder: Path, *, pool: Pool = map_serially, progress: SweepProgress = NO_PROGRESS
) -> SweepSummary:
    """Run a valid sweep into a folder, which may hold some of its runs already.

    Raises
    ------
    Invalid
        If the folder holds something else, or another sweep writes into it.
    """
    with lock_folder(folder):
        runs, found = list_sweep_runs(sweep), read_run_ids(folder)
        todo = [run for run in runs if run.id not in found]
        progress.begin(len(todo) * sweep.sites)
        n_failed = write_rows(folder, compute_rows(todo, pool, progress))
    return SweepSummary(len(runs), len(runs) - len(todo), n_failed)


def compute_rows(runs: list[SweepRun], pool: Pool, progress: SweepProgress = NO_PROGRESS) -> Iterator[SweepRow]:
    """Give the row of each run once all its sites are done."""
    made: dict[int, dict[int, SiteSummary | TaskFailure]] = {}
    tasks: Iterator[KeyedTask] = (
        ((number, index), site) for number, run in enumerate(runs) for index, site in enumerate(_split_run(run))
    )
    for (number, index), outcome in pool(run_site, tasks):
        sites = made.setdefault(number, {})
        sites[index] = outcome
        progress.advance(1)
        if len(sites) == runs[number].sites:
            del made[number]
            yield make_sweep_row(runs[number], _aggregate_kpis([sites[i] for i in range(len(sites))]))


def simulate_sites(scenario: Scenario, n: int, *, pool: Pool = map_serially) -> MultiSiteResult:
    """Run a scenario split into ``n`` independent sites, with their counterfactuals, and add them up.

    Raises
    ------
    ValueError
        One, that lists every issue of the scenario.
    RuntimeError
        If a site could not be run.
    """
    made = dict(pool(run_site, enumerate(split_scenario(scenario, n))))
    failed = [site.error for site in made.values() if isinstance(site, TaskFailure)]
    if failed:
        raise RuntimeError(f"{len(failed)} of {n} sites could not be run: {failed[0]}")
    return aggregate_sites([made[index] for index in range(n)])


def _split_run(run: SweepRun) -> tuple[Scenario, ...]:
    return split_scenario(run.scenario, run.sites)


def _aggregate_kpis(sites: list[SiteSummary | TaskFailure]) -> dict[str, float] | TaskFailure:
    """Return the figures of all sites together; the first of them that failed tells why there are none."""
    done = [site for site in sites if isinstance(site, SiteSummary)]
    return next((site for site in sites if isinstance(site, TaskFailure)), None) or aggregate_sites(done).kpis
