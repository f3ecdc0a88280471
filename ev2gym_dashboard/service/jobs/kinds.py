"""Kinds of jobs: how the stored request of each is parsed, named and computed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from ev2gym_dashboard.service.comparison.flexibility_request import (
    FLEXIBILITY_KEY,
    compute_flexibility_data,
    parse_flexibility_request,
)
from ev2gym_dashboard.service.comparison.front_request import GOAL_KEY, compute_front_data, parse_front_request
from ev2gym_dashboard.service.comparison.request import (
    ComparisonRequest,
    encode_comparison,
    parse_comparison_request,
)
from ev2gym_dashboard.service.comparison.runner import run_comparison
from ev2gym_dashboard.service.comparison.sizing_request import PART_KEY, compute_sizing_data, parse_sizing_request
from ev2gym_dashboard.service.execution.worker_pool import WorkerPool
from ev2gym_dashboard.service.jobs.scenario_request import (
    OPTIMUM,
    RUN,
    compute_optimum_data,
    compute_run_data,
    parse_optimum_request,
    parse_run_request,
)
from ev2gym_dashboard.service.runtime.settings import count_cores
from ev2gym_dashboard.service.sessions.resilient_store import open_snapshot_store
from ev2gym_dashboard.service.sessions.run_optimum import (
    RUN_OPTIMUM,
    encode_run_optimum,
    find_run_optimum,
    make_job_key,
    parse_run_optimum_request,
)
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.simulation.progress import Progress
from ev2gym_dashboard.service.simulation.provenance import has_code_on_disk

StoredRequest = Mapping[str, Any]


class OtherVersion(Exception):
    """A job was put by a server of another version, whose numbers this one does not compute."""


@dataclass(frozen=True)
class JobKind:
    """A kind of jobs.

    Parameters
    ----------
    parse : returns the request of its stored form
    find_key : returns the key of a request, which holds the version of all that its result depends on
    compute : returns the result of a request as bytes
    """

    parse: Callable[[StoredRequest], Any]
    find_key: Callable[[Any], str]
    compute: Callable[[Any, Progress], bytes]


def find_kind(stored: StoredRequest) -> JobKind:
    """Return the kind of a stored request."""
    return next((kind for name, kind in KINDS.items() if name in stored), COMPARISON)


def compute_job(stored: StoredRequest, key: str, progress: Progress) -> bytes:
    """Compute the result of a job.

    Raises
    ------
    OtherVersion
        If the code, the kernel or the packages of this process would give the request another key, or the files of the
        code changed while it was computed.
    """
    kind = find_kind(stored)
    request = kind.parse(stored)
    if kind.find_key(request) != key:
        raise OtherVersion
    data = kind.compute(request, progress)
    # The processes that compute have started after this one: an update meanwhile gives them other code.
    if not has_code_on_disk():
        raise OtherVersion
    return data


def _make_study(parse: Callable[[StoredRequest], Any], compute: Callable[..., bytes]) -> JobKind:
    def compute_with_workers(request: Any, progress: Progress) -> bytes:
        with _open_worker_pool() as workers:
            return compute(request, workers=workers, progress=progress)

    return JobKind(parse, attrgetter("key"), compute_with_workers)


def _compute_comparison(request: ComparisonRequest, *, workers: WorkerPool | None, progress: Progress) -> bytes:
    seeds = request.seeds
    return encode_comparison(
        run_comparison(request.scenario, seeds=seeds, workers=workers, optimum=True, progress=progress)
    )


def _compute_run_optimum(run: RunSpec, progress: Progress) -> bytes:
    return encode_run_optimum(find_run_optimum(open_snapshot_store(os.environ), run, progress=progress))


@contextmanager
def _open_worker_pool() -> Iterator[WorkerPool | None]:
    # One core is left to the live runs.
    spare = count_cores() - 1
    if spare < 2:
        yield None
    else:
        with WorkerPool(spare) as workers:
            yield workers


KINDS = {
    RUN_OPTIMUM: JobKind(
        lambda stored: parse_run_optimum_request(stored[RUN_OPTIMUM]), make_job_key, _compute_run_optimum
    ),
    RUN: JobKind(parse_run_request, attrgetter("key"), compute_run_data),
    OPTIMUM: JobKind(parse_optimum_request, attrgetter("key"), compute_optimum_data),
    GOAL_KEY: _make_study(parse_front_request, compute_front_data),
    PART_KEY: _make_study(parse_sizing_request, compute_sizing_data),
    FLEXIBILITY_KEY: _make_study(parse_flexibility_request, compute_flexibility_data),
}
"""The kinds by the name in a stored request that tells them."""
COMPARISON = _make_study(parse_comparison_request, _compute_comparison)
