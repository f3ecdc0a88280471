"""Replies of the Compare page: plan, start, poll and cancel, refusals, and numbers equal to every other interface."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from dash import no_update

from ev2gym_dashboard.service.comparison.request import dump_comparison_request, make_comparison_request
from ev2gym_dashboard.service.comparison.result import COMPARISON_KPIS
from ev2gym_dashboard.service.comparison.runner import list_variants, run_comparison
from ev2gym_dashboard.service.jobs.queue import JobQueue
from ev2gym_dashboard.service.jobs.worker import JobWorker
from ev2gym_dashboard.service.sessions.request_place import use_places
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec, serialize_run
from ev2gym_dashboard.service.sessions.work_places import WorkPlaces
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.pages.compare import callbacks, table
from ev2gym_dashboard.web.requests.schema import MalformedRequest
from tests.web.pages.compare.conftest import SCENARIO

RUN = serialize_run(RunSpec(SCENARIO, (), 3, "compare"))
ROWS = f"{ids.COMPARE_ROWS}.data"
N_VARIANTS = len(list_variants(SCENARIO))


class LaunchedWorkers(NamedTuple):
    """The queue of the page, and the owners of the workers that it launched; none runs before the test lets it."""

    queue: JobQueue
    owners: list[str]


@pytest.fixture
def workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LaunchedWorkers:
    owners: list[str] = []
    queue = JobQueue(tmp_path / "jobs.sqlite3", launch=lambda _path, owner: owners.append(owner))
    monkeypatch.setattr(callbacks, "open_job_queue", lambda: queue)
    return LaunchedWorkers(queue, owners)


def request_outputs(action: str, **fields: Any) -> dict[str, Any]:
    request = {"number": 4, "lang": "en", "action": action, "client": "me", **fields}
    return callbacks.build_compare_reply(request, "build")


def request_reply(action: str, **fields: Any) -> dict[str, Any]:
    reply: dict[str, Any] = request_outputs(action, **fields)[ids.COMPARE_REPLY]
    return reply


def run_waiting_jobs(workers: LaunchedWorkers) -> None:
    JobWorker(workers.queue, workers.owners[-1]).run()


def test_a_plan_describes_the_comparison_and_starts_nothing(workers: LaunchedWorkers) -> None:
    reply = request_reply("plan", run=RUN, period="week", seeds="2")
    assert reply["scenario"] == (
        "60 vehicles (2024 (V2G assumed)) at home, tariff ONEE BT bi-horaire, from Tue 15 Dec 2026 16:00, 7 d, "
        "first seed 0."
    )
    work = f"{N_VARIANTS * 2 * 672 * 60:,}"
    assert reply["workload"] == (
        f"Variants × seeds × steps × vehicles: {N_VARIANTS} × 2 × 672 × 60 = {work} vehicle-steps."
    )
    assert "comparison" not in reply
    assert workers.owners == []


def test_a_start_is_polled_until_it_is_done_and_a_second_start_has_the_result_at_once(workers: LaunchedWorkers) -> None:
    first = request_reply("start", run=RUN, period="day", seeds="2")
    assert (first["state"], first["number"], first["build"]) == ("waiting", 4, "build")
    assert request_outputs("poll", comparison=first["comparison"])[ROWS] is no_update
    run_waiting_jobs(workers)
    done = request_outputs("poll", comparison=first["comparison"])
    assert done[ids.COMPARE_REPLY]["state"] == "done"
    work = f"{N_VARIANTS * 2 * 96 * 60:,}"
    assert done[ids.COMPARE_REPLY]["status"].startswith(f"Done: {work} vehicle-steps in ")
    assert no_update not in done.values()
    assert request_outputs("start", run=RUN, period="day", seeds="2")[ROWS] == done[ROWS]
    assert len(workers.owners) == 1


def test_a_result_is_drawn_in_its_turn(workers: LaunchedWorkers) -> None:
    first = request_reply("start", run=RUN, period="day", seeds="1")
    run_waiting_jobs(workers)
    places = WorkPlaces(1)
    for is_taken in (True, False):
        with places.take("another client", "a run") if is_taken else nullcontext(), use_places(places):
            outputs = request_outputs("poll", comparison=first["comparison"])
        assert outputs[ids.COMPARE_REPLY]["state"] == ("running" if is_taken else "done")
        assert (outputs[ROWS] is no_update) == is_taken


def test_the_numbers_of_the_page_the_command_line_and_python_are_the_same(workers: LaunchedWorkers) -> None:
    request_reply("start", run=RUN, period="day", seeds="2")
    run_waiting_jobs(workers)
    rows = request_outputs("start", run=RUN, period="day", seeds="2")[ROWS]
    command = [sys.executable, "-m", "ev2gym_dashboard.cli", "compare", "--fleet-size", "60", "--seeds", "2", "--json"]
    printed = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    frame = run_comparison(replace(SCENARIO, days=1.0), seeds=2).table
    names = [
        f"{name}{suffix}"
        for name in COMPARISON_KPIS
        if name not in table.PERCENT_KPIS
        for suffix in table.STATISTIC_BY_SUFFIX
    ]
    assert rows
    # The last row is the optimum.
    for row, (label, series) in zip(rows[:-1], frame.iterrows(), strict=True):
        kpis = printed["kpis"][label]
        assert [row[name] for name in names] == [kpis[name] for name in names] == series[names].tolist()
        assert row["share_at_target"] == 100.0 * kpis["share_at_target"] == 100.0 * series["share_at_target"]
        assert row["pareto"] == kpis["pareto"]


def test_active_parameters_are_compared_and_the_strategy_of_the_run_is_not(workers: LaunchedWorkers) -> None:
    params = {"price.price_threshold_mad_kwh": 1.25}
    changed = serialize_run(RunSpec(SCENARIO, (Change(1, (("params", tuple(params.items())),)),), 3, "compare"))
    request = request_reply("start", run=changed, period="day", seeds="1")["comparison"]
    assert request["scenario"]["params"] == params
    other = serialize_run(RunSpec(replace(SCENARIO, strategy="grid_support"), (), 0, "other"))
    keys = {request_reply("plan", run=run, period="day", seeds="1")["key"] for run in (RUN, other)}
    assert len(keys) == 1


def test_without_a_run_the_default_scenario_is_compared(workers: LaunchedWorkers) -> None:
    reply = request_reply("plan", run=None, period="day", seeds="1")
    assert reply["scenario"].startswith("1,000 vehicles")


def test_a_comparison_is_cancelled_and_can_be_started_again(workers: LaunchedWorkers) -> None:
    request = request_reply("start", run=RUN, period="day", seeds="2")["comparison"]
    assert request_reply("cancel", comparison=request)["status"].startswith("Cancelled")
    assert request_reply("poll", comparison=request)["state"] == "cancelled"
    assert request_reply("start", run=RUN, period="day", seeds="2")["state"] == "waiting"


def test_a_waiting_comparison_shows_its_position(workers: LaunchedWorkers) -> None:
    request_reply("start", run=RUN, period="day", seeds="2")
    assert request_reply("start", run=RUN, period="day", seeds="3")["status"] == "Waiting: 1 ahead of you"


def test_a_poll_starts_an_evicted_comparison_again(workers: LaunchedWorkers) -> None:
    request = dump_comparison_request(make_comparison_request(SCENARIO, "day", 2))
    assert request_reply("poll", comparison=json.loads(json.dumps(request)))["state"] == "waiting"
    assert len(workers.owners) == 1


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"action": "plan", "period": "year", "seeds": "1"}, "Period: must be a day, a week or a month"),
        ({"action": "plan", "period": "day", "seeds": "many"}, "Seeds: must be a number, not many"),
        ({"action": "start", "period": "day", "seeds": "51"}, "Seeds: must be from 1 to 50, not 51"),
        ({"action": "poll"}, "Comparison: must be an object"),
        ({}, "action: must be one of plan, start, poll, cancel"),
    ],
)
def test_invalid_input_is_refused_with_a_sentence(fields: dict[str, Any], line: str, workers: LaunchedWorkers) -> None:
    reply = callbacks.build_compare_reply({"lang": "en"} | fields, "build")[ids.COMPARE_REPLY]
    assert reply["ok"] is False
    assert reply["issues"][0].startswith(line)
    assert workers.owners == []


def test_a_damaged_comparison_is_refused() -> None:
    request = {"action": "poll", "comparison": {"scenario": {"days": []}}}
    assert callbacks.build_compare_reply(request, "build")[ids.COMPARE_REPLY]["ok"] is False


@pytest.mark.parametrize("older", [False, True])
@pytest.mark.parametrize(
    "fields",
    [
        {"action": {}},
        {"action": "poll", "surprise": 1},
        {"action": "start", "period": "day", "seeds": "1", "run": 7},
        {"action": "start", "period": "day", "seeds": "1", "client": "\ud800"},
    ],
)
def test_a_malformed_request_is_an_error_unless_an_older_page_sent_it(
    fields: dict[str, Any], older: bool, workers: LaunchedWorkers
) -> None:
    if older:
        reply = callbacks.build_compare_reply(fields | {"build": "older"}, "build")[ids.COMPARE_REPLY]
        assert (reply["ok"], reply["build"]) == (False, "build")
    else:
        with pytest.raises(MalformedRequest):
            callbacks.build_compare_reply(fields, "build")
    assert workers.owners == []


@pytest.mark.parametrize("request_", [None, 7, []])
def test_a_request_that_is_not_an_object_is_an_error(request_: object) -> None:
    with pytest.raises(MalformedRequest):
        callbacks.build_compare_reply(request_, "build")


def test_a_state_folder_that_cannot_be_written_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callbacks, "open_job_queue", lambda: JobQueue(Path("/proc/nowhere/jobs.sqlite3")))
    reply = request_reply("start", run=RUN, period="day", seeds="1")
    assert reply["state"] == "failed"
    assert "its operator must check its state folder" in reply["status"]


def test_a_poll_that_cannot_read_the_jobs_is_asked_again(
    workers: LaunchedWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = request_reply("start", run=RUN, period="day", seeds="1")
    with monkeypatch.context() as fault:
        fault.setattr(callbacks, "open_job_queue", lambda: JobQueue(Path("/proc/nowhere/jobs.sqlite3")))
        reply = request_reply("poll", comparison=started["comparison"])
    assert (reply["ok"], reply["state"]) == (True, "waiting")
    assert reply["status"] == "The server cannot read its jobs at the moment: the page asks again."
    run_waiting_jobs(workers)
    assert request_reply("poll", comparison=reply["comparison"])["state"] == "done"
