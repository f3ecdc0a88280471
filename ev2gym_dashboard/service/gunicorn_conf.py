"""gunicorn's settings, for the installed command and for ``gunicorn app:server`` alike."""

from __future__ import annotations

import os
from typing import Any

from ev2gym_dashboard.core.schema import Invalid
from ev2gym_dashboard.service.serving import serving_from

try:
    _serving = serving_from(os.environ)
except Invalid as wrong:
    raise SystemExit(str(wrong)) from None

bind = _serving.bind
workers = _serving.workers
threads = _serving.threads
worker_class = "gthread"
timeout = 60
graceful_timeout = 30
keepalive = 30
# It would be opened in the home folder of whoever starts the server.
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    """Get the page before anyone else does: the first after a start can lack its scripts (plotly/dash#3971)."""
    status = worker.wsgi.test_client().get("/").status_code
    worker.log.info("Ready (the page answers %s)", status)
