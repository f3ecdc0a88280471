"""Tables of the job queue: jobs, results, subscribers and the lease of the worker, in transactions of their callers."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from uuid import uuid4

from ev2gym_dashboard.service.jobs.job import CANCELLED, DONE, FAILED, RUNNING, UNKNOWN, WAITING, WORKER_LOST, Job

LEASE_TIMEOUT_S = 10.0
"""Age of a heartbeat from which on the worker counts as dead; it sends several per second."""
SUBSCRIPTION_TIMEOUT_S = 15.0
"""Age of a poll from which on the client no longer waits for the result; a page polls twice a second."""
NOTE_AGE_S = 5.0
"""Age of the last note of a client from which on its next poll writes to the file."""
TURN_TIMEOUT_S = 2 * NOTE_AGE_S
"""Age of the last note of all clients from which on a job of another version has no turn: its servers may have gone."""
ABANDONED_S = 90.0
"""Age of the last poll of all clients from which on a job is given up; a browser runs a page in the background once a
minute."""
USE_WINDOW_S = 3600.0
"""Time for which the work of a client counts against it [s]."""
MAX_ATTEMPTS = 3
MAX_QUEUE_BYTES = 2**26
MAX_AGE_S = 7 * 24 * 3600.0
MAX_STORED_JOBS = 500
DIGEST_BYTES = hashlib.sha256().digest_size
QUEUE_TABLES = (
    """CREATE TABLE IF NOT EXISTS job (key TEXT PRIMARY KEY, version TEXT, owner TEXT, request TEXT, state TEXT,
    share REAL, error TEXT, queued_at REAL, attempts INTEGER, duration_s REAL, last_used_at REAL, size INTEGER)""",
    # Apart from the jobs, which are scanned at every poll: a result has up to some megabytes.
    "CREATE TABLE IF NOT EXISTS result (key TEXT PRIMARY KEY, data BLOB)",
    "CREATE TABLE IF NOT EXISTS subscriber (key TEXT, client TEXT, seen_at REAL, PRIMARY KEY (key, client))",
    "CREATE TABLE IF NOT EXISTS lease (number INTEGER PRIMARY KEY, owner TEXT, heartbeat_at REAL)",
    # Apart from the jobs too: a client that cancels its jobs, or whose results are evicted, has had the time.
    "CREATE TABLE IF NOT EXISTS work (owner TEXT, began_at REAL, duration_s REAL, PRIMARY KEY (owner, began_at))",
)
# Window functions rank the finished jobs by their last use, so that one query finds all beyond the bounds of bytes,
# number and age. The key breaks ties; jobs that wait or run are never evicted.
EVICTION_QUERY = (
    "SELECT key FROM (SELECT key, last_used_at, SUM(size) OVER (ORDER BY last_used_at DESC, key) AS cumulative_size, "
    "ROW_NUMBER() OVER (ORDER BY last_used_at DESC, key) AS number FROM job WHERE state NOT IN ('waiting', 'running')) "
    "WHERE cumulative_size > ? OR number > ? OR last_used_at < ?"
)
# The rank of a job among those of its client comes first: who puts twenty jobs delays the first of another by one.
TURN_QUERY = (
    "SELECT key, version FROM (SELECT key, version, owner, queued_at, "
    "ROW_NUMBER() OVER (PARTITION BY owner ORDER BY queued_at, key) AS turn "
    "FROM job WHERE state = 'waiting') AS waiting "
    "ORDER BY turn, (SELECT COALESCE(SUM(duration_s), 0) FROM work WHERE work.owner = waiting.owner AND began_at > ?), "
    "queued_at, key"
)
logger = logging.getLogger(__name__)


def write_result(connection: sqlite3.Connection, key: str, data: bytes) -> None:
    """Write the result of a job, with its digest: SQLite does not notice that a disk has changed a byte."""
    sealed = hashlib.sha256(data).digest() + data
    connection.execute("INSERT OR REPLACE INTO result VALUES (?, ?)", (key, sealed))


def read_result(connection: sqlite3.Connection, key: str) -> bytes | None:
    # A changed byte can make a text of bytes, which has no digest.
    query = "SELECT IFNULL(CAST(data AS BLOB), x'') FROM result WHERE key = ?"
    row = connection.execute(query, (key,)).fetchone()
    digest, data = (row[0][:DIGEST_BYTES], row[0][DIGEST_BYTES:]) if row else (b"", b"")
    return data if row and hashlib.sha256(data).digest() == digest else None


def read_request(connection: sqlite3.Connection, key: str) -> str | None:
    row = connection.execute("SELECT request FROM job WHERE key = ?", (key,)).fetchone()
    return str(row[0]) if row else None


def drop_damaged_result(connection: sqlite3.Connection, key: str) -> None:
    """Forget a finished job whose result is damaged, so that it is computed again."""
    if read_state(connection, key) == DONE and read_result(connection, key) is None:
        logger.warning("a damaged result was dropped")
        _delete_jobs(connection, [(key,)])


def evict_jobs(connection: sqlite3.Connection, now: float) -> None:
    """Delete finished jobs that are too old, and the least recently used beyond the bounds of bytes and number."""
    bounds = MAX_QUEUE_BYTES, MAX_STORED_JOBS, now - MAX_AGE_S
    _delete_jobs(connection, connection.execute(EVICTION_QUERY, bounds).fetchall())


def _delete_jobs(connection: sqlite3.Connection, keys: list[tuple[str]]) -> None:
    for table in ("job", "result", "subscriber"):
        connection.executemany(f"DELETE FROM {table} WHERE key = ?", keys)  # noqa: S608


def read_state(connection: sqlite3.Connection, key: str) -> str:
    row = connection.execute("SELECT state FROM job WHERE key = ?", (key,)).fetchone()
    return row[0] if row else UNKNOWN


def read_job(connection: sqlite3.Connection, key: str, now: float) -> Job:
    query = "SELECT state, share, error, duration_s FROM job WHERE key = ?"
    row = connection.execute(query, (key,)).fetchone()
    if row is None:
        return Job(UNKNOWN)
    state, share, error, duration_s = row
    return Job(state, share, _count_ahead(connection, key, now) if state == WAITING else 0, error, duration_s)


def is_of_version(connection: sqlite3.Connection, key: str, version: str) -> bool:
    """Return whether a job was put by a server of a version; True for a job that there is not."""
    query = "SELECT 1 FROM job WHERE key = ? AND version <> ?"
    return connection.execute(query, (key, version)).fetchone() is None


def _count_ahead(connection: sqlite3.Connection, key: str, now: float) -> int:
    running = connection.execute("SELECT COUNT(*) FROM job WHERE state = ?", (RUNNING,)).fetchone()[0]
    return int(running) + [waiting for waiting, _ in list_waiting(connection, now)].index(key)


def count_waiting(connection: sqlite3.Connection, owner: str | None = None) -> int:
    """Count the waiting jobs, of one client or of all."""
    query = "SELECT COUNT(*) FROM job WHERE state = ? AND owner = COALESCE(?, owner)"
    return int(connection.execute(query, (WAITING, owner)).fetchone()[0])


def is_noted(connection: sqlite3.Connection, key: str, client: str, now: float) -> bool:
    """Return whether a job waits or runs, this client is known to wait for it, and a worker is alive."""
    query = "SELECT seen_at FROM subscriber JOIN job USING (key) WHERE key = ? AND client = ? AND state IN (?, ?)"
    seen = connection.execute(query, (key, client, WAITING, RUNNING)).fetchone()
    return bool(seen) and abs(now - seen[0]) < NOTE_AGE_S and _has_worker(connection, now)


def list_waiting(connection: sqlite3.Connection, now: float) -> list[tuple[str, str]]:
    """List the waiting jobs and their versions in their turn: the first ones of all clients, then the second ones.

    Of the clients, the one comes first whose jobs took the least time lately.
    """
    return connection.execute(TURN_QUERY, (now - USE_WINDOW_S,)).fetchall()


def find_next_job(connection: sqlite3.Connection, now: float, version: str) -> str:
    """Return the waiting job whose turn it is; "" if none is waiting, or if it is that of another version.

    A job of another version keeps its turn while its clients ask the servers of that version for it.
    """
    query = "SELECT DISTINCT key FROM subscriber WHERE ABS(? - seen_at) < ?"
    noted = {key for (key,) in connection.execute(query, (now, TURN_TIMEOUT_S))}
    turns = (turn for turn in list_waiting(connection, now) if turn[1] == version or turn[0] in noted)
    key, version_in_turn = next(turns, ("", version))
    return key if version_in_turn == version else ""


def add_work(connection: sqlite3.Connection, key: str, began_at: float, duration_s: float) -> None:
    """Note the time that a job has taken so far, for the client that has put it."""
    query = "INSERT OR REPLACE INTO work SELECT owner, ?, ? FROM job WHERE key = ?"
    connection.execute(query, (began_at, duration_s, key))
    connection.execute("DELETE FROM work WHERE began_at < ?", (began_at - USE_WINDOW_S,))


def cancel_abandoned(connection: sqlite3.Connection, now: float) -> None:
    """Cancel the jobs that wait or run and whose clients have all gone."""
    connection.execute(
        "UPDATE job SET state = ? WHERE state IN (?, ?) AND NOT EXISTS "
        "(SELECT 1 FROM subscriber WHERE subscriber.key = job.key AND ABS(? - seen_at) < ?)",
        (CANCELLED, WAITING, RUNNING, now, ABANDONED_S),
    )


def acquire_lease(connection: sqlite3.Connection, now: float, version: str) -> str:
    """Acquire the lease for a new worker if it is the turn of a job of its version and no worker is alive.

    Return the name of the worker, "" without a lease.
    """
    cancel_abandoned(connection, now)
    if _has_worker(connection, now):
        return ""
    # A job that kills its worker, by memory for example, would be retried for ever.
    connection.execute(
        "UPDATE job SET state = ?, error = ? WHERE state = ? AND attempts >= ?",
        (FAILED, WORKER_LOST, RUNNING, MAX_ATTEMPTS),
    )
    connection.execute("UPDATE job SET state = ?, share = 0 WHERE state = ?", (WAITING, RUNNING))
    if not find_next_job(connection, now, version):
        return ""
    owner = uuid4().hex
    # The only row: taking it over ends the old worker, should it still live, at its next heartbeat.
    connection.execute("INSERT OR REPLACE INTO lease VALUES (1, ?, ?)", (owner, now))
    return owner


def _has_worker(connection: sqlite3.Connection, now: float) -> bool:
    row = connection.execute("SELECT heartbeat_at FROM lease").fetchone()
    # The absolute difference: a clock that was set back must not keep a dead worker's lease alive.
    return bool(row) and abs(now - row[0]) < LEASE_TIMEOUT_S
