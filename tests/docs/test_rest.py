"""docs/rest.md: its addresses are those of the server, and its client runs."""

from __future__ import annotations

import re
from pathlib import Path
from threading import Thread

import pytest
from werkzeug.serving import make_server

from docs.examples import rest_client
from ev2gym_dashboard import Scenario, simulate
from ev2gym_dashboard.service.jobs.queue import JobQueue
from ev2gym_dashboard.service.jobs.scenario_request import MAX_RUN_STEPS
from ev2gym_dashboard.service.jobs.worker import JobWorker
from ev2gym_dashboard.web.app import create_app
from ev2gym_dashboard.web.rest import routes
from ev2gym_dashboard.web.rest.openapi import API_PATH, build_openapi

TEXT = (Path(__file__).parents[2] / "docs" / "rest.md").read_text(encoding="utf-8")


def test_every_address_is_on_the_page() -> None:
    for path in build_openapi(API_PATH)["paths"]:
        named = path.replace("{key}", "KEY").replace("{name}", "NAME")
        assert f"{named}`" in TEXT or f"{named}?" in TEXT, path
    assert f"{MAX_RUN_STEPS:,} steps" in TEXT


def test_the_client_prints_the_figures_of_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    queue = JobQueue(tmp_path / "jobs.sqlite3", launch=lambda file, owner: JobWorker(JobQueue(file), owner).run())
    monkeypatch.setattr(routes, "open_job_queue", lambda: queue)
    server = make_server("127.0.0.1", 0, create_app().server)
    Thread(target=server.serve_forever, daemon=True).start()
    rest_client.main(f"http://127.0.0.1:{server.server_port}/")
    server.shutdown()
    result = simulate(Scenario(fleet_size=100, strategy="peak_shaving"))
    numbers = [float(line.rpartition(" ")[2]) for line in capsys.readouterr().out.splitlines()]
    expected = [result.kpis[name] for name in ("total_mad", "peak_kw", "v2g_kwh")]
    assert numbers == [*expected, result.series["net_power_kw"].max()]


def test_every_problem_is_on_the_page() -> None:
    answers = str(build_openapi(API_PATH))
    statuses = set(re.findall(r"'(4\d\d|5\d\d)'", answers))
    assert statuses == set(re.findall(r"^\| (\d{3}) \|", TEXT, re.MULTILINE))
