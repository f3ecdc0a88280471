"""Two versions of the server on one state folder: each answers as it would alone, in an update and on the way back."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from bench.tick import find_request_callback
from ev2gym_dashboard import Scenario
from ev2gym_dashboard.service.jobs.job import DONE, WAITING
from ev2gym_dashboard.service.jobs.queue import QUEUE_FILE_NAME
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, serialize_run
from ev2gym_dashboard.service.sessions.snapshot_store import SNAPSHOT_FILE_NAME
from ev2gym_dashboard.web import ids
from tests.cli.test_faults import ROOT, Server, make_body

UPDATE_PATH = "_dash-update-component"
Edits = dict[str, tuple[str, str]]
# On a loaded machine a request would end with its slice of time, and a worker of low priority hardly begin.
BOTH: Edits = {
    "service/sessions/process_cache.py": ("REQUEST_SLICE_S = 1.0", "REQUEST_SLICE_S = 1e9"),
    "service/jobs/worker.py": ("NICENESS = 19", "NICENESS = 0"),
    # Numba would compile the plans and the optimum for each copy of the code.
    "service/comparison/runner.py": ("MAX_PLANNED_STEPS = 200_000", "MAX_PLANNED_STEPS = 0"),
    "service/optimum/work_limits.py": ("_STEPS = 7_000_000, 40_000_000", "_STEPS = 0, 0"),
    "service/simulation/warm_up.py": ('strategy="predictive"', 'strategy="price"'),
}
# Other figures, and a page whose outputs are not those of the old one.
NEW: Edits = {
    "core/fleet/stay_distribution.py": ("STAY_ENERGY_CORRELATION = 0.4", "STAY_ENERGY_CORRELATION = 0.9"),
    "web/ids.py": ('"top-models", "soc-histogram"', '"top-models", "soc-spread"'),
}
SETTINGS = {"KERNEL": "numpy", "WORKERS": "1"}
# Without the sun and a tight connection, whose first steps take seconds.
SCENARIO = Scenario(fleet_size=10, timestep_min=60, pv_kwp_per_vehicle=0.0, limit_kw_per_vehicle=50.0)
# As many steps as between two snapshots, one of which is therefore among them.
FIRST_STEPS = 48
STEPS, TURNS = 3, 3
ANSWER_ALONE = f"""
import json, sys
from ev2gym_dashboard.service.jobs.queue import open_job_queue
from ev2gym_dashboard.service.jobs.worker import JobWorker
from ev2gym_dashboard.web.app import create_app

jobs = open_job_queue()
jobs._launch = lambda _, owner: JobWorker(jobs, owner).run()
client = create_app().server.test_client()
bodies = json.load(sys.stdin)
for body in bodies:
    if body["inputs"][0]["id"] == "{ids.COMPARE_REQUEST}":
        client.post("{UPDATE_PATH}", json=body)
