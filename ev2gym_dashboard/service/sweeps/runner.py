"""Runs the missing runs of a sweep and writes a row for each, also for runs that fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.execution.pool_interface import Pool, TaskFailure, map_serially
from ev2gym_dashboard.service.sweeps.dataset import SweepRow, lock_folder, make_sweep_row, prepare_rows, write_rows
from ev2gym_dashboard.service.sweeps.manifest import SweepSummary, end_manifest_entry, start_manifest_entry
from ev2gym_dashboard.service.sweeps.multi_site import (
    MultiSiteResult,
    SiteSummary,
    aggregate_sites,
    split_scenario,
    summarize_site,
)
from ev2gym_dashboard.service.sweeps.plan import Sweep, SweepRun, get_code_hash, list_sweep_runs
from ev2gym_dashboard.service.sweeps.site_groups import map_sites, summarize_kpis


def _ignore_count(_: int) -> None:
    pass


@dataclass(frozen=True)
class SweepProgress:
    """Callbacks with the number of sites to run, and with the number of sites just finished."""

    start: Callable[[int], object] = _ignore_count
    advance: Callable[[int], object] = _ignore_count


NO_PROGRESS = SweepProgress()


def run_sweep(
    sweep: Sweep, folder: Path, *, pool: Pool = map_serially, progress: SweepProgress = NO_PROGRESS
) -> SweepSummary:
    """Run a valid sweep into a folder; runs that the folder already holds, of this code and data, are skipped.

    Raises
    ------
    ValidationError
        If the folder holds other files, or another sweep is writing to it.
    """
    with lock_folder(folder):
        runs = list_sweep_runs(sweep)
        existing_ids, n_set_aside = prepare_rows(folder, get_code_hash())
        missing = [run for run in runs if run.id not in existing_ids]
        progress.start(len(missing) * sweep.sites)
        entry = start_manifest_entry(folder, sweep, len(runs))
        n_failed = write_rows(folder, compute_rows(missing, pool, progress))
        summary = SweepSummary(len(runs), len(runs) - len(missing), n_failed, n_set_aside)
        end_manifest_entry(folder, entry, summary)
    return summary


def compute_rows(runs: list[SweepRun], pool: Pool, progress: SweepProgress = NO_PROGRESS) -> Iterator[SweepRow]:
    """Yield the row of each run once all its sites are done."""
    if any(run.sites > 1 for run in runs):
        yield from _compute_rows_of_sites(runs, pool, progress)
        return
    scenarios = ((number, run.scenario) for number, run in enumerate(runs))
    for number, outcome in map_sites(pool, summarize_kpis, scenarios, len(runs)):
        progress.advance(1)
        yield make_sweep_row(runs[number], outcome)


def _compute_rows_of_sites(runs: list[SweepRun], pool: Pool, progress: SweepProgress) -> Iterator[SweepRow]:
    # Tasks consist of sites, not of runs: a single run of many sites uses all workers.
    outcomes: dict[int, dict[int, SiteSummary | TaskFailure]] = {}
    scenarios = (
        ((number, index), site)
        for number, run in enumerate(runs)
        for index, site in enumerate(split_scenario(run.scenario, run.sites))
    )
    for (number, index), outcome in map_sites(pool, summarize_site, scenarios, sum(run.sites for run in runs)):
        sites = outcomes.setdefault(number, {})
        sites[index] = outcome
        progress.advance(1)
        if len(sites) == runs[number].sites:
            # Summaries hold whole series, so that they are dropped as soon as the row is made.
            del outcomes[number]
            yield make_sweep_row(runs[number], _aggregate_kpis([sites[i] for i in range(len(sites))]))


def simulate_sites(scenario: Scenario, n: int, *, pool: Pool = map_serially) -> MultiSiteResult:
    """Run a scenario split into ``n`` independent sites, with their counterfactuals, and aggregate the sites.

    Raises
    ------
    ValidationError
        With every issue of the scenario.
    RuntimeError
        If a site could not be run.
    """
    outcomes = dict(map_sites(pool, summarize_site, enumerate(split_scenario(scenario, n)), n))
    failed = [site.error for site in outcomes.values() if isinstance(site, TaskFailure)]
    if failed:
        raise RuntimeError(f"{len(failed)} of {n} sites could not be run: {failed[0]}")
    return aggregate_sites([site for _, site in sorted(outcomes.items()) if isinstance(site, SiteSummary)])


def _aggregate_kpis(sites: list[SiteSummary | TaskFailure]) -> dict[str, float] | TaskFailure:
    """Return the KPIs over all sites, or the failure of the first site that failed."""
    summaries = [site for site in sites if isinstance(site, SiteSummary)]
    failure = next((site for site in sites if isinstance(site, TaskFailure)), None)
    return failure or aggregate_sites(summaries).kpis
