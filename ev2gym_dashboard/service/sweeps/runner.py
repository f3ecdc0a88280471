"""Runs a sweep into a data set: what is there already is not run again, and a run that fails is a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.execution.process_pool import Failed, Pool, Task, in_this_process
from ev2gym_dashboard.service.sweeps.dataset import Row, ids_in, opened, row_of, write_rows
from ev2gym_dashboard.service.sweeps.multi_site import SiteRun, SitesResult, run_site, split, total
from ev2gym_dashboard.service.sweeps.plan import Run, Sweep, runs_of


@dataclass(frozen=True)
class Done:
    """What became of the runs of a sweep: how many there are, were there already, failed now."""

    n_runs: int
    n_found: int
    n_failed: int


def _tell_nobody(_: int) -> None:
    pass


@dataclass(frozen=True)
class Progress:
    """Who is told how many sites there are to run, and of those that are done."""

    begin: Callable[[int], object] = _tell_nobody
    advance: Callable[[int], object] = _tell_nobody


SILENT = Progress()


def run_sweep(sweep: Sweep, folder: Path, *, pool: Pool = in_this_process, progress: Progress = SILENT) -> Done:
    """Run a valid sweep into a folder, which may hold some of its runs already.

    Raises
    ------
    Invalid
        If the folder holds something else, or another sweep writes into it.
    """
    with opened(folder):
        runs, found = runs_of(sweep), ids_in(folder)
        todo = [run for run in runs if run.id not in found]
        progress.begin(len(todo) * sweep.sites)
        n_failed = write_rows(folder, rows_of(todo, pool, progress))
    return Done(len(runs), len(runs) - len(todo), n_failed)


def rows_of(runs: list[Run], pool: Pool, progress: Progress = SILENT) -> Iterator[Row]:
    """Give the row of each run once all its sites are done."""
    made: dict[int, dict[int, SiteRun | Failed]] = {}
    tasks: Iterator[Task] = (
        ((number, index), site) for number, run in enumerate(runs) for index, site in enumerate(_sites(run))
    )
    for (number, index), outcome in pool(run_site, tasks):
        sites = made.setdefault(number, {})
        sites[index] = outcome
        progress.advance(1)
        if len(sites) == runs[number].sites:
            del made[number]
            yield row_of(runs[number], _figures([sites[i] for i in range(len(sites))]))


def simulate_sites(scenario: Scenario, n: int, *, pool: Pool = in_this_process) -> SitesResult:
    """Run a scenario split into ``n`` independent sites, with their shadows, and add them up.

    Raises
    ------
    ValueError
        One, that lists every issue of the scenario.
    RuntimeError
        If a site could not be run.
    """
    made = dict(pool(run_site, enumerate(split(scenario, n))))
    failed = [site.error for site in made.values() if isinstance(site, Failed)]
    if failed:
        raise RuntimeError(f"{len(failed)} of {n} sites could not be run: {failed[0]}")
    return total([made[index] for index in range(n)])


def _sites(run: Run) -> tuple[Scenario, ...]:
    return split(run.scenario, run.sites)


def _figures(sites: list[SiteRun | Failed]) -> dict[str, float] | Failed:
    """Return the figures of all sites together; the first of them that failed tells why there are none."""
    done = [site for site in sites if isinstance(site, SiteRun)]
    return next((site for site in sites if isinstance(site, Failed)), None) or total(done).kpis
