"""The optimum so far on the page: started by a click, as a job, with every state in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from dash import no_update

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.service.jobs.queue import JobQueue
from ev2gym_dashboard.service.jobs.worker import JobWorker
from ev2gym_dashboard.service.sessions.run_optimum import RunOptimum, find_run_optimum, make_job_key
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, serialize_run
from ev2gym_dashboard.service.sessions.snapshot_store import NullStore
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.site import optimum_callbacks
from ev2gym_dashboard.web.pages.site.figures import SHADOW_PRICE_INDEX, make_site_load_figure
from ev2gym_dashboard.web.pages.site.optimum import describe_plan
from ev2gym_dashboard.web.requests.schema import MalformedRequest

SHORTER = "shorter run"
RUN = RunSpec(Scenario(fleet_size=20, strategy="price", start="2026-12-15T16:00"), (), 12, "site")


class LaunchedWorkers(NamedTuple):
    """The queue of the page, and the owners of the workers that it launched; none runs before the test lets it."""

    queue: JobQueue
    owners: list[str]

    def run(self) -> None:
        JobWorker(self.queue, self.owners[-1]).run()


@pytest.fixture
def workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LaunchedWorkers:
    owners: list[str] = []
    queue = JobQueue(tmp_path / "jobs.sqlite3", launch=lambda _path, owner: owners.append(owner))
    monkeypatch.setattr(optimum_callbacks, "open_job_queue", lambda: queue)
    monkeypatch.setenv("EV2GYM_DASHBOARD_STATE", str(tmp_path))
    return LaunchedWorkers(queue, owners)


def ask(action: str, run: RunSpec = RUN, **fields: Any) -> tuple[dict[str, Any], Any]:
    request = {"number": 3, "lang": "en", "action": action, "client": "me", "run": serialize_run(run), **fields}
    return optimum_callbacks.build_optimum_reply(request, "build")


def get_status(reply: dict[str, Any]) -> str:
    return str(reply["texts"][ids.OPTIMUM_STATUS])


def test_a_click_queues_a_job_whose_result_the_next_poll_shows(workers: LaunchedWorkers, english: Translator) -> None:
    started, patch = ask("start")
    assert (started["state"], get_status(started), patch) == ("waiting", "Starting…", no_update)
    workers.run()
    done, patch = ask("poll")
    assert (done["number"], done["state"], done["share"]) == (3, "done", 1.0)
    assert get_status(done).startswith("As of Tue 15 Dec 2026 19:00; the run may have gone on since.")
    found = find_run_optimum(NullStore(), RUN)
    assert done["texts"][ids.make_optimum_id("bound", "value")] == english.number(found.bound_mad)
    assert done["texts"][ids.make_optimum_id("run", "value")] == english.number(found.run_mad)
    assert found.above_optimum is not None
    assert done["texts"][ids.make_optimum_id("above", "value")] == english.percent(found.above_optimum, 1)
    assert done["texts"][ids.make_optimum_id("distance", "heading")] == "Cost above the optimum"
    values = {tuple(change["location"]): change["params"]["value"] for change in patch["operations"]}
    assert len(values["data", SHADOW_PRICE_INDEX, "y"]) == 13


def test_the_distance_is_the_price_of_not_knowing_where_a_strategy_plans(workers: LaunchedWorkers) -> None:
    run = replace(RUN, scenario=replace(RUN.scenario, strategy="predictive"))
    ask("start", run)
    workers.run()
    texts = ask("poll", run)[0]["texts"]
    assert texts[ids.make_optimum_id("distance", "heading")] == "Price of not knowing"


def test_a_cancelled_job_leaves_no_result(workers: LaunchedWorkers) -> None:
    ask("start")
    cancelled, patch = ask("cancel")
    assert (cancelled["state"], get_status(cancelled)) == ("cancelled", "Cancelled: no result was saved.")
    assert patch is no_update
    assert workers.queue.read_result(make_job_key(RUN)) is None


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        (replace(RUN, step=0), "the run is too short: there is something to compare after 1 h of simulated time"),
        (
            RunSpec(replace(RUN.scenario, fleet_size=1_000_000), (), 41),
            "the run is too large: 41,000,000 vehicle-steps, at most 40,000,000; choose a smaller fleet or a "
            + SHORTER,
        ),
    ],
)
def test_a_run_that_is_too_short_or_too_large_is_told_so(workers: LaunchedWorkers, run: RunSpec, sentence: str) -> None:
    refused, patch = ask("start", run)
    assert (refused["state"], get_status(refused), patch) == ("refused", sentence, no_update)
    assert not workers.owners


def test_a_failed_job_says_that_the_run_goes_on(workers: LaunchedWorkers, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: Any, **_options: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("ev2gym_dashboard.service.jobs.kinds.find_run_optimum", fail)
    ask("start")
    workers.run()
    failed, _ = ask("poll")
    assert failed["state"] == "failed"
    assert get_status(failed) == "The computation failed; see the server's log. The run goes on as it is."


def test_a_server_that_cannot_store_jobs_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> JobQueue:
        raise OSError("read-only")

    monkeypatch.setattr(optimum_callbacks, "open_job_queue", fail)
    failed, _ = ask("start")
    assert failed["state"] == "failed"
    assert get_status(failed).startswith("The server cannot store jobs")


def test_a_poll_that_cannot_read_the_jobs_is_asked_again(
    workers: LaunchedWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask("start")
    with monkeypatch.context() as fault:
        fault.setattr(optimum_callbacks, "open_job_queue", lambda: JobQueue(Path("/proc/nowhere/jobs.sqlite3")))
        missed, _ = ask("poll")
    assert missed["state"] == "waiting"
    assert get_status(missed) == "The server cannot read its jobs at the moment: the page asks again."
    workers.run()
    assert ask("poll")[0]["state"] == "done"


def test_a_request_that_no_page_sends_is_malformed(workers: LaunchedWorkers) -> None:
    with pytest.raises(MalformedRequest):
        ask("other")
    assert not workers.owners


@pytest.mark.parametrize(
    ("plan_mad", "sentence"),
    [
        (None, "Above 7,000,000 vehicle-steps there is a bound and no plan."),
        (11.0, "The plan costs less in its model than in the engine, where this run was cheaper."),
        (9.5, ""),
    ],
)
def test_a_plan_that_is_missing_or_dear_is_explained(
    english: Translator, plan_mad: float | None, sentence: str
) -> None:
    found = RunOptimum(8, 10.0, 12.0, 9.0, plan_mad, plans_throughout=False)
    assert describe_plan(found, english) == sentence


def test_the_chart_of_the_load_has_the_line_that_a_result_fills(french: Translator) -> None:
    trace = make_site_load_figure(french)["data"][SHADOW_PRICE_INDEX]
    assert trace["name"] == "Prix d’un kWh de plus, optimum"
    assert trace["y"] == []
