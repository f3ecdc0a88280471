"""Site groups: sites of a sweep as tasks of several, which a worker steps together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, TypeVar

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.execution.pool_interface import KeyedTask, Pool, TaskFailure, describe_failure
from ev2gym_dashboard.service.simulation.counterfactuals import CounterfactualRuns
from ev2gym_dashboard.service.simulation.run_groups import fits_group, run_group

GROUPS_PER_TASK = 2
"""Groups into which each task in flight could divide what is left: so the last ones are small, and all workers end
together."""
Sites = tuple[Scenario, ...]
Keys = tuple[Any, ...]
SummaryT = TypeVar("SummaryT")


class SiteGroups:
    """Groups of sites as tasks of a pool, whose sizes follow the number of sites left and of tasks in flight.

    Parameters
    ----------
    sites : the sites, each with its key
    n_sites : their number
    """

    def __init__(self, sites: Iterable[KeyedTask], n_sites: int) -> None:
        self._sites, self._n_left, self._has_outcome = iter(sites), n_sites, False
        self._next_site = next(self._sites, None)
        self._in_flight: dict[Keys, Sites] = {}

    def __iter__(self) -> SiteGroups:
        return self

    def __next__(self) -> tuple[Keys, Sites]:
        max_sites, group = self._choose_size(), list[KeyedTask]()
        while self._next_site and fits_group([site for _, site in group], self._next_site[1], max_runs=max_sites):
            group.append(self._next_site)
            self._next_site = next(self._sites, None)
        if not group:
            raise StopIteration
        keys, sites = zip(*group, strict=True)
        self._in_flight[keys] = sites
        self._n_left -= len(keys)
        return keys, sites

    def _choose_size(self) -> int:
        # The first tasks, of a site each, show how many a pool takes at once, and bring the first rows early.
        return self._n_left // (GROUPS_PER_TASK * (len(self._in_flight) + 1)) if self._has_outcome else 1

    def end_task(self, keys: Keys) -> Sites:
        """Note that a group is done, and return its sites."""
        self._has_outcome = True
        return self._in_flight.pop(keys)


def map_sites(
    pool: Pool, summarize: Callable[[CounterfactualRuns], SummaryT], sites: Iterable[KeyedTask], n_sites: int
) -> Iterator[tuple[Any, SummaryT | TaskFailure]]:
    """Run sites with their counterfactuals in a pool, and yield the key of each with its summary, or its failure."""
    groups, lost = SiteGroups(sites, n_sites), list[KeyedTask]()
    for keys, outcome in pool(partial(run_sites, summarize), groups):
        group = groups.end_task(keys)
        if not isinstance(outcome, TaskFailure):
            yield from zip(keys, outcome, strict=True)
        elif len(keys) == 1:
            yield keys[0], outcome
        else:
            # Its process has ended, perhaps for lack of memory: alone, only the site that ends it again fails.
            lost += zip(keys, group, strict=True)
    tasks = (((key,), (site,)) for key, site in lost)
    for (key,), outcome in pool(partial(run_sites, summarize), tasks) if lost else ():
        yield key, outcome if isinstance(outcome, TaskFailure) else outcome[0]


def run_sites(summarize: Callable[[CounterfactualRuns], SummaryT], sites: Sites) -> list[SummaryT | TaskFailure]:
    """Run sites and their counterfactuals in one thread, and return the summary of each, or its failure."""
    # Groups run in parallel processes, so that threads within one would only compete.
    outcomes = run_group(sites, summarize, catch=Exception, n_threads=1)
    return [describe_failure(outcome) if isinstance(outcome, Exception) else outcome for outcome in outcomes]


def summarize_kpis(runs: CounterfactualRuns) -> dict[str, float]:
    """Return the KPIs of a run, all that is needed of a single site."""
    return runs.kpis
