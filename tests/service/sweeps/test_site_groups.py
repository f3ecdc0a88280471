"""Site groups: whatever a pool does with its tasks, each site has one outcome, the one that it has alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.service.execution.pool_interface import TaskFailure, map_serially, try_task
from ev2gym_dashboard.service.simulation.counterfactuals import CounterfactualRuns
from ev2gym_dashboard.service.simulation.run_groups import MAX_GROUP_RUNS
from ev2gym_dashboard.service.sweeps.site_groups import SiteGroups, map_sites

TaskFunction = Callable[[Any], Any]
Outcomes = Iterator[tuple[Any, Any]]
SITE = Scenario(fleet_size=3, days=0.0)
POISON_SEED = 13


def make_site(seed: int) -> Scenario:
    return replace(SITE, seed=seed)


def get_seed(runs: CounterfactualRuns) -> int:
    if (seed := runs.simulation.scenario.seed) == POISON_SEED:
        raise ValueError("unlucky")
    return seed


def list_group_sizes(n_sites: int, n_at_once: int) -> list[int]:
    """Return the sizes of the groups that a pool takes which works on some at once."""
    groups = SiteGroups(((n, SITE) for n in range(n_sites)), n_sites)
    in_flight, sizes = list[Any](), list[int]()
    while True:
        while len(in_flight) < n_at_once and (task := next(groups, None)):
            in_flight.append(task[0])
            sizes.append(len(task[0]))
        if not in_flight:
            return sizes
        groups.end_task(in_flight.pop(0))


@given(st.integers(0, 300), st.integers(1, 8))
def test_every_site_is_in_one_group_and_the_last_groups_are_small(n_sites: int, n_at_once: int) -> None:
    sizes = list_group_sizes(n_sites, n_at_once)
    assert sum(sizes) == n_sites
    assert set(sizes[:n_at_once]) <= {1}
    assert max(sizes, default=1) <= MAX_GROUP_RUNS
    assert set(sizes[-n_at_once:]) <= {1}


def test_many_sites_take_few_tasks() -> None:
    assert len(list_group_sizes(1000, 4)) < 100


def test_a_task_has_its_own_failures_only() -> None:
    sites = [(n, make_site(n)) for n in range(40)]
    outcomes = dict(map_sites(map_serially, get_seed, sites, len(sites)))
    assert outcomes == {n: TaskFailure("ValueError: unlucky") if n == POISON_SEED else n for n in range(40)}


def test_the_sites_of_a_lost_task_are_run_again_one_by_one() -> None:
    taken: list[int] = []

    def lose_groups(function: TaskFunction, tasks: Iterable[tuple[Any, Any]]) -> Outcomes:
        for keys, sites in tasks:
            taken.append(len(keys))
            is_lost = len(keys) > 1 or sites[0].seed == POISON_SEED
            yield keys, TaskFailure("lost") if is_lost else try_task(function, sites)

    sites = [(n, make_site(n)) for n in range(40)]
    outcomes = list(map_sites(lose_groups, get_seed, sites, len(sites)))
    assert len(outcomes) == 40
    assert dict(outcomes) == {n: TaskFailure("lost") if n == POISON_SEED else n for n in range(40)}
    assert max(taken) > 1


@pytest.mark.parametrize("n_sites", [0, 1])
def test_no_sites_or_one_are_mapped_too(n_sites: int) -> None:
    sites = [(n, make_site(n)) for n in range(n_sites)]
    assert list(map_sites(map_serially, get_seed, sites, n_sites)) == [(n, n) for n in range(n_sites)]
