"""gunicorn's settings, for the installed command and for ``gunicorn app:server`` alike."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.jobs.queue import JOBS_FOLDER_VARIABLE, find_jobs_folder
from ev2gym_dashboard.service.runtime.log_format import make_logging_config
from ev2gym_dashboard.service.runtime.settings import read_server_settings

METRICS_FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"

try:
    _serving = read_server_settings(os.environ)
except ValidationError as wrong:
    raise SystemExit("\n".join(map(str, wrong.issues))) from None

bind = _serving.bind
workers = _serving.processes
threads = _serving.threads
worker_class = "gthread"
# Numba's threads and the cache's lock do not outlive a fork: each process loads the page by itself.
preload_app = False
timeout = 60
graceful_timeout = 30
keepalive = 30
logconfig_dict = make_logging_config(_serving.log)
# Only ProxyFix believes a proxy, and only as many of them as are configured.
forwarded_allow_ips = ""
# It would be opened in the home folder of whoever starts the server.
control_socket_disable = True


def on_starting(server: Any) -> None:  # noqa: ARG001
    """Make the folder in which the processes sum their figures; the client library looks for it when it is imported.

    And the one of their jobs, where nothing is to be kept.
    """
    os.environ[METRICS_FOLDER_VARIABLE] = tempfile.mkdtemp(prefix="ev2gym-metrics-")
    os.environ[JOBS_FOLDER_VARIABLE] = str(
        find_jobs_folder(os.environ) or Path(os.environ[METRICS_FOLDER_VARIABLE]) / "jobs"
    )


def post_worker_init(worker: Any) -> None:
    """Do what the first visitor would wait for; the first page can lack its scripts (plotly/dash#3971)."""
    from ev2gym_dashboard.service.server.health import warm_up_server  # noqa: PLC0415

    for issue in warm_up_server():
        worker.log.error("Not ready: %s", issue)
    status = worker.wsgi.test_client().get("/", auth=_serving.account).status_code
    worker.log.info("Ready (the page answers %s)", status)


def child_exit(server: Any, worker: Any) -> None:  # noqa: ARG001
    """Drop what a process that has ended counted as going on."""
    from prometheus_client import multiprocess  # noqa: PLC0415

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Any) -> None:  # noqa: ARG001
    """Remove the folders that were made for this server alone."""
    shutil.rmtree(os.environ[METRICS_FOLDER_VARIABLE], ignore_errors=True)
