"""The process that does the jobs: one after the other, at the lowest priority; it ends with the one that started it."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from logging.config import dictConfig
from pathlib import Path
from threading import Event, Thread

from ev2gym_dashboard.service.comparison import request
from ev2gym_dashboard.service.comparison.runner import run_comparison
from ev2gym_dashboard.service.execution.worker_pool import WorkerPool
from ev2gym_dashboard.service.jobs.queue import CANCELLED, DONE, FAILED, RUNNING, WAITING, JobQueue, evict_jobs
from ev2gym_dashboard.service.runtime.log_format import make_logging_config
from ev2gym_dashboard.service.runtime.settings import count_cores, format_variable_name

NICENESS = 19
HEARTBEAT_INTERVAL_S = 0.25
JOB_ERROR = "error"
logger = logging.getLogger(__name__)


class JobWorker:
    """Has the seat as long as it tells that it lives."""

    def __init__(self, jobs: JobQueue, owner: str) -> None:
        self._jobs, self._owner = jobs, owner
        self._parent, self._over = os.getppid(), Event()
        self._key, self.share = "", 0.0

    def run(self) -> None:
        """Do what waits until nothing does."""
        beat = Thread(target=self._live, daemon=True)
        beat.start()
        while question := self._next():
            self._do(question)
        self._over.set()
        beat.join()

    def _do(self, question: str) -> None:
        began = time.monotonic()
        try:
            asked = request.parse_comparison_request(json.loads(question))
            with _open_worker_pool() as workers:
                answer = run_comparison(asked.scenario, seeds=asked.seeds, workers=workers, progress=self._tell)
            self._end(DONE, request.encode_comparison(answer), time.monotonic() - began)
        except Exception:
            logger.exception("a comparison failed")
            self._end(FAILED, b"", time.monotonic() - began)

    def _tell(self, share: float) -> None:
        self.share = share

    def _next(self) -> str | None:
        """Take what waits longest; leave the seat where nothing does, in one go: what comes then finds it empty."""
        with self._jobs.open() as file:
            file.execute("BEGIN IMMEDIATE")
            row = file.execute(
                "SELECT key, question FROM job WHERE state = ? ORDER BY place LIMIT 1", (WAITING,)
            ).fetchone()
            if row is None:
                file.execute("DELETE FROM seat WHERE owner = ?", (self._owner,))
                return None
            self._key, self.share = row[0], 0.0
            file.execute("UPDATE job SET state = ?, tries = tries + 1 WHERE key = ?", (RUNNING, row[0]))
        return str(row[1])

    def _end(self, state: str, data: bytes, took_s: float) -> None:
        with self._jobs.open() as file:
            file.execute("BEGIN IMMEDIATE")
            key, now = self._key, time.time()
            if not self._holds_lease(file):
                return
            if data:
                file.execute("INSERT OR REPLACE INTO answer VALUES (?, ?)", (key, data))
            file.execute(
                "UPDATE job SET state = ?, share = 1, problem = ?, took_s = ?, used = ?, size = size + ? WHERE key = ?",
                (state, "" if data else JOB_ERROR, took_s, now, len(data), key),
            )
            file.execute("DELETE FROM wanted WHERE key = ?", (key,))
            evict_jobs(file, now)

    def _holds_lease(self, file: sqlite3.Connection) -> bool:
        return file.execute("SELECT 1 FROM seat WHERE owner = ?", (self._owner,)).fetchone() is not None

    def _live(self) -> None:
        while not self._over.wait(HEARTBEAT_INTERVAL_S):
            try:
                alive = os.getppid() == self._parent and self._beat()
            except sqlite3.OperationalError:
                continue
            if not alive:
                os._exit(0)

    def _beat(self) -> bool:
        """Tell that it lives and how far it is; return whether to go on.

        Without the seat, another one does the work; where the work was given up, the seat is left and what this
        process has begun ends with it, at once.
        """
        with self._jobs.open() as file:
            file.execute("BEGIN IMMEDIATE")
            if not self._holds_lease(file):
                return self._over.is_set()
            row = file.execute("SELECT state FROM job WHERE key = ?", (self._key,)).fetchone()
            if row and row[0] == CANCELLED:
                file.execute("DELETE FROM seat")
                return False
            file.execute("UPDATE seat SET beat = ?", (time.time(),))
            file.execute(
                "UPDATE job SET state = ?, share = ? WHERE key = ? AND state IN (?, ?)",
                (RUNNING, self.share, self._key, RUNNING, WAITING),
            )
        return True


@contextmanager
def _open_worker_pool() -> Iterator[WorkerPool | None]:
    """Leave a core to those who look at a live run."""
    spare = count_cores() - 1
    if spare < 2:
        yield None
    else:
        with WorkerPool(spare) as workers:
            yield workers


def main() -> None:
    """Run as ``python -m ev2gym_dashboard.service.jobs.worker FILE OWNER``."""
    os.nice(NICENESS)
    dictConfig(make_logging_config(os.environ.get(format_variable_name("log")) or "info"))
    path, owner = sys.argv[1:]
    JobWorker(JobQueue(Path(path)), owner).run()


if __name__ == "__main__":
    main()