print(json.dumps([client.post("{UPDATE_PATH}", json=body).get_json()["response"] for body in bodies]))
"""
"""Computes the jobs of the requests first, in this process, then answers all."""


@dataclass
class Version:
    """A server of a version with its page: the requests whose answers are compared, the answers, and the run."""

    server: Server
    sent: list[Any] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)
    run: dict[str, Any] = field(default_factory=lambda: serialize_run(RunSpec(SCENARIO, session="page")))

    @cached_property
    def callbacks(self) -> list[Any]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.server.port}/_dash-dependencies") as response:
            return list(json.load(response))

    def make_body(self, store: str, request: dict[str, Any]) -> dict[str, Any]:
        return make_body(find_request_callback(self.callbacks, store), {"lang": "fr"} | request, store)

    def post(self, body: dict[str, Any]) -> Any:
        return self.server.post(UPDATE_PATH, body, f"request-number-{len(self.sent)}")["response"]

    def send(self, body: dict[str, Any]) -> Any:
        self.sent.append(body)
        self.answers.append(self.post(body))
        return self.answers[-1]

    def tick(self, steps: int, *, full: bool) -> None:
        request = {"number": len(self.sent), "run": self.run, "steps": steps, "full": full}
        reply = self.send(self.make_body(ids.REQUEST, request))[ids.REPLY]["data"]
        self.run = reply.get("run") or self.run | {"step": reply["step"]}

    def compare(self, seeds: int) -> tuple[str, dict[str, Any]]:
        """Start a comparison; return its first state, and the body of its polls."""
        request = {"action": "start", "client": "page", "run": self.run, "period": "day", "seeds": str(seeds)}
        reply = self.post(self.make_body(ids.COMPARE_REQUEST, request))[ids.COMPARE_REPLY]["data"]
        poll = {"action": "poll", "client": "page", "comparison": reply["comparison"]}
        return reply["state"], self.make_body(ids.COMPARE_REQUEST, poll)

    def poll(self, body: dict[str, Any]) -> str:
        return str(self.post(body)[ids.COMPARE_REPLY]["data"]["state"])

    def read_status(self, body: dict[str, Any]) -> int:
        address = f"http://127.0.0.1:{self.server.port}/{UPDATE_PATH}"
        request = urllib.request.Request(address, json.dumps(body).encode(), {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request) as response:
                return int(response.status)
        except HTTPError as refusal:
            return refusal.code

    def answer_alone(self, state: Path) -> list[Any]:
        """Return the answers of this version to the same requests on a state folder of its own."""
        settings = {f"EV2GYM_DASHBOARD_{name}": value for name, value in (SETTINGS | {"STATE": str(state)}).items()}
        process = subprocess.run(
            [sys.executable, "-c", ANSWER_ALONE],
            check=False,
            cwd=self.server.code,
            env=os.environ | settings | {"PYTHONPATH": str(self.server.code)},
            input=json.dumps(self.sent),
            capture_output=True,
            text=True,
        )
        assert process.returncode == 0, process.stderr
        return list(json.loads(process.stdout))


@dataclass(frozen=True)
class Update:
    """An update and the way back: both versions, and the files of the state folder that they shared."""

    old: Version
    new: Version
    first_states: list[str]
    runs_before: set[str]
    runs_after: set[str]
    jobs: dict[str, list[tuple[str, int]]]
    """State and attempts of the jobs by version."""
    refusals: list[int]
    """Statuses of the requests of a page that reach the server of the other version."""


def make_code(folder: Path, edits: Edits) -> Path:
    """Copy the code, with some lines changed."""
    package = folder / "ev2gym_dashboard"
    shutil.copytree(ROOT / package.name, package)
    for name in ("data", "assets"):
        (folder / name).symlink_to(ROOT / name)
    for name in ("app.py", "gunicorn.conf.py"):
        shutil.copy(ROOT / name, folder)
    for name, (line, changed) in edits.items():
        text = (package / name).read_text(encoding="utf-8")
        assert text.count(line) == 1, f"{name} has not {line}"
        (package / name).write_text(text.replace(line, changed), encoding="utf-8")
    return folder


def read_rows(path: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as file:
        return file.execute(query).fetchall()


def list_runs(state: Path) -> set[str]:
    """List the keys of the runs that have snapshots."""
    return {run for (run,) in read_rows(state / SNAPSHOT_FILE_NAME, "SELECT run FROM kept WHERE step >= 0")}


def list_jobs(state: Path) -> dict[str, list[tuple[str, int]]]:
    rows = read_rows(state / QUEUE_FILE_NAME, "SELECT version, state, attempts FROM job ORDER BY queued_at")
    return {version: [row[1:] for row in rows if row[0] == version] for version, _, _ in rows}


def play_update(old: Version, new: Version, state: Path) -> Update:
    """Let a page go on at a new version while another stays, then send it back while the new version computes."""
    old.tick(FIRST_STEPS, full=True)
    old.server.wait_until(lambda: bool(list_runs(state)))
    runs_before = list_runs(state)
    new.run = old.run
    for turn in range(TURNS):
        old.tick(STEPS, full=False)
        new.tick(STEPS, full=turn == 0)
    # The worker of the old version holds the lease while the new one waits.
    started = [version.compare(1) for version in (old, new)]
    polls = [(old, started[0][1]), (new, started[1][1])]
    old.server.wait_until(lambda: [version.poll(body) for version, body in polls] == [DONE, DONE])
    for version, body in polls:
        version.send(body)
    refusals = [new.read_status(old.sent[0]), old.read_status(new.sent[0])]
    new.server.wait_until(lambda: len(list_runs(state)) == 2)
    _, abandoned = new.compare(2)
    new.server.wait_until(lambda: new.poll(abandoned) != WAITING)
    new.server.kill()
    old.run = new.run
    old.tick(STEPS, full=True)
    _, body = old.compare(2)
    old.server.wait_until(lambda: old.poll(body) == DONE)
    old.send(body)
    states = [first for first, _ in started]
    return Update(old, new, states, runs_before, list_runs(state), list_jobs(state), refusals)


@pytest.fixture(scope="module")
def update(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Update]:
    folder = tmp_path_factory.mktemp("versions")
    codes = [make_code(folder / name, BOTH | edits) for name, edits in {"old": {}, "new": NEW}.items()]
    old, new = versions = [Version(Server(folder, SETTINGS, code=code)) for code in codes]
    try:
        for version in versions:
            version.server.launch()
        for version in versions:
            version.server.wait_until_ready()
        yield play_update(old, new, folder / "state")
    finally:
        for version in versions:
            if version.server.process.poll() is None:
                version.server.kill()


def drop_duration(answers: list[Any]) -> list[Any]:
    """Return answers without the sentence that says how long a comparison took."""
    for answer in answers:
        answer.get(ids.COMPARE_REPLY, {"data": {}})["data"].pop("status", None)
    return answers


def test_each_version_answers_as_it_would_alone(update: Update, tmp_path: Path) -> None:
    old, new = (version.answer_alone(tmp_path / version.server.code.name) for version in (update.old, update.new))
    assert drop_duration(update.old.answers) == drop_duration(old)
    assert drop_duration(update.new.answers) == drop_duration(new)


def test_the_versions_show_other_figures(update: Update) -> None:
    # Else the answer of one version could be that of the other unseen.
    ticks = update.old.answers[TURNS], update.new.answers[TURNS - 1]
    assert ticks[0][ids.POWER] != ticks[1][ids.POWER]
    comparisons = update.old.answers[TURNS + 1], update.new.answers[TURNS]
    assert comparisons[0][ids.COMPARE_ROWS] != comparisons[1][ids.COMPARE_ROWS]


def test_each_version_computes_its_own_jobs_once(update: Update) -> None:
    assert update.first_states == [WAITING, WAITING]
    old, new = update.jobs.values()
    assert old == [(DONE, 1), (DONE, 1)]
    assert new[0] == (DONE, 1)


def test_no_version_goes_on_from_a_snapshot_of_the_other(update: Update) -> None:
    assert len(update.runs_before) == 1
    assert update.runs_before < update.runs_after
    assert len(update.runs_after) == 2


def test_a_request_of_a_page_of_the_other_version_is_gone(update: Update) -> None:
    assert update.refusals == [410, 410]
