"""Dask cluster: two workers give the bits of this process, also when a worker is lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from distributed import Client
from distributed.comm.core import CommClosedError

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.execution.dask_cluster import (
    SchedulerLost,
    connect_scheduler,
    make_cluster_pool,
    open_cluster_pool,
)
from ev2gym_dashboard.service.execution.pool_interface import KeyedTask, map_serially
from ev2gym_dashboard.service.execution.process_pool import make_process_pool
from ev2gym_dashboard.service.sweeps.dataset import read_rows
from ev2gym_dashboard.service.sweeps.plan import Sweep
from ev2gym_dashboard.service.sweeps.runner import run_sweep, simulate_sites
from ev2gym_dashboard.strategies.door.plugins import load_strategy_files, read_strategy_file
from tests.service.execution.cluster import open_local_cluster
from tests.strategies.plugins import restore_strategies

TaskFunction = Callable[[Any], Any]
Outcomes = Iterator[tuple[Any, Any]]
SWEEP = Sweep({"days": 0.25, "fleet_size": 40}, {"strategy": ("price", "renewable"), "seed": tuple(range(6))})


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with open_local_cluster(2) as local_cluster:
        yield local_cluster


@pytest.fixture
def client(cluster: Any) -> Iterator[Client]:
    with connect_scheduler(cluster.scheduler_address) as connected:
        yield connected


def test_sites_have_the_same_bits_in_every_pool(client: Client) -> None:
    scenario = Scenario(fleet_size=70, days=0.25)
    pools = [map_serially, make_process_pool(1), make_process_pool(2), make_cluster_pool(client)]
    serial, *others = (simulate_sites(scenario, 5, pool=pool) for pool in pools)
    assert others
    for other in others:
        assert other.kpis == serial.kpis
        pd.testing.assert_frame_equal(other.series, serial.series, check_exact=True)


HALF = """
from ev2gym_dashboard import strategy

@strategy()
def half(view, params):
    \"\"\"Charges at half power.\"\"\"
    return 0.5 * view.charge_to_soc(view.target_soc)
