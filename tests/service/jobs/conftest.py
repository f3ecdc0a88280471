"""Queues whose workers are only recorded, of this version and of another one, and requests to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.service.comparison.request import ComparisonRequest, make_comparison_request
from ev2gym_dashboard.service.jobs.job import Job
from ev2gym_dashboard.service.jobs.queue import JobQueue
from ev2gym_dashboard.service.runtime.client_name import client_name

SMALL = make_comparison_request(Scenario(fleet_size=20), "day", 2)


class Clock:
    def __init__(self) -> None:
        self.s = 1e9

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def started() -> list[str]:
    return []


@pytest.fixture
def jobs(tmp_path: Path, clock: Clock, started: list[str]) -> JobQueue:
    """Queue whose workers are only recorded."""
    return JobQueue(tmp_path / "jobs.sqlite3", launch=lambda _path, owner: started.append(owner), clock=clock)


@pytest.fixture
def launched() -> list[str]:
    return []


@pytest.fixture
def other(jobs: JobQueue, launched: list[str]) -> JobQueue:
    """The same file, as a server of another version sees it."""
    return JobQueue(jobs.path, launch=lambda _path, owner: launched.append(owner), version="another", clock=jobs.clock)


def submit(jobs: JobQueue, request: ComparisonRequest = SMALL, client: str = "me") -> Job:
    return jobs.submit(request.key, request.canonical_json, client)


def poll_states(jobs: JobQueue, *requests: ComparisonRequest) -> list[str]:
    return [jobs.poll(request.key, "me").state for request in requests]


@contextmanager
def ask_as(client: str) -> Iterator[None]:
    """Ask from the network address of a client."""
    token = client_name.set(client)
    try:
        yield
    finally:
        client_name.reset(token)
