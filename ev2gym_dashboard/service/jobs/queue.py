"""Long work beside the page: asked for once by its key, one at a time on a machine, known to every process that serves.

All that is known of a job stands in a file of tables. Who asks puts a job in; a process of low priority (`job_runner`)
takes the only seat, does what waits, and tells how far it is. If it falls silent, another one gets its seat.
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
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Thread
from uuid import uuid4

from ev2gym_dashboard.service.runtime.settings import find_state_folder
from ev2gym_dashboard.service.runtime.sqlite import open_database

JOBS_FOLDER_VARIABLE = "EV2GYM_DASHBOARD_JOBS"
QUEUE_FILE_NAME = "jobs.sqlite3"
WAITING, RUNNING, DONE, FAILED, CANCELLED, UNKNOWN = "waiting", "running", "done", "failed", "cancelled", "unknown"
LEASE_TIMEOUT_S = 10.0
"""From then on a runner counts as dead; it tells several times a second that it lives."""
SUBSCRIPTION_TIMEOUT_S = 15.0
"""So long someone who asked counts as still wanting the answer: a page asks twice a second."""
MAX_ATTEMPTS = 3
MAX_WAITING = 20
MAX_QUEUE_BYTES = 2**26
MAX_AGE_S = 7 * 24 * 3600.0
MAX_STORED_JOBS = 500
WORKER_LOST = "lost"
"""Why a job failed whose process ended several times."""
QUEUE_LOCK_TIMEOUT_S = 5.0
QUEUE_TABLES = (
    """CREATE TABLE IF NOT EXISTS job (key TEXT PRIMARY KEY, question TEXT, state TEXT, share REAL, problem TEXT,
    place REAL, tries INTEGER, took_s REAL, used REAL, size INTEGER)""",
    "CREATE TABLE IF NOT EXISTS answer (key TEXT PRIMARY KEY, data BLOB)",
    "CREATE TABLE IF NOT EXISTS wanted (key TEXT, who TEXT, at REAL, PRIMARY KEY (key, who))",
    "CREATE TABLE IF NOT EXISTS seat (number INTEGER PRIMARY KEY, owner TEXT, beat REAL)",
)
EVICTION_QUERY = (
    "SELECT key FROM (SELECT key, used, SUM(size) OVER (ORDER BY used DESC, key) AS so_far, "
    "ROW_NUMBER() OVER (ORDER BY used DESC, key) AS number FROM job WHERE state NOT IN ('waiting', 'running')) "
    "WHERE so_far > ? OR number > ? OR used < ?"
)


class QueueFull(Exception):
    """So many jobs wait already that no other one is taken."""


@dataclass(frozen=True)
class Job:
    """What is known of a job: the share that is done, how many run before it, why it failed, how long it took."""

    state: str
    share: float = 0.0
    before: int = 0
    problem: str = ""
    took_s: float = 0.0


def start_worker(path: Path, owner: str) -> None:
    """Start a process that does what waits; out of the terminal's group, whose interrupts are the server's alone."""
    command = [sys.executable, "-m", "ev2gym_dashboard.service.jobs.worker", str(path), owner]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
    Thread(target=process.wait, daemon=True).start()


class JobQueue:
    """The jobs of a machine, in a file that several processes share."""

    def __init__(
        self, path: Path, *, start: Callable[[Path, str], None] = start_worker, now: Callable[[], float] = time.time
    ) -> None:
        self.path, self._start, self._now = path, start, now

    def ask(self, key: str, question: str, who: str) -> Job:
        """Put a job in where it is not known, or was given up or failed; return it.

        Raises
        ------
        TooMany
            Where too many wait already.
        """
        with self.open() as file:
            file.execute("BEGIN IMMEDIATE")
            self._put(file, key, question, who)
        return self.look(key, who)

    def look(self, key: str, who: str) -> Job:
        """Return what is known of a job, and see to it that someone does what waits."""
        with self.open() as file:
            file.execute("BEGIN IMMEDIATE")
            now = self._now()
            if _read_state(file, key) in {WAITING, RUNNING}:
                file.execute("INSERT OR REPLACE INTO wanted VALUES (?, ?, ?)", (key, who, now))
            file.execute("UPDATE job SET used = ? WHERE key = ?", (now, key))
            owner = _acquire_lease(file, now)
            job = _read_job(file, key)
        if owner:
            self._start(self.path, owner)
        return job

    def cancel(self, key: str, who: str) -> Job:
        """Give a job up, unless someone else still wants it; for who asks it is given up in any case."""
        with self.open() as file:
            file.execute("BEGIN IMMEDIATE")
            file.execute("DELETE FROM wanted WHERE key = ? AND who = ?", (key, who))
            since = self._now() - SUBSCRIPTION_TIMEOUT_S
            others = file.execute("SELECT COUNT(*) FROM wanted WHERE key = ? AND at > ?", (key, since)).fetchone()[0]
            if not others:
                file.execute(
                    "UPDATE job SET state = ? WHERE key = ? AND state IN (?, ?)", (CANCELLED, key, WAITING, RUNNING)
                )
            job = _read_job(file, key)
        return job if job.state == DONE else Job(CANCELLED)

    def answer(self, key: str) -> bytes | None:
        """Return the answer of a job that is done."""
        with self.open() as file:
            row = file.execute("SELECT data FROM answer WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def open(self) -> AbstractContextManager[sqlite3.Connection]:
        return open_database(self.path, QUEUE_TABLES, wait_s=QUEUE_LOCK_TIMEOUT_S)

    def _put(self, file: sqlite3.Connection, key: str, question: str, who: str) -> None:
        now = self._now()
        evict_jobs(file, now)
        if _read_state(file, key) in {WAITING, RUNNING, DONE}:
            return
        if file.execute("SELECT COUNT(*) FROM job WHERE state = ?", (WAITING,)).fetchone()[0] >= MAX_WAITING:
            raise QueueFull
        values = (key, question, WAITING, 0.0, "", now, 0, 0.0, now, len(question))
        file.execute("INSERT OR REPLACE INTO job VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        file.execute("INSERT OR REPLACE INTO wanted VALUES (?, ?, ?)", (key, who, now))


def evict_jobs(file: sqlite3.Connection, now: float) -> None:
    """Let go of what is old, and of what was least recently used beyond the bound."""
    gone = file.execute(EVICTION_QUERY, (MAX_QUEUE_BYTES, MAX_STORED_JOBS, now - MAX_AGE_S)).fetchall()
    for table in ("job", "answer", "wanted"):
        file.executemany(f"DELETE FROM {table} WHERE key = ?", gone)  # noqa: S608


def _read_state(file: sqlite3.Connection, key: str) -> str:
    row = file.execute("SELECT state FROM job WHERE key = ?", (key,)).fetchone()
    return row[0] if row else UNKNOWN


def _read_job(file: sqlite3.Connection, key: str) -> Job:
    row = file.execute("SELECT state, share, problem, took_s, place FROM job WHERE key = ?", (key,)).fetchone()
    if row is None:
        return Job(UNKNOWN)
    state, share, problem, took_s, place = row
    ahead = "SELECT COUNT(*) FROM job WHERE state = ? OR (state = ? AND place < ?)"
    before = file.execute(ahead, (RUNNING, WAITING, place)).fetchone()[0] if state == WAITING else 0
    return Job(state, share, before, problem, took_s)


def _acquire_lease(file: sqlite3.Connection, now: float) -> str:
    """Take the seat for a new runner where there is work and nobody lives who does it; return the runner's name."""
    if not file.execute("SELECT COUNT(*) FROM job WHERE state IN (?, ?)", (WAITING, RUNNING)).fetchone()[0]:
        return ""
    row = file.execute("SELECT beat FROM seat").fetchone()
    if row and abs(now - row[0]) < LEASE_TIMEOUT_S:
        return ""
    file.execute(
        "UPDATE job SET state = ?, problem = ? WHERE state = ? AND tries >= ?",
        (FAILED, WORKER_LOST, RUNNING, MAX_ATTEMPTS),
    )
    file.execute("UPDATE job SET state = ?, share = 0 WHERE state = ?", (WAITING, RUNNING))
    owner = uuid4().hex
    file.execute("INSERT OR REPLACE INTO seat VALUES (1, ?, ?)", (owner, now))
    return owner


def find_jobs_folder(environment: Mapping[str, str]) -> Path | None:
    """Return the folder that the processes of a server share; None where there is none that can be written."""
    if given := environment.get(JOBS_FOLDER_VARIABLE):
        return Path(given)
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
    """Return the jobs of this server; those of a process that serves alone and keeps nothing go with it."""
    folder = find_jobs_folder(os.environ) or Path(_make_private_folder().name)
    return JobQueue(folder / QUEUE_FILE_NAME)


@cache
def _make_private_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="ev2gym-jobs-", ignore_cleanup_errors=True)
