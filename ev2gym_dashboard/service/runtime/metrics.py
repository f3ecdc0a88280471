"""Prometheus metrics of the server, summed over its processes.

Every label value comes from a table here or is an HTTP status, so that no request can add a time series.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess
from prometheus_client.metrics_core import Metric

METRICS_FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
REQUEST_KINDS = ("page", "asset", "tick", "callback", "api", "operations", "other")
REFUSAL_REASONS = ("input", "malformed", "unauthorised", "origin", "gone", "too_large", "host", "attempts", "busy")
SIMULATION_ORIGINS = ("cache", "replay", "snapshot")
LATENCY_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

_registry = CollectorRegistry()
_requests = Counter("ev2gym_requests", "Requests answered", ("kind", "status"), registry=_registry)
_tick_seconds = Histogram(
    "ev2gym_tick_seconds", "Seconds to answer a tick", buckets=LATENCY_BUCKETS_S, registry=_registry
)
_refusals = Counter("ev2gym_refused", "Refused requests by reason", ("reason",), registry=_registry)
_simulations = Counter("ev2gym_simulations", "Simulations of a tick by origin", ("origin",), registry=_registry)
_in_flight = Gauge("ev2gym_in_flight", "Requests in progress", registry=_registry, multiprocess_mode="livesum")
_live_simulations = Gauge(
    "ev2gym_live", "Running simulations in the caches", registry=_registry, multiprocess_mode="livesum"
)


def count_request(kind: str, status: int, seconds: float) -> None:
    """Count a response; an unknown ``kind`` counts as "other"."""
    _requests.labels(kind if kind in REQUEST_KINDS else "other", str(status)).inc()
    if kind == "tick":
        _tick_seconds.observe(seconds)


def count_refusal(reason: str) -> None:
    """Count a refused request by its reason, one of `REFUSAL_REASONS`."""
    _refusals.labels(_check_label(REFUSAL_REASONS, reason)).inc()


def count_simulation(origin: str) -> None:
    """Count the simulation of a tick by its origin, one of `SIMULATION_ORIGINS`."""
    _simulations.labels(_check_label(SIMULATION_ORIGINS, origin)).inc()


def set_live_simulations(count: int) -> None:
    """Set the number of simulations in the cache of this process."""
    _live_simulations.set(count)


@contextmanager
def track_request() -> Iterator[None]:
    """Count a request while it is in progress."""
    with _in_flight.track_inprogress():
        yield


def collect_metrics() -> list[Metric]:
    """Return the metrics of this process."""
    return list(_registry.collect())


def render_metrics() -> bytes:
    """Return the metrics in the text format of Prometheus, summed over the processes of the server."""
    if METRICS_FOLDER_VARIABLE not in os.environ:
        return generate_latest(_registry)
    # A new registry per scrape: the collector reads the files of all processes, this one's included.
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def _check_label(names: tuple[str, ...], name: str) -> str:
    if name not in names:
        raise ValueError(f"{name!r} is none of {', '.join(names)}")
    return name
