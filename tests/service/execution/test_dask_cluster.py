"""A Dask cluster of two workers gives the bits that this machine gives, whoever of them is lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from distributed import Client, LocalCluster

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.execution.dask_cluster import SchedulerLost, connect_scheduler, make_cluster_pool
from ev2gym_dashboard.service.execution.pool import map_serially
from ev2gym_dashboard.service.execution.process_pool import make_process_pool
from ev2gym_dashboard.service.sweeps.dataset import read_rows
from ev2gym_dashboard.service.sweeps.plan import Sweep
from ev2gym_dashboard.service.sweeps.runner import run_sweep, simulate_sites

SWEEP = Sweep({"days": 0.25, "fleet_size": 40}, {"strategy": ("price", "renewable"), "seed": tuple(range(6))})
ANY_PORT = "127.0.0.1:0"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=ANY_PORT) as two:
        yield two


@pytest.fixture
def client(cluster: Any) -> Iterator[Client]:
    with connect_scheduler(cluster.scheduler_address) as connected:
        yield connected


def test_sites_add_up_to_the_same_bits_wherever_they_ran(client: Client) -> None:
    scenario = Scenario(fleet_size=70, days=0.25)
    pools = [map_serially, make_process_pool(1), make_process_pool(2), make_cluster_pool(client)]
    first, *others = (simulate_sites(scenario, 5, pool=pool) for pool in pools)
    for other in others:
        assert other.kpis == first.kpis
        pd.testing.assert_frame_equal(other.series, first.series, check_exact=True)


def test_a_worker_that_is_killed_in_mid_sweep_costs_no_run(client: Client, tmp_path: Path) -> None:
    killed: list[int] = []

    def killing(work, tasks):  # type: ignore[no-untyped-def]
        for made in make_cluster_pool(client)(work, tasks):
            if not killed:
                killed.append(next(iter(client.run(os.getpid).values())))
                os.kill(killed[0], signal.SIGKILL)
            yield made

    done = run_sweep(SWEEP, tmp_path / "cluster", pool=killing)
    run_sweep(SWEEP, tmp_path / "here")
    assert (done.n_runs, done.n_failed) == (12, 0)
    assert killed
    rows = (read_rows(tmp_path / name) for name in ("cluster", "here"))
    pd.testing.assert_frame_equal(*rows, check_exact=True)


def test_an_error_of_a_run_is_told_of_that_run(client: Client) -> None:
    with pytest.raises(RuntimeError, match=r"1 of 1 sites could not be run: ValidationError: strategy: must be one of"):
        simulate_sites(Scenario(strategy="magic"), 1, pool=make_cluster_pool(client))


def test_a_scheduler_that_is_gone_is_told_and_not_taken_for_failed_runs(tmp_path: Path) -> None:
    with LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=ANY_PORT) as cluster:
        client = Client(cluster.scheduler_address, timeout=5, set_as_default=False)

        def losing(work, tasks):  # type: ignore[no-untyped-def]
            for made in make_cluster_pool(client)(work, tasks):
                client.close()
                yield made

        with pytest.raises(SchedulerLost, match="the scheduler is gone"):
            run_sweep(SWEEP, tmp_path, pool=losing)
    assert 0 < len(read_rows(tmp_path)) < 12


def test_who_does_not_answer_is_no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ev2gym_dashboard.service.execution.dask_cluster.SCHEDULER_TIMEOUT_S", 0.2)
    with pytest.raises(ValidationError, match=r"--scheduler: must be a dask\.distributed scheduler that answers"):
        connect_scheduler("tcp://127.0.0.1:1")


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError, match="--scheduler: must be"):
        connect_scheduler("nonsense://somewhere")


def test_workers_of_another_version_are_refused(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ev2gym_dashboard.service.execution.dask_cluster.get_kernel_name", lambda: "an abacus")
    with pytest.raises(
        ValidationError, match=r"--scheduler: its workers must have .* with an abacus as here, not .* with Num"
    ):
        connect_scheduler(cluster.scheduler_address)


def test_workers_without_the_package_are_refused(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    me = os.getpid()

    def only_here() -> str:
        if os.getpid() != me:
            raise ModuleNotFoundError("No module named 'ev2gym_dashboard'")
        return "0.1.0"

    monkeypatch.setattr("ev2gym_dashboard.service.execution.dask_cluster.describe_software", only_here)
    with pytest.raises(ValidationError, match=r"must have ev2gym-dashboard 0\.1\.0 as here, not .*No module named"):
        connect_scheduler(cluster.scheduler_address)


def test_a_scheduler_without_workers_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ev2gym_dashboard.service.execution.dask_cluster.SCHEDULER_TIMEOUT_S", 1)
    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address=ANY_PORT) as cluster,
        pytest.raises(ValidationError, match="--scheduler: has no worker"),
    ):
        connect_scheduler(cluster.scheduler_address)


def test_without_dask_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ev2gym_dashboard.service.execution.dask_cluster.find_spec", lambda _: None)
    with pytest.raises(ValidationError, match=r"ev2gym-dashboard\[cluster\]"):
        connect_scheduler("tcp://127.0.0.1:8786")
