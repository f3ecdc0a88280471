"""A file of jobs that cannot be written, or not be read, for a while: what it knows is told, and nothing is lost."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ev2gym_dashboard.service.jobs import queue
from ev2gym_dashboard.service.jobs.job import CANCELLED, DONE, RUNNING, STORE_FAULT, WAITING, Job
from ev2gym_dashboard.service.jobs.job_tables import write_result
from ev2gym_dashboard.service.jobs.queue import JobQueue
from tests.service.jobs.conftest import SMALL, poll_states, submit

RESULT = b"result"


@pytest.fixture
def lock(jobs: JobQueue, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    """Another process, which may hold the write lock for longer than anybody waits."""
    monkeypatch.setattr(queue, "QUEUE_LOCK_TIMEOUT_S", 0.0)
    submit(jobs)
    with closing(sqlite3.connect(jobs.path)) as connection:
        yield connection


def set_state(jobs: JobQueue, state: str) -> None:
    with jobs.connect() as connection:
        connection.execute("UPDATE job SET state = ?", (state,))
        if state == DONE:
            write_result(connection, SMALL.key, RESULT)


@pytest.mark.parametrize("state", [WAITING, RUNNING, DONE])
def test_a_job_is_known_while_the_file_cannot_be_written(jobs: JobQueue, lock: sqlite3.Connection, state: str) -> None:
    set_state(jobs, state)
    lock.execute("BEGIN IMMEDIATE")
    assert jobs.poll(SMALL.key, "somebody else").state == state
    assert submit(jobs, client="somebody else").state == state


def test_a_result_is_read_while_the_file_cannot_be_written(jobs: JobQueue, lock: sqlite3.Connection) -> None:
    set_state(jobs, DONE)
    lock.execute("BEGIN IMMEDIATE")
    assert jobs.find_result(jobs.poll(SMALL.key, "me"), SMALL.key) == (Job(DONE), RESULT)


def test_a_result_is_read_from_a_folder_that_became_read_only(jobs: JobQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    submit(jobs)
    set_state(jobs, DONE)

    def refuse(*_arguments: Any, **_options: Any) -> None:
        raise sqlite3.OperationalError("unable to open database file")

    monkeypatch.setattr(queue, "open_database", refuse)
    monkeypatch.setattr(os, "access", lambda _path, mode: mode != os.W_OK)
    for job in (jobs.poll(SMALL.key, "me"), submit(jobs)):
        assert jobs.find_result(job, SMALL.key) == (Job(DONE), RESULT)


def test_a_job_that_would_have_to_be_queued_is_refused_meanwhile(jobs: JobQueue, lock: sqlite3.Connection) -> None:
    set_state(jobs, CANCELLED)
    lock.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        submit(jobs)
    lock.rollback()
    assert submit(jobs).state == WAITING


def test_a_result_that_cannot_be_read_waits_for_the_next_poll(jobs: JobQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    submit(jobs)
    set_state(jobs, DONE)
    path = jobs.path
    monkeypatch.setattr(jobs, "path", Path("/proc/nowhere/jobs.sqlite3"))
    assert jobs.find_result(Job(DONE), SMALL.key) == (Job(WAITING, error=STORE_FAULT), None)
    monkeypatch.setattr(jobs, "path", path)
    assert jobs.find_result(Job(DONE), SMALL.key) == (Job(DONE), RESULT)


def test_a_result_that_was_evicted_since_is_computed_again(jobs: JobQueue) -> None:
    assert jobs.find_result(Job(DONE), SMALL.key) == (Job(WAITING), None)
    assert poll_states(jobs, SMALL) == ["unknown"]
