"""gunicorn configuration, for the installed command and for ``gunicorn app:server``."""

from __future__ import annotations

import gc
import os
import re
import resource
import shutil
import tempfile
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.jobs.queue import find_jobs_folder
from ev2gym_dashboard.service.runtime.environment import JOBS_FOLDER_VARIABLE
from ev2gym_dashboard.service.runtime.log_format import make_logging_config
from ev2gym_dashboard.service.runtime.settings import read_server_settings
from ev2gym_dashboard.service.server.connection_counts import ConnectionCounts
from ev2gym_dashboard.service.server.sign_of_life import report_regularly
from ev2gym_dashboard.service.simulation.backend import choose_kernel

METRICS_FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
METRICS_FOLDER_PREFIX = "ev2gym-metrics-"
SHARED_MODULES = ("ev2gym_dashboard.service.scenarios.solar_library", "dash")

MAX_CONNECTIONS, SPARE_FILES = 1_000, 100
"""Connections of a worker at most, and the files that it opens besides them."""
MAX_WARM_UP_S = 1200.0
"""A worker that is not ready by then, and `timeout` later, is replaced; it may wait for another one [s]."""


def count_connections() -> int:
    """Return how many connections a worker accepts at once; the limit of open files is raised for them if it may be."""
    limit, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + SPARE_FILES
    if limit < wanted:
        limit = wanted if most == resource.RLIM_INFINITY else min(most, wanted)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, most))
    return max(min(MAX_CONNECTIONS, limit - SPARE_FILES), limit // 4)


try:
    _settings = read_server_settings(os.environ)
except ValidationError as wrong:
    raise SystemExit("\n".join(map(str, wrong.issues))) from None

bind = _settings.bind
workers = _settings.n_processes
threads = _settings.threads
worker_class = "ev2gym_dashboard.service.server.buffered_worker.BufferedWorker"
# Beyond it a worker accepts no connection; one that cannot open a file any more would end.
worker_connections = count_connections()
_connection_counts = ConnectionCounts()
# Numba's threads and the lock of the session cache do not survive a fork: each worker loads the page itself, and finds
# its libraries imported.
preload_app = False
timeout = 60
graceful_timeout = 30
keepalive = 30
logconfig_dict = make_logging_config(_settings.log)
# Only ProxyFix trusts proxies, and only the configured number.
forwarded_allow_ips = ""
# gunicorn would create it in the home folder of the user.
control_socket_disable = True


def on_starting(server: Any) -> None:  # noqa: ARG001
    """Create the folder of the metrics, and that of the jobs if there is no state folder."""
    # Snapshots and jobs hold the files of the visitors: other users of the machine must not read them.
    os.umask(os.umask(0o077) | 0o007)
    _remove_left_folders()
    # Here, in the parent: the workers inherit the variables, and prometheus_client reads its own on import.
    os.environ[METRICS_FOLDER_VARIABLE] = tempfile.mkdtemp(prefix=f"{METRICS_FOLDER_PREFIX}{os.getpid()}-")
    os.environ[JOBS_FOLDER_VARIABLE] = str(
        find_jobs_folder(os.environ) or Path(os.environ[METRICS_FOLDER_VARIABLE]) / "jobs"
    )


def when_ready(server: Any) -> None:  # noqa: ARG001
    """Import what is large once for all workers, and for those that replace them; none of it starts a thread."""
    choose_kernel()
    for name in SHARED_MODULES:
        # Without one of them each worker says so.
        with suppress(ImportError):
            import_module(name)
    # A collection in a worker would copy the memory that it shares.
    gc.freeze()


def post_fork(server: Any, worker: Any) -> None:  # noqa: ARG001
    """Let nothing be collected while the worker imports the page: nearly all of it stays."""
    gc.disable()


def pre_fork(server: Any, worker: Any) -> None:
    """Give a new worker a place among the counts of connections."""
    worker.place = _connection_counts.find_place(other.place for other in server.WORKERS.values())


def post_worker_init(worker: Any) -> None:
    """Warm the worker up, so that the first visitor does not wait."""
    from ev2gym_dashboard.service.server.health import warm_up_server  # noqa: PLC0415

    gc.enable()
    # Compiling, or waiting for the worker that compiles, can take longer than `timeout`.
    with report_regularly(worker.notify, interval_s=timeout / 4, limit_s=MAX_WARM_UP_S):
        issues = warm_up_server()
    for issue in issues:
        worker.log.error("Not ready: %s", issue)
    # The page is rendered once, because the first rendering can lack its scripts (plotly/dash#3971).
    status = worker.wsgi.test_client().get("/", auth=_settings.credentials).status_code
    # Modules, tables and kernels, 400,000 objects, live as long as the worker: a full collection that looked at all of
    # them again would stop its visitors for some tenths of a second.
    gc.collect()
    gc.freeze()
    worker.log.info("Ready (the page answers %s)", status)


def child_exit(server: Any, worker: Any) -> None:  # noqa: ARG001
    """Drop the gauges and the connections of a worker that has ended."""
    from prometheus_client import multiprocess  # noqa: PLC0415

    worker.place.leave()
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Any) -> None:  # noqa: ARG001
    """Remove the temporary folders of this server."""
    shutil.rmtree(os.environ[METRICS_FOLDER_VARIABLE], ignore_errors=True)


def _remove_left_folders() -> None:
    """Remove the folders of servers of this user that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{METRICS_FOLDER_PREFIX}*"):
        # Anybody can give a temporary folder any name.
        owner = re.fullmatch(rf"{METRICS_FOLDER_PREFIX}(\d{{1,9}})-\w+", folder.name, re.ASCII)
        if owner and not _is_running(int(owner[1])):
            shutil.rmtree(folder, ignore_errors=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
