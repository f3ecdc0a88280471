"""Redis and nginx as processes of a benchmark, which are killed, stopped for a while and started again on one port."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from socket import create_server, socket

HOST = "127.0.0.1"
START_TIMEOUT_S = 60.0
FIRST_PORT, FIRST_OUTGOING_PORT = 20_000, 32_768
"""The ports that are taken for programs are from the first of these on, and below the second one."""
NGINX_EXAMPLE = Path(__file__).parents[1] / "docs/deploy/nginx.conf"
NGINX_CONFIG = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  {site}
}}
"""
"""Configuration of an nginx that runs in the foreground and writes to one folder alone; ``site`` is within its http."""
SERVER_BLOCK = "{upstream} server {{ listen {host}:{port}; client_max_body_size 17m; {location} }}"


class ServiceProcess:
    """Program that listens on a port."""

    def __init__(self, command: Sequence[str], port: int) -> None:
        self.port, self._command = port, list(command)
        self.start()

    def start(self) -> None:
        """Start the program; return once it listens."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + START_TIMEOUT_S
        while not is_listening(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self._command[0]} did not start")
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill the program; all of its connections are cut."""
        self._process.kill()
        self._process.wait()

    def stop_for(self, seconds: float) -> None:
        """Let the program stand still: connections stay open, and nothing is answered."""
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGSTOP)
            time.sleep(seconds)
            self._process.send_signal(signal.SIGCONT)


def start_redis(folder: Path) -> ServiceProcess | None:
    """Start a Redis that keeps nothing on the disk; None where the program is missing."""
    if shutil.which("redis-server") is None:
        return None
    port = find_free_port()
    options = ("--bind", HOST, "--port", str(port), "--save", "", "--dir", str(folder))
    return ServiceProcess(("redis-server", *options), port)


def start_nginx(folder: Path, server_port: int) -> ServiceProcess | None:
    """Start an nginx in front of a server, as the documentation sets it up but for TLS; None where it is missing."""
    if shutil.which("nginx") is None:
        return None
    port, example = find_free_port(), NGINX_EXAMPLE.read_text(encoding="utf-8")
    upstream = _cut(r"^upstream .*?^\}", example).replace("127.0.0.1:8888", f"{HOST}:{server_port}")
    location = _cut(r"^    location / \{.*?^    \}", example)
    config = folder / "nginx.conf"
    site = SERVER_BLOCK.format(upstream=upstream, host=HOST, port=port, location=location)
    text = NGINX_CONFIG.format(folder=folder, site=site)
    config.write_text(text, encoding="utf-8")
    return ServiceProcess(("nginx", "-p", str(folder), "-c", str(config)), port)


def find_free_port() -> int:
    """Return a port of the loopback address that nobody listens on, for a program that starts there later, or again.

    It is none of those that systems give to outgoing connections (from 32768 on Linux, from 49152 elsewhere): such a
    connection could take it in the meantime.
    """
    while True:
        port = random.SystemRandom().randrange(FIRST_PORT, FIRST_OUTGOING_PORT)
        with suppress(OSError), create_server((HOST, port)):
            return port


def is_listening(port: int) -> bool:
    """Return whether a program listens on a port of the loopback address."""
    with socket() as probe:
        return probe.connect_ex((HOST, port)) == os.EX_OK


def _cut(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.MULTILINE | re.DOTALL)
    if found is None:
        raise LookupError(f"{NGINX_EXAMPLE} has no part {pattern}")
    return found[0]
