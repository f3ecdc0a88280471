"""Job queue of two versions: each computes its own jobs, in turns, and none reads a result of the other."""

from __future__ import annotations

import pytest

from ev2gym_dashboard.service.jobs import job_tables, kinds
from ev2gym_dashboard.service.jobs.job import DONE, FAILED, OTHER_VERSION, WAITING, Job
from ev2gym_dashboard.service.jobs.job_tables import write_result
from ev2gym_dashboard.service.jobs.queue import JobQueue
from ev2gym_dashboard.service.jobs.worker import JobWorker
from tests.service.jobs.conftest import SMALL, Clock, ask_as, poll_states, submit


def test_a_job_of_another_version_is_refused_and_never_answered_with_other_numbers(
    jobs: JobQueue, started: list[str]
) -> None:
    jobs.submit("key of a newer server", SMALL.canonical_json, "me")
    JobWorker(jobs, started[0]).run()
    job = jobs.poll("key of a newer server", "me")
    assert (job.state, job.error, jobs.read_result("key of a newer server")) == (FAILED, OTHER_VERSION, None)


def test_a_worker_takes_the_jobs_of_its_version_and_leaves_those_of_another_one_waiting(
    jobs: JobQueue, other: JobQueue, clock: Clock, started: list[str], launched: list[str]
) -> None:
    other.submit("key of the other version", SMALL.canonical_json, "you")
    clock.s += 1
    assert submit(jobs).state == WAITING
    assert (len(launched), started) == (1, [])
    # The worker of the other version ends; nothing is computed twice, and nothing with the code of the other one.
    JobWorker(other, launched[0]).run()
    assert poll_states(jobs, SMALL) == [WAITING]
    JobWorker(jobs, started[0]).run()
    assert poll_states(jobs, SMALL) == [DONE]
    assert other.poll("key of the other version", "you").error == OTHER_VERSION


def test_jobs_of_another_version_alone_start_no_worker_of_this_one(
    jobs: JobQueue, other: JobQueue, started: list[str]
) -> None:
    other.submit("key of the other version", SMALL.canonical_json, "you")
    with jobs.connect() as connection:
        connection.execute("DELETE FROM lease")
    assert jobs.poll("key of the other version", "me").state == WAITING
    assert started == []


def test_two_versions_take_turns_however_many_jobs_one_of_them_has(
    jobs: JobQueue, other: JobQueue, clock: Clock, started: list[str], launched: list[str]
) -> None:
    with ask_as("192.0.2.1"):
        for n in range(10):
            jobs.submit(f"many {n}", "{}", "many")
    worker = JobWorker(jobs, started[0])
    worker._take_next_job()
    clock.s += 1
    with ask_as("192.0.2.2"):
        assert other.submit("modest", "{}", "modest").n_ahead == 2
    worker._finish_job(FAILED, b"", 1.0)
    assert worker._take_next_job() is None
    # The lease is free, and it is not the turn of the version with many jobs.
    assert jobs.poll("many 1", "many").state == WAITING
    assert len(started) == 1
    assert other.poll("modest", "modest").state == WAITING
    JobWorker(other, launched[0]).run()
    assert other.poll("modest", "modest").state == FAILED
    assert jobs.poll("many 1", "many").n_ahead == 0
    assert len(started) == 2


def test_the_turn_of_a_version_whose_servers_have_gone_passes_to_the_other(
    jobs: JobQueue, other: JobQueue, clock: Clock, started: list[str], launched: list[str]
) -> None:
    other.submit("of a server that has gone", "{}", "you")
    with jobs.connect() as connection:
        connection.execute("DELETE FROM lease")
    clock.s += 1
    submit(jobs)
    assert started == []
    clock.s += job_tables.TURN_TIMEOUT_S
    # Asking a server of this version for the job does not say that one of the other is there.
    assert jobs.poll("of a server that has gone", "you").state == WAITING
    assert poll_states(jobs, SMALL) == [WAITING]
    assert (len(started), len(launched)) == (1, 1)
    assert JobWorker(jobs, started[0])._take_next_job() == SMALL.canonical_json


def test_a_job_of_a_server_that_has_gone_is_given_up_with_the_reason(
    jobs: JobQueue, other: JobQueue, clock: Clock, started: list[str]
) -> None:
    other.submit("of a server that has gone", "{}", "you")
    for _ in range(int(job_tables.ABANDONED_S)):
        clock.s += 1
        job = jobs.poll("of a server that has gone", "you")
    assert job == Job(FAILED, error=OTHER_VERSION)
    assert started == []


def test_the_result_of_another_version_is_not_read_and_stays(jobs: JobQueue, other: JobQueue) -> None:
    other.submit("x", "{}", "you")
    with jobs.connect() as connection:
        connection.execute("UPDATE job SET state = ?", (DONE,))
        write_result(connection, "x", b"its figures")
    assert jobs.poll("x", "me") == Job(FAILED, error=OTHER_VERSION)
    assert (jobs.read_request("x"), jobs.read_result("x")) == (None, None)
    assert other.poll("x", "you").state == DONE
    assert (other.read_request("x"), other.read_result("x")) == ("{}", b"its figures")


def test_a_worker_that_has_lost_its_lease_takes_no_job(
    jobs: JobQueue, other: JobQueue, clock: Clock, started: list[str], launched: list[str]
) -> None:
    submit(jobs)
    late = JobWorker(jobs, started[0])
    late._take_next_job()
    clock.s += job_tables.LEASE_TIMEOUT_S + 1
    # It was stopped for so long that another one has its lease; the job that it had waits again.
    other.submit("of another version", "{}", "you")
    assert poll_states(jobs, SMALL) == [WAITING]
    assert len(started) + len(launched) == 2
    late._finish_job(DONE, b"too late", 1.0)
    assert late._take_next_job() is None
    assert poll_states(jobs, SMALL) == [WAITING]
    assert jobs.read_result(SMALL.key) is None


def test_numbers_of_files_that_an_update_replaced_meanwhile_are_no_result(
    jobs: JobQueue, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(jobs)
    monkeypatch.setattr(kinds, "has_code_on_disk", lambda: False)
    JobWorker(jobs, started[0]).run()
    assert (jobs.poll(SMALL.key, "me").error, jobs.read_result(SMALL.key)) == (OTHER_VERSION, None)
