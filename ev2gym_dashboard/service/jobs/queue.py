"""Job queue: a SQLite file in which the processes of a server put, poll and cancel jobs, each once by its key.

One worker at a time processes the jobs of a file, under a lease that it renews by heartbeats; when the heartbeats stop,
the next poll gives the lease to a new worker. Servers of several versions may share a file, as they do while they are
updated: their jobs have one order, a worker takes those of its version and ends at the turn of another one, and the
next poll at a server of that version starts its worker.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from threading import Thread

from ev2gym_dashboard.service.jobs.job import CANCELLED, DONE, FAILED, OTHER_VERSION, RUNNING, STORE_FAULT, WAITING, Job
from ev2gym_dashboard.service.jobs.job_tables import (
    QUEUE_TABLES,
    SUBSCRIPTION_TIMEOUT_S,
    acquire_lease,
    count_waiting,
    drop_damaged_result,
    evict_jobs,
    is_noted,
    is_of_version,
    read_job,
    read_request,
    read_result,
    read_state,
)
from ev2gym_dashboard.service.runtime.client_name import client_name
from ev2gym_dashboard.service.runtime.environment import JOBS_FOLDER_VARIABLE
from ev2gym_dashboard.service.runtime.settings import find_state_folder
from ev2gym_dashboard.service.runtime.sqlite import open_database, open_to_read
from ev2gym_dashboard.service.scenarios.serialization import hash_content
from ev2gym_dashboard.service.simulation.provenance import describe_environment

# The number is that of the tables and their contents: with others, a new file begins, and the old one is left alone.
QUEUE_FILE_NAME = "jobs-5.sqlite3"
# The worker imports this module, and thus it can only be named here.
WORKER_MODULE = "ev2gym_dashboard.service.jobs.worker"
MAX_WAITING = 60
MAX_WAITING_PER_CLIENT = 20
QUEUE_LOCK_TIMEOUT_S = 5.0


class QueueFull(Exception):
    """The queue holds `MAX_WAITING` waiting jobs, or `MAX_WAITING_PER_CLIENT` of this client."""


def start_worker(path: Path, owner: str) -> None:
    """Start a worker process for a queue file and the jobs of this version, under the name of its lease."""
    command = [sys.executable, "-m", WORKER_MODULE, str(path), owner, hash_version()]
    # A session of its own: Ctrl-C in the server's terminal must not reach the worker.
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
    # Without a wait, a worker that has ended would stay a zombie of the server.
    Thread(target=process.wait, daemon=True).start()


def hash_version() -> str:
    """Return the version of this process: its jobs have the numbers of its code, kernel and packages."""
    return hash_content(describe_environment())


class JobQueue:
    """Jobs in a file that several processes share.

    Parameters
    ----------
    launch : starts a worker for the file, under the name of its lease
    version : that of the jobs that are put and taken; by default, that of this process
    clock : time that the processes share [s]
    """

    def __init__(
        self,
        path: Path,
        *,
        launch: Callable[[Path, str], None] = start_worker,
        version: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.path, self._launch, self._version, self.clock = path, launch, version, clock

    @property
    def version(self) -> str:
        """The version of the jobs that are put and taken."""
        return self._version or hash_version()

    def submit(self, key: str, request: str, client: str) -> Job:
        """Queue a job unless it waits, runs or is done; return its state.

        Raises
        ------
        QueueFull
            If `MAX_WAITING` jobs wait, or `MAX_WAITING_PER_CLIENT` of the network address of the request.
        """
        return self._note_client_if_possible(key, client, request)

    def poll(self, key: str, client: str) -> Job:
        """Return the state of a job, and start a worker if jobs wait and none is alive."""
        # Hundreds of pages may look at one job: most polls only read, and wait for no lock.
        with self._connect_to_read() as connection:
            # One view of the file: a worker may take the job between two reads.
            connection.execute("BEGIN")
            now = self.clock()
            if is_noted(connection, key, client, now):
                return self._read_job(connection, key, now)
        return self._note_client_if_possible(key, client)

    def _note_client_if_possible(self, key: str, client: str, request: str | None = None) -> Job:
        try:
            return self._note_client(key, client, request)
        except sqlite3.OperationalError:
            # Locked for long, full or read-only: what the file knows of the job can be read all the same.
            with self._connect_to_read() as connection:
                job = self._read_job(connection, key, self.clock())
            if job.state not in {WAITING, RUNNING, DONE}:
                raise
            return job

    def _note_client(self, key: str, client: str, request: str | None = None) -> Job:
        """Note that a client waits for a job, which is queued first if there is a request, and start a worker."""
        with self.connect() as connection:
            # Takes the write lock before the first read: a deferred transaction fails if another process writes
            # between its read and its write.
            connection.execute("BEGIN IMMEDIATE")
            now = self.clock()
            if request is not None:
                self._insert_job(connection, key, request, now)
            # Who asks a server of another version does not reach one that can start a worker for the job.
            if read_state(connection, key) in {WAITING, RUNNING} and is_of_version(connection, key, self.version):
                connection.execute("INSERT OR REPLACE INTO subscriber VALUES (?, ?, ?)", (key, client, now))
            connection.execute("UPDATE job SET last_used_at = ? WHERE key = ?", (now, key))
            drop_damaged_result(connection, key)
            owner = acquire_lease(connection, now, self.version)
            job = self._read_job(connection, key, now)
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
            expired_at = self.clock() - SUBSCRIPTION_TIMEOUT_S
            query = "SELECT COUNT(*) FROM subscriber WHERE key = ? AND seen_at > ?"
            if not connection.execute(query, (key, expired_at)).fetchone()[0]:
                connection.execute(
                    "UPDATE job SET state = ? WHERE key = ? AND state IN (?, ?)", (CANCELLED, key, WAITING, RUNNING)
                )
            job = read_job(connection, key, self.clock())
        return job if job.state == DONE else Job(CANCELLED)

    def read_result(self, key: str) -> bytes | None:
        """Return the result of a finished job; None if there is none, or if its bytes are damaged.

        The result of another version is none: this one may read other figures in it.
        """
        with self._connect_to_read() as connection:
            return read_result(connection, key) if is_of_version(connection, key, self.version) else None

    def find_result(self, job: Job, key: str) -> tuple[Job, bytes | None]:
        """Return a finished job with its result; one whose result cannot be read just now waits."""
        try:
            data = self.read_result(key)
        except (sqlite3.Error, OSError):
            return Job(WAITING, error=STORE_FAULT), None
        # Evicted since: the next poll computes it again.
        return (job, data) if data else (Job(WAITING), None)

    def read_request(self, key: str) -> str | None:
        """Return the stored request of a job as JSON; None if there is no such job of this version."""
        with self._connect_to_read() as connection:
            return read_request(connection, key) if is_of_version(connection, key, self.version) else None

    def connect(self) -> AbstractContextManager[sqlite3.Connection]:
        """Open the file for one transaction."""
        return open_database(self.path, QUEUE_TABLES, lock_timeout_s=QUEUE_LOCK_TIMEOUT_S)

    def _connect_to_read(self) -> AbstractContextManager[sqlite3.Connection]:
        is_read_only = self.path.exists() and not os.access(self.path.parent, os.W_OK)
        return open_to_read(self.path) if is_read_only else self.connect()

    def _read_job(self, connection: sqlite3.Connection, key: str, now: float) -> Job:
        job = read_job(connection, key, now)
        # Without its server the job of another version is soon given up, and its result cannot be read here.
        is_over = job.state in {DONE, CANCELLED} and not is_of_version(connection, key, self.version)
        return Job(FAILED, error=OTHER_VERSION) if is_over else job

    def _insert_job(self, connection: sqlite3.Connection, key: str, request: str, now: float) -> None:
        evict_jobs(connection, now)
        if read_state(connection, key) in {WAITING, RUNNING, DONE}:
            return
        owner = client_name.get()
        if count_waiting(connection) >= MAX_WAITING or count_waiting(connection, owner) >= MAX_WAITING_PER_CLIENT:
            raise QueueFull
        values = (key, self.version, owner, request, WAITING, 0.0, "", now, 0, 0.0, now, len(request))
        # Replaces a job that failed or was cancelled.
        connection.execute("INSERT OR REPLACE INTO job VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)


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
