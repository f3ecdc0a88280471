"""Job worker: the process that runs the jobs of a queue, one after the other, at the lowest priority."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import sys
import time
from logging.config import dictConfig
from pathlib import Path
from threading import Event, Thread

from ev2gym_dashboard.service.jobs.job import CANCELLED, DONE, FAILED, OTHER_VERSION, RUNNING, WAITING, encode_issues
from ev2gym_dashboard.service.jobs.job_tables import (
    add_work,
    cancel_abandoned,
    evict_jobs,
    find_next_job,
    read_state,
    write_result,
)
from ev2gym_dashboard.service.jobs.kinds import OtherVersion, compute_job
from ev2gym_dashboard.service.jobs.queue import JobQueue
from ev2gym_dashboard.service.runtime.log_format import make_logging_config
from ev2gym_dashboard.service.runtime.settings import format_variable_name, read_server_settings
from ev2gym_dashboard.strategies import StrategyError
from ev2gym_dashboard.strategies.door.plugins import load_strategy_files, read_strategy_file

NICENESS = 19
HEARTBEAT_INTERVAL_S = 0.25
JOB_ERROR = "error"
logger = logging.getLogger(__name__)


class JobWorker:
    """Processes jobs while it holds the lease of the queue."""

    def __init__(self, jobs: JobQueue, owner: str) -> None:
        self._jobs, self._owner = jobs, owner
        self._parent, self._finished = os.getppid(), Event()
        self._key, self.share, self._began_at = "", 0.0, 0.0

    def run(self) -> None:
        """Process queued jobs until none of this version waits, or it is the turn of another version."""
        heartbeat = Thread(target=self._run_heartbeat, daemon=True)
        heartbeat.start()
        while request := self._take_next_job():
            self._run_job(request)
        heartbeat.join()

    def _run_job(self, request_json: str) -> None:
        start_s = time.monotonic()
        try:
            data = compute_job(json.loads(request_json), self._key, self._set_share)
            self._finish_job(DONE, data, time.monotonic() - start_s)
        except OtherVersion:
            logger.warning("job of another version refused")
            self._finish_job(FAILED, b"", time.monotonic() - start_s, error=OTHER_VERSION)
        except StrategyError as error:
            logger.warning("job failed: %s", error)
            self._finish_job(FAILED, b"", time.monotonic() - start_s, error=encode_issues(error.issues))
        # Whatever fails, the next job is to run.
        except Exception:
            logger.exception("job failed")
            self._finish_job(FAILED, b"", time.monotonic() - start_s)

    def _set_share(self, share: float) -> None:
        # Written to the file by the next heartbeat, because progress comes faster than SQLite writes.
        self.share = share

    def _take_next_job(self) -> str | None:
        """Take the job whose turn it is; if it is not that of one of this version, release the lease."""
        with self._jobs.connect() as connection:
            connection.execute("BEGIN IMMEDIATE")
            now = self._jobs.clock()
            cancel_abandoned(connection, now)
            # A worker that was stopped for longer than its lease finds that of another one, whose jobs these are.
            key = find_next_job(connection, now, self._jobs.version) if self._holds_lease(connection) else ""
            if not key:
                # Before the lease is released: a heartbeat that finds none knows why, and does not end the process.
                self._finished.set()
                # In the same transaction: a job that is queued a moment later finds no lease and starts a new worker.
                connection.execute("DELETE FROM lease WHERE owner = ?", (self._owner,))
                return None
            self._key, self.share, self._began_at = key, 0.0, now
            query = "UPDATE job SET state = ?, attempts = attempts + 1 WHERE key = ? RETURNING request"
            return str(connection.execute(query, (RUNNING, self._key)).fetchone()[0])

    def _finish_job(self, state: str, data: bytes, duration_s: float, *, error: str = JOB_ERROR) -> None:
        with self._jobs.connect() as connection:
            connection.execute("BEGIN IMMEDIATE")
            key, now = self._key, self._jobs.clock()
            # Another worker may have taken the job over; it writes the result.
            if not self._holds_lease(connection):
                return
            if data:
                write_result(connection, key, data)
            connection.execute(
                "UPDATE job SET state = ?, share = 1, error = ?, duration_s = ?, last_used_at = ?, size = size + ? "
                "WHERE key = ?",
                (state, "" if data else error, duration_s, now, len(data), key),
            )
            add_work(connection, key, self._began_at, now - self._began_at)
            connection.execute("DELETE FROM subscriber WHERE key = ?", (key,))
            evict_jobs(connection, now)

    def _holds_lease(self, connection: sqlite3.Connection) -> bool:
        return connection.execute("SELECT 1 FROM lease WHERE owner = ?", (self._owner,)).fetchone() is not None

    def _run_heartbeat(self) -> None:
        while not self._finished.wait(HEARTBEAT_INTERVAL_S):
            try:
                # A process whose parent has ended gets another parent.
                alive = os.getppid() == self._parent and self._send_heartbeat()
            except sqlite3.OperationalError:
                # The file is locked; the lease outlasts many heartbeats.
                continue
            if not alive:
                # At once, in the midst of the computation, which the main thread would otherwise finish.
                os._exit(0)

    def _send_heartbeat(self) -> bool:
        """Renew the lease and write the progress; return whether to continue."""
        with self._jobs.connect() as connection:
            connection.execute("BEGIN IMMEDIATE")
            if not self._holds_lease(connection):
                # Released by this worker at its end, or taken over by another one.
                return self._finished.is_set()
            now = self._jobs.clock()
            add_work(connection, self._key, self._began_at, now - self._began_at)
            cancel_abandoned(connection, now)
            if read_state(connection, self._key) == CANCELLED:
                # Released here, so that the next poll need not wait for the lease to expire.
                connection.execute("DELETE FROM lease")
                return False
            connection.execute("UPDATE lease SET heartbeat_at = ?", (now,))
            # WAITING too: the job may have been cancelled and submitted again between two heartbeats.
            connection.execute(
                "UPDATE job SET state = ?, share = ? WHERE key = ? AND state IN (?, ?)",
                (RUNNING, self.share, self._key, RUNNING, WAITING),
            )
        return True


def main() -> None:
    """Run as ``python -m ev2gym_dashboard.service.jobs.worker FILE OWNER VERSION``."""
    # Windows has no priorities of this kind.
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    dictConfig(make_logging_config(os.environ.get(format_variable_name("log")) or "info"))
    load_strategy_files(tuple(map(read_strategy_file, read_server_settings(os.environ).strategy_paths)))
    path, owner, version = sys.argv[1:]
    # The version of the server, not of this process: jobs that it does not compute alike end with a reason.
    JobWorker(JobQueue(Path(path), version=version), owner).run()


if __name__ == "__main__":
    main()
