"""Job queue: a job runs once per request, for every process; it is cancelled, taken over and evicted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.service.comparison.request import decode_comparison, make_comparison_request
from ev2gym_dashboard.service.comparison.runner import run_comparison
from ev2gym_dashboard.service.jobs import job_tables, queue
from ev2gym_dashboard.service.jobs.job import (
    CANCELLED,
    DONE,
    FAILED,
    RUNNING,
    UNKNOWN,
    WAITING,
    WORKER_LOST,
    Job,
)
from ev2gym_dashboard.service.jobs.job_tables import write_result
from ev2gym_dashboard.service.jobs.queue import JobQueue, QueueFull
from ev2gym_dashboard.service.jobs.worker import NICENESS, JobWorker
from ev2gym_dashboard.service.runtime.environment import JOBS_FOLDER_VARIABLE
from tests.service.jobs.conftest import SMALL, Clock, ask_as, poll_states, submit

LONG = make_comparison_request(Scenario(fleet_size=20_000), "month", 3)
PATIENCE_S = 120.0


@pytest.fixture
def real(tmp_path: Path) -> Iterator[JobQueue]:
    """Queue with real workers; none is left behind."""
    jobs = JobQueue(tmp_path / "jobs.sqlite3")
    yield jobs
    with jobs.connect() as connection:
        connection.execute("DELETE FROM lease")
    wait_until(lambda: not list_workers(jobs))


def list_workers(jobs: JobQueue) -> list[int]:
    pids = [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit()]
    return [pid for pid in pids if str(jobs.path).encode() in read_command(pid)]


def read_command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_result_equals_that_of_compare_to_the_bit_and_a_request_runs_once(real: JobQueue) -> None:
    submit(real)
    submit(JobQueue(real.path), client="another process")
    wait_until(lambda: poll_states(real, SMALL) == [DONE])
    direct = run_comparison(SMALL.scenario, seeds=2)
    comparison = decode_comparison(SMALL, real.read_result(SMALL.key) or b"")
    for name in ("kpi_values", "baseline_values", "net_load_kw"):
        assert np.array_equal(getattr(comparison, name), getattr(direct, name)), name
    assert comparison.times.equals(direct.times)
    assert (comparison.variants, comparison.seeds) == (direct.variants, direct.seeds)
    assert comparison.scenarios == direct.scenarios
    with real.connect() as connection:
        assert connection.execute("SELECT attempts, share FROM job").fetchall() == [(1, 1.0)]
    assert submit(real).state == DONE


def test_a_worker_reports_progress_at_the_lowest_priority_and_a_cancel_ends_it(real: JobQueue) -> None:
    submit(real, LONG)
    wait_until(lambda: real.poll(LONG.key, "me").share > 0.0)
    (pid,) = list_workers(real)
    assert os.getpriority(os.PRIO_PROCESS, pid) == NICENESS
    assert real.cancel(LONG.key, "me").state == CANCELLED
    wait_until(lambda: not list_workers(real))
    assert poll_states(real, LONG) == [CANCELLED]
    assert real.read_result(LONG.key) is None


def test_a_worker_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite3"
    code = (
        "import sys, time; from pathlib import Path; from ev2gym_dashboard.service.jobs.queue import JobQueue; "
        f"JobQueue(Path({str(path)!r})).submit({LONG.key!r}, {LONG.canonical_json!r}, 'me'); time.sleep(600)"
    )
    server = subprocess.Popen([sys.executable, "-c", code])
    jobs = JobQueue(path, launch=lambda _path, _owner: None)
    wait_until(lambda: poll_states(jobs, LONG) == [RUNNING])
    server.send_signal(signal.SIGKILL)
    server.wait()
    wait_until(lambda: not any(b"jobs.worker" in read_command(pid) for pid in list_workers(jobs)))
    assert poll_states(jobs, LONG) == [RUNNING]


def test_a_job_whose_worker_sends_no_heartbeat_is_restarted_at_the_next_poll(
    jobs: JobQueue, clock: Clock, started: list[str]
) -> None:
    submit(jobs)
    JobWorker(jobs, started[0])._take_next_job()
    assert poll_states(jobs, SMALL) == [RUNNING]
    clock.s += job_tables.LEASE_TIMEOUT_S - 1
    poll_states(jobs, SMALL)
    assert len(started) == 1
    clock.s += 2
    assert poll_states(jobs, SMALL) == [WAITING]
    assert len(started) == 2
    assert not JobWorker(jobs, started[0])._send_heartbeat()


def test_a_heartbeat_after_the_last_job_does_not_end_the_process(jobs: JobQueue, started: list[str]) -> None:
    submit(jobs)
    worker = JobWorker(jobs, started[0])
    assert worker._take_next_job() is not None
    assert worker._send_heartbeat()
    worker._finish_job(FAILED, b"", 1.0)
    # The lease is released, and a heartbeat may come before the worker goes on.
    assert worker._take_next_job() is None
    assert worker._send_heartbeat()


def test_a_job_whose_worker_dies_at_every_attempt_fails(jobs: JobQueue, clock: Clock, started: list[str]) -> None:
    submit(jobs)
    for _ in range(job_tables.MAX_ATTEMPTS):
        JobWorker(jobs, started[-1])._take_next_job()
        clock.s += job_tables.LEASE_TIMEOUT_S + 1
        jobs.poll(SMALL.key, "me")
    assert jobs.poll(SMALL.key, "me") == Job(FAILED, error=WORKER_LOST)
    assert submit(jobs).state == WAITING


def test_a_failed_job_is_reported_and_the_next_one_runs(jobs: JobQueue, clock: Clock, started: list[str]) -> None:
    jobs.submit("broken", "{}", "me")
    clock.s += 1
    submit(jobs)
    JobWorker(jobs, started[0]).run()
    assert [jobs.poll(key, "me").state for key in ("broken", SMALL.key)] == [FAILED, DONE]


def test_waiting_jobs_report_the_number_ahead_of_them(jobs: JobQueue, clock: Clock, started: list[str]) -> None:
    others = [replace(SMALL, seeds=n) for n in (3, 4)]
    for request in (SMALL, *others):
        submit(jobs, request)
        clock.s += 1
    JobWorker(jobs, started[0])._take_next_job()
    assert [jobs.poll(request.key, "me").n_ahead for request in (SMALL, *others)] == [0, 1, 2]
    assert len(started) == 1


def test_a_cancel_keeps_a_job_that_another_client_waits_for(jobs: JobQueue, clock: Clock) -> None:
    submit(jobs, client="me")
    submit(jobs, client="you")
    assert jobs.cancel(SMALL.key, "me").state == CANCELLED
    assert jobs.poll(SMALL.key, "you").state == WAITING
    clock.s += job_tables.SUBSCRIPTION_TIMEOUT_S + 1
    jobs.cancel(SMALL.key, "me")
    assert jobs.poll(SMALL.key, "you").state == CANCELLED


def test_the_number_of_waiting_jobs_of_a_client_is_bounded_and_another_one_has_its_own(jobs: JobQueue) -> None:
    with ask_as("192.0.2.1"):
        for n in range(queue.MAX_WAITING_PER_CLIENT):
            jobs.submit(str(n), "", "me")
        with pytest.raises(QueueFull):
            jobs.submit("one more", "", "me")
        assert jobs.submit("0", "", "me").state == WAITING
    with ask_as("192.0.2.2"):
        assert jobs.submit("another's", "", "you").state == WAITING


def test_the_number_of_waiting_jobs_is_bounded(jobs: JobQueue) -> None:
    for n in range(queue.MAX_WAITING):
        with ask_as(f"192.0.2.{n}"):
            jobs.submit(str(n), "", "me")
    with ask_as("192.0.2.255"), pytest.raises(QueueFull):
        jobs.submit("one more", "", "me")


def test_a_client_with_many_jobs_delays_the_first_of_another_by_one(
    jobs: JobQueue, clock: Clock, started: list[str]
) -> None:
    with ask_as("192.0.2.1"):
        for n in range(10):
            jobs.submit(f"greedy {n}", "{}", "greedy")
            clock.s += 0.1
    worker = JobWorker(jobs, started[0])
    worker._take_next_job()
    with ask_as("192.0.2.2"):
        assert jobs.submit("modest", "{}", "modest").n_ahead == 2
    clock.s += 8
    worker._finish_job(FAILED, b"", 10.0)
    # The first job of each comes before a second one, and of the two clients the one that had no time yet.
    assert jobs.poll("modest", "modest").n_ahead == 0
    worker._take_next_job()
    assert jobs.poll("modest", "modest").state == RUNNING


def test_a_job_that_nobody_asks_for_any_more_is_given_up(jobs: JobQueue, clock: Clock, started: list[str]) -> None:
    submit(jobs)
    clock.s += 1
    other = replace(SMALL, seeds=3)
    submit(jobs, other)
    worker = JobWorker(jobs, started[0])
    worker._take_next_job()
    clock.s += job_tables.ABANDONED_S - 2
    assert worker._send_heartbeat()
    assert poll_states(jobs, other) == [WAITING]
    clock.s += 2
    assert not worker._send_heartbeat()
    assert poll_states(jobs, SMALL, other) == [CANCELLED, WAITING]


def test_a_poll_soon_after_another_one_of_its_client_writes_nothing(jobs: JobQueue, clock: Clock) -> None:
    submit(jobs)
    with jobs.connect() as connection:
        connection.execute("BEGIN IMMEDIATE")
        # With the lock of the file held, a poll that writes would wait in vain.
        assert poll_states(JobQueue(jobs.path, clock=clock), SMALL) == [WAITING]
    with jobs.connect() as connection:
        assert connection.execute("SELECT seen_at FROM subscriber").fetchall() == [(clock.s,)]
    clock.s += job_tables.NOTE_AGE_S
    poll_states(jobs, SMALL)
    with jobs.connect() as connection:
        assert connection.execute("SELECT seen_at FROM subscriber").fetchall() == [(clock.s,)]


def test_a_job_that_a_worker_takes_amid_a_poll_has_one_state_in_it(
    jobs: JobQueue, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(jobs)
    list_waiting = job_tables.list_waiting

    def list_after_take(*arguments: Any) -> list[tuple[str, str]]:
        monkeypatch.undo()
        JobWorker(jobs, started[0])._take_next_job()
        return list_waiting(*arguments)

    monkeypatch.setattr(job_tables, "list_waiting", list_after_take)
    assert jobs.poll(SMALL.key, "me") == Job(WAITING)
    assert poll_states(jobs, SMALL) == [RUNNING]


def test_results_are_bounded_in_bytes_and_age_and_the_least_recently_used_is_evicted(
    jobs: JobQueue, clock: Clock, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_tables, "MAX_QUEUE_BYTES", 2500)
    with jobs.connect() as connection:
        for n in range(3):
            connection.execute(
                "INSERT INTO job VALUES (?, ?, '', '', 'done', 1, '', 0, 1, 1, ?, 1000)",
                (str(n), jobs.version, clock.s + n),
            )
            write_result(connection, str(n), b"\0")
    submit(jobs)
    assert [jobs.read_result(str(n)) for n in range(3)] == [None, b"\0", b"\0"]
    clock.s += job_tables.MAX_AGE_S + 10
    submit(jobs, replace(SMALL, seeds=3))
    assert jobs.read_result("2") is None
    assert jobs.poll("2", "me").state == UNKNOWN


@pytest.mark.parametrize("place", [0, 31, 32, 40, -1])
def test_a_damaged_result_is_never_shown_and_its_job_runs_again(jobs: JobQueue, started: list[str], place: int) -> None:
    data = bytes(range(50))
    jobs.submit("x", "{}", "me")
    with jobs.connect() as connection:
        connection.execute("UPDATE job SET state = ?", (DONE,))
        write_result(connection, "x", data)
    assert (jobs.poll("x", "me").state, jobs.read_result("x")) == (DONE, data)
    with jobs.connect() as connection:
        sealed = bytearray(connection.execute("SELECT data FROM result").fetchone()[0])
        sealed[place] ^= 1
        connection.execute("UPDATE result SET data = ?", (bytes(sealed),))
    assert jobs.read_result("x") is None
    assert jobs.poll("x", "me").state == UNKNOWN
    assert jobs.submit("x", "{}", "me").state == WAITING


def test_a_result_of_another_type_is_damage(jobs: JobQueue) -> None:
    jobs.submit("x", "{}", "me")
    with jobs.connect() as connection:
        connection.execute("UPDATE job SET state = ?", (DONE,))
        connection.execute("INSERT INTO result VALUES ('x', 'a text of more than thirty-two characters')")
    assert jobs.read_result("x") is None
    assert jobs.poll("x", "me").state == UNKNOWN


def test_a_job_that_is_cancelled_and_submitted_again_goes_on_in_the_same_worker(
    jobs: JobQueue, clock: Clock, started: list[str]
) -> None:
    clock.s = time.time()
    submit(jobs)
    worker = JobWorker(jobs, started[0])
    worker._take_next_job()
    jobs.cancel(SMALL.key, "me")
    submit(jobs)
    assert worker._send_heartbeat()
    assert poll_states(jobs, SMALL) == [RUNNING]
    assert len(started) == 1


def test_a_file_of_other_tables_is_left_alone(tmp_path: Path) -> None:
    old = tmp_path / "jobs.sqlite3"
    old.write_bytes(b"tables of version 0.1")
    jobs = JobQueue(tmp_path / queue.QUEUE_FILE_NAME, launch=lambda _path, _owner: None)
    assert submit(jobs).state == WAITING
    assert old.read_bytes() == b"tables of version 0.1"


def test_the_worker_is_a_module_that_can_be_run() -> None:
    worker = import_module(queue.WORKER_MODULE)
    assert callable(worker.main)


def test_without_a_state_folder_the_processes_share_a_temporary_folder(tmp_path: Path) -> None:
    assert queue.find_jobs_folder({"EV2GYM_DASHBOARD_STATE": "off"}) is None
    assert queue.find_jobs_folder({"EV2GYM_DASHBOARD_STATE": "off", JOBS_FOLDER_VARIABLE: "/x"}) == Path("/x")
    assert queue.find_jobs_folder({"EV2GYM_DASHBOARD_STATE": str(tmp_path / "new")}) == tmp_path / "new"
    assert queue.find_jobs_folder({"EV2GYM_DASHBOARD_STATE": "/proc/nowhere"}) is None
