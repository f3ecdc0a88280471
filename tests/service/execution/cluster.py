"""Local Dask clusters for tests."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from distributed import LocalCluster


def open_local_cluster(n_workers: int, *, processes: bool = True) -> AbstractContextManager[Any]:
    """Open a cluster of this machine, its dashboard on any free port."""
    # Dask has no types here.
    start: Any = LocalCluster
    cluster: AbstractContextManager[Any] = start(
        n_workers=n_workers, threads_per_worker=1, processes=processes, dashboard_address="127.0.0.1:0"
    )
    return cluster
