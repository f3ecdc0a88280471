"""A small application behind gunicorn with the worker of the server, in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOST = "127.0.0.1"
WORKER = "ev2gym_dashboard.service.server.buffered_worker"


@contextmanager
def serve_app(folder: Path, app: str, *options: str, config: str = "", **variables: str) -> Iterator[int]:
    """Serve the `app` of some code, with the text of a configuration of gunicorn; yield the port."""
    (folder / "small_app.py").write_text(app)
    (folder / "small_conf.py").write_text(config)
    command = [sys.executable, "-m", "gunicorn", "--config", "small_conf.py", "--bind", f"{HOST}:0"]
    usual = ["--worker-class", f"{WORKER}.BufferedWorker", "--keep-alive", "30", "--no-control-socket"]
    process = subprocess.Popen(
        [*command, *usual, *options, "small_app:app"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), str(Path.cwd())])} | variables,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    address = next(found for line in process.stderr if (found := re.search(r"Listening at: http://\S+:(\d+)", line)))
    yield int(address[1])
    process.terminate()
    process.communicate(timeout=30)
