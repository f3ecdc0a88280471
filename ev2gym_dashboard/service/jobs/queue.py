"""Job queue: a SQLite file in which the processes of a server put, poll and cancel jobs, each once by its key.

One worker at a time processes the jobs of a file, under a lease that it renews by heartbeats; when the heartbeats stop,
the next poll gives the lease to a new worker.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Thread
from uuid import uuid4

from ev2gym_dashboard.core.schema import Issue
from ev2gym_dashboard.service.runtime.settings import find_state_folder
from ev2gym_dashboard.service.runtime.sqlite import open_database

JOBS_FOLDER_VARIABLE = "EV2GYM_DASHBOARD_JOBS"
# The number is that of the tables and their contents: with others, a new file begins, and the old one is left alone.
QUEUE_FILE_NAME = "jobs-3.sqlite3"
# The worker imports this module, and thus it can only be named here.
WORKER_MODULE = "ev2gym_dashboard.service.jobs.worker"
WAITING, RUNNING, DONE, FAILED, CANCELLED, UNKNOWN = "waiting", "running", "done", "failed", "cancelled", "unknown"
LEASE_TIMEOUT_S = 10.0
"""Age of a heartbeat from which on the worker counts as dead; it sends several per second."""
SUBSCRIPTION_TIMEOUT_S = 15.0
"""Age of a poll from which on the client no longer waits for the result; a page polls twice a second."""
MAX_ATTEMPTS = 3
DIGEST_BYTES = hashlib.sha256().digest_size
MAX_WAITING = 20
MAX_QUEUE_BYTES = 2**26
MAX_AGE_S = 7 * 24 * 3600.0
MAX_STORED_JOBS = 500
WORKER_LOST = "lost"
"""Error of a job whose worker ended at every attempt."""
OTHER_VERSION = "version"
"""Error of a job that a server of another version has put."""
QUEUE_LOCK_TIMEOUT_S = 5.0
QUEUE_TABLES = (
    """CREATE TABLE IF NOT EXISTS job (key TEXT PRIMARY KEY, request TEXT, state TEXT, share REAL, error TEXT,
    queued_at REAL, attempts INTEGER, duration_s REAL, last_used_at REAL, size INTEGER)""",
    # Apart from the jobs, which are scanned at every poll: a result has up to some megabytes.
    "CREATE TABLE IF NOT EXISTS result (key TEXT PRIMARY KEY, data BLOB)",
    "CREATE TABLE IF NOT EXISTS subscriber (key TEXT, client TEXT, seen_at REAL, PRIMARY KEY (key, client))",
    "CREATE TABLE IF NOT EXISTS lease (number INTEGER PRIMARY KEY, owner TEXT, heartbeat_at REAL)",
)
# Window functions rank the finished jobs by their last use, so that one query finds all beyond the bounds of bytes,
# number and age. The key breaks ties; jobs that wait or run are never evicted.
EVICTION_QUERY = (
    "SELECT key FROM (SELECT key, last_used_at, SUM(size) OVER (ORDER BY last_used_at DESC, key) AS cumulative_size, "
    "ROW_NUMBER() OVER (ORDER BY last_used_at DESC, key) AS number FROM job WHERE state NOT IN ('waiting', 'running')) "
    "WHERE cumulative_size > ? OR number > ? OR last_used_at < ?"
)


logger = logging.getLogger(__name__)


class QueueFull(Exception):
    """The queue holds `MAX_WAITING` waiting jobs."""


@dataclass(frozen=True)
class Job:
    """State of a job: share done, number of jobs ahead of it, error, and duration of its run."""

    state: str
    share: float = 0.0
    n_ahead: int = 0
    error: str = ""
    duration_s: float = 0.0

    @property
    def issues(self) -> list[Issue]:
        """The issues that ended the job, for the language of the reader; none if it failed otherwise."""
        if not self.error.startswith("["):
            return []
        return [Issue(field, text, tuple(values.items())) for field, text, values in json.loads(self.error)]


def encode_issues(issues: Iterable[Issue]) -> str:
    """Return issues as the error of a job, see `Job.issues`."""
    return json.dumps([(issue.field, issue.template, dict(issue.values)) for issue in issues])


def start_worker(path: Path, owner: str) -> None:
    """Start a worker process for a queue file, under the name of its lease."""
    command = [sys.executable, "-m", WORKER_MODULE, str(path), owner]
    # A session of its own: Ctrl-C in the server's terminal must not reach the worker.
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
    # Without a wait, a worker that has ended would stay a zombie of the server.
    Thread(target=process.wait, daemon=True).start()


class JobQueue:
    """Jobs in a file that several processes share."""

    def __init__(
        self,
        path: Path,
        *,
        launch: Callable[[Path, str], None] = start_worker,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.path, self._launch, self._clock = path, launch, clock

    def submit(self, key: str, request: str, client: str) -> Job:
        """Queue a job unless it waits, runs or is done; return its state.

        Raises
        ------
        QueueFull
            If `MAX_WAITING` jobs wait.
        """
        with self.connect() as connection:
            # Takes the write lock before the first read: a deferred transaction fails if another process writes
            # between its read and its write.
            connection.execute("BEGIN IMMEDIATE")
            self._insert_job(connection, key, request, client)
        return self.poll(key, client)

    def poll(self, key: str, client: str) -> Job:
        """Return the state of a job, and start a worker if jobs wait and none is alive."""
        with self.connect() as connection:
            connection.execute("BEGIN IMMEDIATE")
            now = self._clock()
            if _read_state(connection, key) in {WAITING, RUNNING}:
                connection.execute("INSERT OR REPLACE INTO subscriber VALUES (?, ?, ?)", (key, client, now))
            connection.execute("UPDATE job SET last_used_at = ? WHERE key = ?", (now, key))
            _drop_damaged_result(connection, key)
            owner = _acquire_lease(connection, now)
            job = _read_job(connection, key)
        # After the commit: the worker must find its lease in the file.
        if owner:
            self._launch(self.path, owner)
        return job

    def cancel(self, key: str, client: str) -> Job:
        """Unsubscribe a client from a job, and cancel the job unless other clients wait for it."""
        with self.connect() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("DELETE FROM subscriber WHERE key = ? AND client = ?", (key, client))
            # A closed page does not unsubscribe; its subscription expires instead.
            expired_at = self._clock() - SUBSCRIPTION_TIMEOUT_S
            query = "SELECT COUNT(*) FROM subscriber WHERE key = ? AND seen_at > ?"
            if not connection.execute(query, (key, expired_at)).fetchone()[0]:
                connection.execute(
                    "UPDATE job SET state = ? WHERE key = ? AND state IN (?, ?)", (CANCELLED, key, WAITING, RUNNING)
                )
            job = _read_job(connection, key)
        return job if job.state == DONE else Job(CANCELLED)

    def read_result(self, key: str) -> bytes | None:
        """Return the result of a finished job; None if there is none, or if its bytes are damaged."""
        with self.connect() as connection:
            return _read_result(connection, key)

    def connect(self) -> AbstractContextManager[sqlite3.Connection]:
        """Open the file for one transaction."""
        return open_database(self.path, QUEUE_TABLES, lock_timeout_s=QUEUE_LOCK_TIMEOUT_S)

    def _insert_job(self, connection: sqlite3.Connection, key: str, request: str, client: str) -> None:
        now = self._clock()
        evict_jobs(connection, now)
        if _read_state(connection, key) in {WAITING, RUNNING, DONE}:
            return
        if connection.execute("SELECT COUNT(*) FROM job WHERE state = ?", (WAITING,)).fetchone()[0] >= MAX_WAITING:
            raise QueueFull
        values = (key, request, WAITING, 0.0, "", now, 0, 0.0, now, len(request))
        # Replaces a job that failed or was cancelled.
        connection.execute("INSERT OR REPLACE INTO job VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        connection.execute("INSERT OR REPLACE INTO subscriber VALUES (?, ?, ?)", (key, client, now))


def write_result(connection: sqlite3.Connection, key: str, data: bytes) -> None:
    """Write the result of a job, with its digest: SQLite does not notice that a disk has changed a byte."""
    sealed = hashlib.sha256(data).digest() + data
    connection.execute("INSERT OR REPLACE INTO result VALUES (?, ?)", (key, sealed))


def _read_result(connection: sqlite3.Connection, key: str) -> bytes | None:
    row = connection.execute("SELECT data FROM result WHERE key = ?", (key,)).fetchone()
    digest, data = (row[0][:DIGEST_BYTES], row[0][DIGEST_BYTES:]) if row else (b"", b"")
    return data if row and hashlib.sha256(data).digest() == digest else None


def _drop_damaged_result(connection: sqlite3.Connection, key: str) -> None:
    """Forget a finished job whose result is damaged, so that it is computed again."""
    if _read_state(connection, key) == DONE and _read_result(connection, key) is None:
        logger.warning("a damaged result was dropped")
        _delete_jobs(connection, [(key,)])


def evict_jobs(connection: sqlite3.Connection, now: float) -> None:
    """Delete finished jobs that are too old, and the least recently used beyond the bounds of bytes and number."""
    bounds = MAX_QUEUE_BYTES, MAX_STORED_JOBS, now - MAX_AGE_S
    _delete_jobs(connection, connection.execute(EVICTION_QUERY, bounds).fetchall())


def _delete_jobs(connection: sqlite3.Connection, keys: list[tuple[str]]) -> None:
    for table in ("job", "result", "subscriber"):
        connection.executemany(f"DELETE FROM {table} WHERE key = ?", keys)  # noqa: S608


def _read_state(connection: sqlite3.Connection, key: str) -> str:
    row = connection.execute("SELECT state FROM job WHERE key = ?", (key,)).fetchone()
    return row[0] if row else UNKNOWN


def _read_job(connection: sqlite3.Connection, key: str) -> Job:
    query = "SELECT state, share, error, duration_s, queued_at FROM job WHERE key = ?"
    row = connection.execute(query, (key,)).fetchone()
    if row is None:
        return Job(UNKNOWN)
    state, share, error, duration_s, queued_at = row
    query = "SELECT COUNT(*) FROM job WHERE state = ? OR (state = ? AND queued_at < ?)"
    n_ahead = connection.execute(query, (RUNNING, WAITING, queued_at)).fetchone()[0] if state == WAITING else 0
    return Job(state, share, n_ahead, error, duration_s)


def _acquire_lease(connection: sqlite3.Connection, now: float) -> str:
    """Acquire the lease for a new worker if jobs wait and no worker is alive; return the worker's name, else ""."""
    query = "SELECT COUNT(*) FROM job WHERE state IN (?, ?)"
    if not connection.execute(query, (WAITING, RUNNING)).fetchone()[0]:
        return ""
    row = connection.execute("SELECT heartbeat_at FROM lease").fetchone()
    # The absolute difference: a clock that was set back must not keep a dead worker's lease alive.
    if row and abs(now - row[0]) < LEASE_TIMEOUT_S:
        return ""
    # A job that kills its worker, by memory for example, would be retried for ever.
    connection.execute(
        "UPDATE job SET state = ?, error = ? WHERE state = ? AND attempts >= ?",
        (FAILED, WORKER_LOST, RUNNING, MAX_ATTEMPTS),
    )
    connection.execute("UPDATE job SET state = ?, share = 0 WHERE state = ?", (WAITING, RUNNING))
    owner = uuid4().hex
    # The only row: taking it over ends the old worker, should it still live, at its next heartbeat.
    connection.execute("INSERT OR REPLACE INTO lease VALUES (1, ?, ?)", (owner, now))
    return owner


def find_jobs_folder(environment: Mapping[str, str]) -> Path | None:
    """Return the folder that the processes of a server share; None if no such folder is writable."""
    if name := environment.get(JOBS_FOLDER_VARIABLE):
        return Path(name)
    folder = find_state_folder(environment)
    return folder if folder and _is_writable(folder) else None


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


@cache
def open_job_queue() -> JobQueue:
    """Return the job queue of this server; without a writable folder, one that ends with this process."""
    folder = find_jobs_folder(os.environ) or Path(_make_private_folder().name)
    return JobQueue(folder / QUEUE_FILE_NAME)


# Cached, because the folder is removed as soon as its object is collected.
@cache
def _make_private_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="ev2gym-jobs-", ignore_cleanup_errors=True)
