"""The installed command and ``gunicorn app:server``, as real processes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bench.tick import find_tick_callback
from ev2gym_dashboard.web import ids

ROOT = Path(__file__).parents[2]
SERVE = [sys.executable, "-m", "ev2gym_dashboard.cli", "serve"]
SAME = """
from ev2gym_dashboard.web.wsgi import server
client = server.test_client()
for path in ("/", "/_dash-layout", "/_dash-dependencies"):
    answer = client.get(path)
    print([pair for pair in answer.headers if pair[0] != "X-Request-Id"], answer.get_data())
"""
GUNICORN = [sys.executable, "-m", "gunicorn", "app:server"]


@contextmanager
def server(
    command: list[str], home: Path, *, ready: int = 1, **more: str
) -> Iterator[tuple[subprocess.Popen[str], str, list[str]]]:
    ours = {"EV2GYM_DASHBOARD_PORT": "0", "HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
    environment = os.environ | ours | {f"EV2GYM_DASHBOARD_{name.upper()}": value for name, value in more.items()}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    lines: list[str] = []
    for line in process.stderr:
        lines.append(line)
        if sum("Ready" in line for line in lines) == ready:
            break
    try:
        address = re.search(r"Listening at: (http://\S+)", "".join(lines))
        assert address, "".join(lines)
        assert "Ready" in lines[-1], "".join(lines)
        yield process, address[1], lines
    finally:
        process.send_signal(signal.SIGTERM)
        lines += process.communicate(timeout=60)[1].splitlines(keepends=True)


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


def scraped(address: str) -> dict[tuple[str, ...], float]:
    with urllib.request.urlopen(f"{address}/metrics") as answer:
        families = text_string_to_metric_families(answer.read().decode())
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


def pages(address: str) -> float:
    return scraped(address)["ev2gym_requests_total", "page", "200"]


def test_a_scrape_sums_over_all_workers_and_its_folder_goes_with_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    with server([*SERVE, "--workers", "2"], tmp_path, ready=2) as (_, address, _):
        assert pages(address) == 2, "each worker gets the page once before anyone else does"
        for _ in range(5):
            urllib.request.urlopen(f"{address}/site").close()
        assert pages(address) == 7
        assert list(temporary.glob("ev2gym-metrics-*/*.db"))
    assert not list(temporary.iterdir())


def test_every_line_of_the_log_is_an_event_with_its_time_and_level(tmp_path: Path) -> None:
    with server(SERVE, tmp_path) as (_, address, lines):
        urllib.request.urlopen(f"{address}/?a=%0Alevel%3Derror").close()
    assert [line for line in lines if not re.match(r"time=\S+ level=\w+ process=\d+ from=\S+ .*event=", line)] == []
    assert any("Shutting down" in line for line in lines)


def test_a_tick_in_flight_is_answered_when_the_server_is_asked_to_stop(tmp_path: Path) -> None:
    with server([*SERVE, "--workers", "1"], tmp_path) as (process, address, lines):
        with ThreadPoolExecutor(1) as pool:
            tick = pool.submit(first_tick, address, fleet_size=30_000, steps=96)
            while scraped(address)["ev2gym_in_flight",] < 2:
                assert not tick.done(), "the tick was answered before it was seen in flight"
            process.send_signal(signal.SIGTERM)
            answer = tick.result(timeout=60)
        assert process.wait(timeout=60) == 0
    assert answer["response"][ids.REPLY]["data"]["run"]["step"] == 96
    stopped = next(k for k, line in enumerate(lines) if "signal: term" in line)
    assert any(" event=tick " in line and " status=200 " in line for line in lines[stopped:])


def first_tick(address: str, *, fleet_size: int, steps: int) -> Any:
    with urllib.request.urlopen(f"{address}/_dash-dependencies") as answer:
        callback = find_tick_callback(json.load(answer))
    request = {"fill": True, "restart": True, "scenario": {"fleet_size": str(fleet_size)}, "steps": steps}
    value = {"id": ids.REQUEST, "property": "data", "value": request}
    body = callback | {"inputs": [value], "changedPropIds": [f"{ids.REQUEST}.data"]}
    headers = {"Content-Type": "application/json"}
    asked = urllib.request.Request(f"{address}/_dash-update-component", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return json.load(answer)


def test_every_process_serves_the_same_page_but_for_the_token_of_a_load() -> None:
    seen = {page_of_a_process(seed) for seed in ("1", "2")}
    assert len(seen) == 1
    assert "Content-Security-Policy" in seen.pop()


def page_of_a_process(seed: str) -> str:
    environment = os.environ | {"PYTHONHASHSEED": seed}
    command = [sys.executable, "-c", SAME]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    text, tokens = re.subn(r'"end_id":"[^"]+"', "", done.stdout)
    assert tokens == 1
    return text


def test_the_server_asks_for_the_account_of_its_environment(tmp_path: Path) -> None:
    with server(SERVE, tmp_path, auth="amina:word") as (_, address, lines):
        assert "the page answers 200" in lines[-1]
        with pytest.raises(HTTPError) as refused:
            urllib.request.urlopen(address)
        with refused.value:
            assert refused.value.code == 401
    assert not any("word" in line.replace("password", "") for line in lines)
