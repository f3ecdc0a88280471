"""Faults of a server and of its store of snapshots, each at one moment."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from shutil import rmtree

import numpy as np

from bench.server import READY_TIMEOUT_S, SERVER_HOST, list_children
from bench.services import find_free_port, start_nginx, start_redis
from ev2gym_dashboard.service.sessions.snapshot_store import SNAPSHOT_FILE_NAME

WORKERS = 2
PAUSE_S = 1.5


class ServerProcess:
    """Server that is stopped and started again, on one port: behind nginx, and with a store in a folder or in Redis.

    Parameters
    ----------
    state : its state folder
    redis, proxy : the other programs; None where one is missing on this machine
    uses_redis : whether its next start takes Redis as the store
    """

    def __init__(self, folder: Path) -> None:
        self.state, self._log = folder / "state", folder / "log"
        self._port = find_free_port()
        self.redis = start_redis(folder)
        self.uses_redis = False
        self.start()
        self.proxy = start_nginx(folder, self._port)

    @property
    def port(self) -> int:
        """Port that visitors reach: that of nginx, if there is one."""
        return self.proxy.port if self.proxy else self._port

    def start(self) -> None:
        """Start the server; return once its workers are ready."""
        names = {"port": self._port, "workers": WORKERS, "state": self.state, "host": SERVER_HOST, "proxy": 1}
        options = [text for name, value in names.items() for text in (f"--{name}", str(value))]
        environment = dict(os.environ)
        if self.uses_redis and self.redis:
            environment |= {"EV2GYM_DASHBOARD_REDIS": f"redis://{SERVER_HOST}:{self.redis.port}"}
        with self._log.open("wb") as log:
            command = [sys.executable, "-m", "ev2gym_dashboard.cli", "serve", *options]
            self.process = subprocess.Popen(command, stderr=log, start_new_session=True, env=environment)
        deadline = time.monotonic() + READY_TIMEOUT_S
        while self._log.read_bytes().count(b"Ready (") < WORKERS:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start: {self._log.read_text(encoding='utf-8')}")
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop the server in order."""
        self.process.terminate()
        self.process.wait()

    def kill(self) -> None:
        """Kill the server and its workers."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def end(self) -> None:
        """Kill the server and the other programs."""
        self.kill()
        for service in (self.redis, self.proxy):
            if service:
                service.kill()

    def list_workers(self) -> list[int]:
        """List the processes of the workers."""
        return list_children(self.process.pid)


def kill_worker(server: ServerProcess, rng: np.random.Generator) -> None:
    """Kill one worker."""
    _signal(int(rng.choice(server.list_workers() or [0])), signal.SIGKILL)


def kill_all_workers(server: ServerProcess, _: np.random.Generator) -> None:
    """Kill all workers at once."""
    for worker in server.list_workers():
        _signal(worker, signal.SIGKILL)


def pause_worker(server: ServerProcess, rng: np.random.Generator) -> None:
    """Let a worker stand still for a while, as a swapped or throttled one does."""
    worker = int(rng.choice(server.list_workers() or [0]))
    _signal(worker, signal.SIGSTOP)
    time.sleep(PAUSE_S)
    _signal(worker, signal.SIGCONT)


def kill_server(server: ServerProcess, _: np.random.Generator) -> None:
    """Kill the server with all workers, as a power failure does, and start it again."""
    server.kill()
    server.start()


def restart_server(server: ServerProcess, _: np.random.Generator) -> None:
    """Stop the server in order, and start it again."""
    server.stop()
    server.start()


def lose_store(server: ServerProcess, _: np.random.Generator) -> None:
    """Remove all snapshots below the running server."""
    rmtree(server.state, ignore_errors=True)


def damage_store(server: ServerProcess, rng: np.random.Generator) -> None:
    """Overwrite some bytes of the store of snapshots."""
    with suppress(FileNotFoundError), (server.state / SNAPSHOT_FILE_NAME).open("r+b") as file:
        file.seek(int(rng.integers(max(1, file.seek(0, os.SEEK_END)))))
        file.write(rng.bytes(256))


def lock_store(server: ServerProcess, _: np.random.Generator) -> None:
    """Lock the store of snapshots for a while."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(server.state / SNAPSHOT_FILE_NAME)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        time.sleep(PAUSE_S)


def change_store(server: ServerProcess, _: np.random.Generator) -> None:
    """Restart the server with the other store: Redis in place of the folder, or the folder in place of Redis."""
    server.uses_redis = not server.uses_redis
    server.stop()
    server.start()


def restart_redis(server: ServerProcess, _: np.random.Generator) -> None:
    """Kill Redis, and start it again without its content."""
    if server.redis:
        server.redis.kill()
        time.sleep(PAUSE_S)
        server.redis.start()


def pause_redis(server: ServerProcess, _: np.random.Generator) -> None:
    """Let Redis accept connections without an answer for a while."""
    if server.redis:
        server.redis.stop_for(PAUSE_S)


def cut_connections(server: ServerProcess, _: np.random.Generator) -> None:
    """Kill nginx, which cuts all connections of visitors and of the server, and start it again."""
    if server.proxy:
        server.proxy.kill()
        server.proxy.start()


def pause_network(server: ServerProcess, _: np.random.Generator) -> None:
    """Let nothing pass between visitors and server for a while."""
    if server.proxy:
        server.proxy.stop_for(PAUSE_S)


FAULTS: tuple[Callable[[ServerProcess, np.random.Generator], None], ...] = (
    kill_worker,
    kill_all_workers,
    pause_worker,
    kill_server,
    restart_server,
    lose_store,
    damage_store,
    lock_store,
    cut_connections,
    pause_network,
    change_store,
    restart_redis,
    pause_redis,
)
"""In this order each one once, Redis after the server has taken it, and then at random."""


def _signal(process: int, number: signal.Signals) -> None:
    if process:
        with suppress(ProcessLookupError):
            os.kill(process, number)