"""


def test_a_strategy_file_and_sessions_run_on_the_workers_too(client: Client, tmp_path: Path) -> None:
    file = tmp_path / "half.py"
    file.write_text(HALF, encoding="utf-8")
    stays = {"arrival": "2026-12-15T17:00", "departure": "2026-12-15T21:00", "capacity_kwh": 60, "power_kw": 11}
    sessions = [stays | {"vehicle": i, "energy_kwh": 5 + i} for i in range(4)]
    with restore_strategies():
        load_strategy_files((read_strategy_file(file),))
        scenario = Scenario(strategy="half", sessions=sessions, evses="2 x AC 11", days=0.5, start="2026-12-15T12:00")
        serial, on_cluster = (
            simulate_sites(scenario, 1, pool=pool) for pool in (map_serially, make_cluster_pool(client))
        )
    assert serial.kpis["g2v_kwh"] > 0.0
    assert on_cluster.kpis == serial.kpis


def test_a_worker_killed_in_mid_sweep_loses_no_run(client: Client, tmp_path: Path) -> None:
    killed: list[int] = []

    def kill_first_worker(function: TaskFunction, tasks: Iterable[KeyedTask]) -> Outcomes:
        for outcome in make_cluster_pool(client)(function, tasks):
            if not killed:
                killed.append(next(iter(client.run(os.getpid).values())))
                os.kill(killed[0], signal.SIGKILL)
            yield outcome

    summary = run_sweep(SWEEP, tmp_path / "cluster", pool=kill_first_worker)
    run_sweep(SWEEP, tmp_path / "serial")
    assert (summary.n_runs, summary.n_failed) == (12, 0)
    assert killed
    cluster_rows, serial_rows = (read_rows(tmp_path / name) for name in ("cluster", "serial"))
    pd.testing.assert_frame_equal(cluster_rows, serial_rows, check_exact=True)


def test_the_error_of_a_run_is_reported_with_that_run(client: Client) -> None:
    with pytest.raises(RuntimeError, match=r"1 of 1 sites could not be run: ValidationError: strategy: must be one of"):
        simulate_sites(Scenario(strategy="magic"), 1, pool=make_cluster_pool(client))


def test_a_lost_scheduler_is_reported_and_not_taken_for_failed_runs(tmp_path: Path) -> None:
    with open_local_cluster(1, processes=False) as cluster:
        start_client: Any = Client
        client = start_client(cluster.scheduler_address, timeout=5, set_as_default=False)

        def lose_scheduler(function: TaskFunction, tasks: Iterable[KeyedTask]) -> Outcomes:
            for outcome in make_cluster_pool(client)(function, tasks):
                client.close()
                yield outcome

        with pytest.raises(SchedulerLost, match="the scheduler is gone"):
            run_sweep(SWEEP, tmp_path, pool=lose_scheduler)
    assert 0 < len(read_rows(tmp_path)) < 12


@dataclass
class FakeCluster:
    """A client, its future and its iterator of completed futures; each call named in `faults` raises its error."""

    faults: dict[str, Exception] = field(default_factory=dict)
    status: str = "running"
    loop: None = None
    key: str = "task"

    def raise_fault(self, call: str) -> None:
        if call in self.faults:
            raise self.faults[call]

    def submit(self, *_: object, pure: bool) -> FakeFuture:
        assert not pure, "Dask would merge equal tasks"
        self.raise_fault("submit")
        return FakeFuture(self, "error" if "exception" in self.faults else "finished")

    def add(self, future: FakeFuture) -> None:
        self.raise_fault("add")
        self.future = future

    def __next__(self) -> FakeFuture:
        self.raise_fault("next")
        return self.future

    def wait_for_workers(self, *_: object, **__: object) -> None:
        pass

    def run(self, *_: object, **__: object) -> dict[str, str]:
        self.raise_fault("run")
        return {}

    def close(self) -> None:
        self.raise_fault("close")


@dataclass
class FakeFuture:
    cluster: FakeCluster
    status: str
    key: str = "task"

    def result(self) -> str:
        self.cluster.raise_fault("result")
        return "output"

    def exception(self) -> Exception:
        self.cluster.raise_fault("exception")
        return ValueError("a task")


def map_on_fake(fake: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    monkeypatch.setattr("distributed.as_completed", lambda **_: fake)
    return list(make_cluster_pool(fake)(str, [("key", 1)]))


LOSSES = (CommClosedError("closed"), TimeoutError("late"), CancelledError("cancelled"), ConnectionResetError("reset"))


@pytest.mark.parametrize("call", ["submit", "add", "next", "result", "exception"])
@pytest.mark.parametrize("error", LOSSES, ids=lambda error: type(error).__name__)
def test_a_scheduler_lost_in_any_call_is_reported_as_lost(
    call: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SchedulerLost, match="the scheduler is gone"):
        map_on_fake(FakeCluster({call: error}), monkeypatch)


@pytest.mark.parametrize("call", ["submit", "add", "next", "result", "exception"])
def test_any_error_of_a_closed_client_is_a_lost_scheduler(call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fault = RuntimeError("IOLoop is closed")
    with pytest.raises(SchedulerLost):
        map_on_fake(FakeCluster({call: fault}, status="closed"), monkeypatch)
    with pytest.raises(RuntimeError, match="IOLoop is closed"):
        map_on_fake(FakeCluster({call: fault}), monkeypatch)


def test_a_loss_while_the_connection_is_closed_hides_neither_the_results_nor_the_first_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake = FakeCluster({"close": CommClosedError("closed")})
    monkeypatch.setattr("ev2gym_dashboard.service.execution.dask_cluster.connect_scheduler", lambda _: fake)
    monkeypatch.setattr("distributed.as_completed", lambda **_: fake)
    with open_cluster_pool("tcp://host:8786") as pool:
        assert list(pool(str, [("key", 1)])) == [("key", "output")]
    fake.faults["result"] = TimeoutError("late")
    with pytest.raises(SchedulerLost), open_cluster_pool("tcp://host:8786") as pool:
        list(pool(str, [("key", 1)]))


def test_a_scheduler_lost_while_its_workers_are_checked_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeCluster({"run": CommClosedError("closed"), "close": TimeoutError("late")})
    monkeypatch.setattr("distributed.Client", lambda *_, **__: fake)
    with pytest.raises(ValidationError, match=r"--scheduler: must be a dask\.distributed scheduler that answers"):
        connect_scheduler("tcp://host:8786")


def test_an_address_without_a_scheduler_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ev2gym_dashboard.service.execution.dask_cluster.SCHEDULER_TIMEOUT_S", 0.2)
    with pytest.raises(ValidationError, match=r"--scheduler: must be a dask\.distributed scheduler that answers"):
        connect_scheduler("tcp://127.0.0.1:1")


def test_an_invalid_address_is_refused() -> None:
    with pytest.raises(ValidationError, match="--scheduler: must be"):
        connect_scheduler("nonsense://somewhere")


def test_workers_of_another_version_are_refused(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ev2gym_dashboard.service.execution.dask_cluster.get_kernel_name", lambda: "an abacus")
    with pytest.raises(
        ValidationError, match=r"--scheduler: its workers must have .* with an abacus as here, not .* with Num"
    ):
        connect_scheduler(cluster.scheduler_address)


def test_workers_without_the_package_are_refused(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    test_pid = os.getpid()

    def fail_in_workers() -> str:
        if os.getpid() != test_pid:
            raise ModuleNotFoundError("No module named 'ev2gym_dashboard'")
        return "0.1.0"

    monkeypatch.setattr("ev2gym_dashboard.service.execution.dask_cluster.describe_software", fail_in_workers)
    with pytest.raises(ValidationError, match=r"must have ev2gym-dashboard 0\.1\.0 as here, not .*No module named"):
        connect_scheduler(cluster.scheduler_address)


def test_a_scheduler_without_workers_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ev2gym_dashboard.service.execution.dask_cluster.SCHEDULER_TIMEOUT_S", 1)
    with (
        open_local_cluster(0, processes=False) as cluster,
        pytest.raises(ValidationError, match="--scheduler: has no worker"),
    ):
        connect_scheduler(cluster.scheduler_address)


def test_without_dask_the_error_names_the_package_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ev2gym_dashboard.service.execution.dask_cluster.find_spec", lambda _: None)
    with pytest.raises(ValidationError, match=r"ev2gym-dashboard\[cluster\]"):
        connect_scheduler("tcp://127.0.0.1:8786")
