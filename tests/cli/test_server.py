"""The installed command and ``gunicorn app:server``, as real processes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVE = [sys.executable, "-m", "ev2gym_dashboard.cli", "serve"]
GUNICORN = [sys.executable, "-m", "gunicorn", "app:server"]


@contextmanager
def server(command: list[str], home: Path) -> Iterator[tuple[subprocess.Popen[str], str, list[str]]]:
    environment = os.environ | {"EV2GYM_DASHBOARD_PORT": "0", "HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    lines: list[str] = []
    for line in process.stderr:
        lines.append(line)
        if "Ready" in line:
            break
    try:
        address = re.search(r"Listening at: (http://\S+)", "".join(lines))
        assert address, "".join(lines)
        assert "Ready" in lines[-1], "".join(lines)
        yield process, address[1], lines
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


@pytest.mark.parametrize("command", [SERVE, GUNICORN], ids=["ev2gym-dashboard serve", "gunicorn app:server"])
def test_the_page_is_served_and_the_server_stops_when_asked(command: list[str], tmp_path: Path) -> None:
    with server(command, tmp_path) as (process, address, lines):
        with urllib.request.urlopen(address) as page:
            assert page.status == 200
            assert "_dash" in page.read().decode()
        assert "Using worker: gthread" in "".join(lines)
        assert address.startswith("http://127.0.0.1:")
        assert not list(tmp_path.rglob("*")), "nothing is written into the home folder"
    assert process.returncode == 0


def test_the_first_page_has_its_scripts(tmp_path: Path) -> None:
    with server(SERVE, tmp_path) as (_, address, _):
        with urllib.request.urlopen(address) as page:
            scripts = re.findall(r'<script[^>]+src="([^"]+)"', page.read().decode())
        assert scripts
        for script in scripts:
            with urllib.request.urlopen(address + script) as answer:
                assert answer.status == 200, script


def test_a_wrong_variable_stops_gunicorn_with_a_sentence(tmp_path: Path) -> None:
    environment = os.environ | {"EV2GYM_DASHBOARD_PORT": "http", "HOME": str(tmp_path)}
    done = subprocess.run(GUNICORN, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.strip() == "EV2GYM_DASHBOARD_PORT: must be a number, not http"
