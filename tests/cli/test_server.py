"""Server processes: the installed command and ``gunicorn app:server``."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bench.tick import find_tick_callback
from ev2gym_dashboard.web import ids

ROOT = Path(__file__).parents[2]
SERVE = [sys.executable, "-m", "ev2gym_dashboard.cli", "serve"]
PRINT_PAGE = """
from ev2gym_dashboard.web.wsgi import server
client = server.test_client()
for path in ("/", "/_dash-layout", "/_dash-dependencies"):
    response = client.get(path)
    print([pair for pair in response.headers if pair[0] != "X-Request-Id"], response.get_data())
"""
GUNICORN = [sys.executable, "-m", "gunicorn", "app:server"]
CREDENTIALS = "amina:word"


@contextmanager
def run_server(
    command: list[str], home: Path, *, n_ready: int = 1, **settings: str
) -> Iterator[tuple[subprocess.Popen[str], str, list[str]]]:
    usual = {"port": "0", "kernel": "numpy", "workers": "1"}
    variables = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
    variables |= {f"EV2GYM_DASHBOARD_{name.upper()}": value for name, value in (usual | settings).items()}
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | variables, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    lines: list[str] = []
    for line in process.stderr:
        lines.append(line)
        if sum("Ready" in line for line in lines) == n_ready:
            break
    try:
        address = re.search(r"Listening at: (http://\S+)", "".join(lines))
        assert address, "".join(lines)
        assert "Ready" in lines[-1], "".join(lines)
        yield process, address[1], lines
    finally:
        process.send_signal(signal.SIGTERM)
        lines += process.communicate(timeout=60)[1].splitlines(keepends=True)


@dataclass(frozen=True)
class Visit:
    """What a visitor and a scraper see of a server with two workers and credentials, and what it leaves."""

    address: str
    page: str
    scripts: dict[str, int]
    """Status of each script of the page."""
    pages: list[float]
    """Pages that were rendered: before the visitor, and after five of them."""
    metrics_modes: list[int]
    status_without_credentials: int
    lines: list[str]
    """The log, up to the end."""
    exit_code: int
    left_files: list[Path]


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> Visit:
    home, temporary = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("temporary")
    # That of a server that was killed.
    (temporary / "ev2gym-metrics-999999999-x").mkdir()
    command = [*SERVE, "--workers", "2"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(temporary))
        with run_server(command, home, n_ready=2, kernel="numba", auth=CREDENTIALS) as (process, address, lines):
            pages = [count_pages(address)]
            for _ in range(5):
                fetch(f"{address}/site")
            pages.append(count_pages(address))
            page = fetch(f"{address}/?a=%0Alevel%3Derror")[1]
            scripts = re.findall(r'<script[^>]+src="([^"]+)"', page)
            statuses = {script: fetch(address + script)[0] for script in scripts}
            modes = [path.stat().st_mode for path in temporary.glob("ev2gym-metrics-*/*.db")]
            refusal = fetch_status_without_credentials(address)
    left = [*home.rglob("*"), *temporary.iterdir()]
    return Visit(address, page, statuses, pages, modes, refusal, lines, process.returncode, left)


def fetch(url: str) -> tuple[int, str]:
    """Return status and body of a page of a server that may require the credentials."""
    header = {"Authorization": f"Basic {b64encode(CREDENTIALS.encode()).decode()}"}
    with urllib.request.urlopen(urllib.request.Request(url, headers=header)) as response:
        return response.status, response.read().decode()


def fetch_status_without_credentials(url: str) -> int:
    with pytest.raises(HTTPError) as refused:
        urllib.request.urlopen(url)
    with refused.value:
        return int(refused.value.code)


def test_the_page_is_served_and_the_server_stops_on_sigterm(visit: Visit) -> None:
    assert "_dash" in visit.page
    assert "Using worker: ev2gym_dashboard.service.server.buffered_worker.BufferedWorker" in "".join(visit.lines)
    assert visit.address.startswith("http://127.0.0.1:")
    assert visit.exit_code == 0


def test_gunicorn_itself_serves_the_page_and_stops_on_sigterm(tmp_path: Path) -> None:
    with run_server(GUNICORN, tmp_path, kernel="numba") as (process, address, lines):
        with urllib.request.urlopen(address) as page:
            assert page.status == 200
            assert "_dash" in page.read().decode()
        assert "Using worker: ev2gym_dashboard.service.server.buffered_worker.BufferedWorker" in "".join(lines)
        assert address.startswith("http://127.0.0.1:")
        assert not list(tmp_path.rglob("*")), "nothing is written into the home folder"
    assert process.returncode == 0


def test_the_first_page_has_its_scripts(visit: Visit) -> None:
    assert visit.scripts
    assert set(visit.scripts.values()) == {200}, visit.scripts


def test_an_invalid_variable_stops_gunicorn_with_a_sentence(tmp_path: Path) -> None:
    environment = os.environ | {"EV2GYM_DASHBOARD_PORT": "http", "HOME": str(tmp_path)}
    done = subprocess.run(GUNICORN, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.strip() == "EV2GYM_DASHBOARD_PORT: must be a number, not http"


def scrape(address: str) -> dict[tuple[str, ...], float]:
    families = text_string_to_metric_families(fetch(f"{address}/metrics")[1])
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


def count_pages(address: str) -> float:
    return scrape(address)["ev2gym_requests_total", "page", "200"]


def test_a_scrape_sums_over_all_workers_and_its_folder_is_removed_with_the_server(visit: Visit) -> None:
    assert visit.pages == [2, 7], "each worker renders the page once before the first visitor"
    assert visit.metrics_modes
    assert not any(mode & 0o007 for mode in visit.metrics_modes), "other users can read a file of the server"
    assert visit.left_files == [], "files of the metrics, or in the home folder"


def test_every_line_of_the_log_is_an_event_with_its_time_and_level(visit: Visit) -> None:
    form = re.compile(r"time=\S+ level=\w+ process=\d+ logger=\S+ .*event=")
    assert visit.lines
    assert [line for line in visit.lines if not form.match(line)] == []
    assert any("Shutting down" in line for line in visit.lines)


def test_a_tick_in_flight_is_answered_when_the_server_is_stopped(tmp_path: Path) -> None:
    with run_server([*SERVE, "--workers", "1"], tmp_path) as (process, address, lines):
        with ThreadPoolExecutor(1) as pool:
            tick = pool.submit(first_tick, address, fleet_size=30_000, steps=96)
            while scrape(address)["ev2gym_in_flight",] < 2:
                assert not tick.done(), "the tick ended before it was observed in flight"
            process.send_signal(signal.SIGTERM)
            reply = tick.result(timeout=60)
        assert process.wait(timeout=60) == 0
    data = reply["response"][ids.REPLY]["data"]
    # A slow machine answers with its progress after a slice of a second.
    assert data.get("step") == 96 or 0.0 < data["catching_up"] < 1.0
    stopped = next(k for k, line in enumerate(lines) if "signal: term" in line)
    assert any(" event=tick " in line and " status=200 " in line for line in lines[stopped:])


def first_tick(address: str, *, fleet_size: int, steps: int) -> Any:
    with urllib.request.urlopen(f"{address}/_dash-dependencies") as response:
        callback = find_tick_callback(json.load(response))
    request_data = {"fill": True, "restart": True, "scenario": {"fleet_size": str(fleet_size)}, "steps": steps}
    value = {"id": ids.REQUEST, "property": "data", "value": request_data}
    body = callback | {"inputs": [value], "changedPropIds": [f"{ids.REQUEST}.data"]}
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{address}/_dash-update-component", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


def test_every_process_serves_the_same_page_except_for_the_token_of_a_load() -> None:
    pages = {print_page(seed) for seed in ("1", "2")}
    assert len(pages) == 1
    assert "Content-Security-Policy" in pages.pop()


def print_page(seed: str) -> str:
    environment = os.environ | {"PYTHONHASHSEED": seed, "EV2GYM_DASHBOARD_KERNEL": "numpy"}
    command = [sys.executable, "-c", PRINT_PAGE]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    text, tokens = re.subn(r'"end_id":"[^"]+"', "", done.stdout)
    assert tokens == 1
    return text


def test_the_server_requires_the_credentials_of_its_environment(visit: Visit) -> None:
    assert any("the page answers 200" in line for line in visit.lines)
    assert visit.status_without_credentials == 401
    assert not any("word" in line.replace("password", "") for line in visit.lines)
