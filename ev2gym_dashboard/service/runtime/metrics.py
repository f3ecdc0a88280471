"""What is counted while the dashboard is served, for Prometheus: defined once, summed over all worker processes.

No label has a value that a user can make up: each stands in a table here, or is the status of an answer.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess
from prometheus_client.metrics_core import Metric

METRICS_FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
REQUEST_KINDS = ("page", "asset", "tick", "callback", "operations", "other")
REFUSAL_REASONS = ("input", "malformed", "gone", "too_large", "unauthorised")
SIMULATION_ORIGINS = ("cache", "replay", "snapshot")
LATENCY_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

_registry = CollectorRegistry()
_requests = Counter("ev2gym_requests", "Requests answered", ("kind", "status"), registry=_registry)
_tick_seconds = Histogram(
    "ev2gym_tick_seconds", "Seconds to answer a tick", buckets=LATENCY_BUCKETS_S, registry=_registry
)
_refusals = Counter("ev2gym_refused", "What was asked and refused, by why", ("why",), registry=_registry)
_simulations = Counter(
    "ev2gym_simulations", "Simulations for a tick, by where they came from", ("origin",), registry=_registry
)
_in_flight = Gauge("ev2gym_in_flight", "Requests being answered", registry=_registry, multiprocess_mode="livesum")
_live_simulations = Gauge(
    "ev2gym_live", "Running simulations in the caches", registry=_registry, multiprocess_mode="livesum"
)


def count_request(kind: str, status: int, seconds: float) -> None:
    """Count an answer; ``kind`` is one of ``KINDS``."""
    _requests.labels(kind if kind in REQUEST_KINDS else "other", str(status)).inc()
    if kind == "tick":
        _tick_seconds.observe(seconds)


def count_refusal(why: str) -> None:
    """Count something that was refused; ``why`` is one of ``REFUSAL_REASONS``."""
    _refusals.labels(_check_label(REFUSAL_REASONS, why)).inc()


def count_simulation(origin: str) -> None:
    """Count a simulation that a tick needed by its origin, one of ``SIMULATION_ORIGINS``."""
    _simulations.labels(_check_label(SIMULATION_ORIGINS, origin)).inc()


def set_live_simulations(count: int) -> None:
    """Tell how many simulations this process keeps running."""
    _live_simulations.set(count)


@contextmanager
def track_request() -> Iterator[None]:
    """Count a request while it is being answered."""
    with _in_flight.track_inprogress():
        yield


def collect_metrics() -> list[Metric]:
    """Return every figure, without what other processes counted."""
    return list(_registry.collect())


def render_metrics() -> bytes:
    """Return all figures in Prometheus' text form: of every process that serves, where there are several."""
    if METRICS_FOLDER_VARIABLE not in os.environ:
        return generate_latest(_registry)
    together = CollectorRegistry()
    multiprocess.MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return generate_latest(together)


def _check_label(names: tuple[str, ...], name: str) -> str:
    if name not in names:
        raise ValueError(f"{name!r} is none of {', '.join(names)}")
    return name
