"""The Pareto front on the Compare page: its states, its figure, and its sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dash import no_update

from ev2gym_dashboard import ParetoFront, compute_pareto_front
from ev2gym_dashboard.service.comparison import front_request
from ev2gym_dashboard.service.comparison.front_request import FrontRequest, make_front_request
from ev2gym_dashboard.service.comparison.request import dump_by_reference, encode_comparison, make_comparison_request
from ev2gym_dashboard.service.comparison.runner import run_comparison
from ev2gym_dashboard.service.jobs.job_tables import write_result
from ev2gym_dashboard.service.jobs.queue import MAX_WAITING_PER_CLIENT, JobQueue
from ev2gym_dashboard.service.jobs.worker import JobWorker
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.app import render_page
from ev2gym_dashboard.web.components.job_panel import build_panel_reply
from ev2gym_dashboard.web.i18n import LANGUAGES, get_translator
from ev2gym_dashboard.web.pages.compare import front, front_figure
from tests.web.pages.compare.conftest import SCENARIO

SMALL = replace(SCENARIO, fleet_size=6, timestep_min=60)
COMPARISON = make_comparison_request(SMALL, "day", 1)
STORED = dump_by_reference(COMPARISON)
_ = get_translator("en")


@pytest.fixture(scope="module")
def compared() -> bytes:
    return encode_comparison(run_comparison(COMPARISON.scenario))


@pytest.fixture(scope="module")
def drawn() -> ParetoFront:
    return compute_pareto_front(replace(COMPARISON.scenario, v2g=True), points=3)


@pytest.fixture
def queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> JobQueue:
    monkeypatch.setattr(front_request, "FRONT_POINTS", 3)
    return JobQueue(tmp_path / "jobs.sqlite3", launch=lambda _path, owner: OWNERS.append(owner))


OWNERS: list[str] = []


def keep_comparison(queue: JobQueue, compared: bytes) -> None:
    """Put a finished comparison into the queue."""
    with queue.connect() as connection:
        write_result(connection, COMPARISON.key, compared)


@pytest.fixture
def ask(queue: JobQueue) -> Callable[..., dict[str, Any]]:
    def build(
        trigger: str, store: object = None, *, goal: object = "peak", comparison: object = STORED
    ) -> dict[str, Any]:
        return build_panel_reply(front.FRONT, trigger, (goal,), comparison, store, {"lang": "en"}, queue)

    return build


def test_without_a_comparison_the_page_says_to_compare_first(ask: Callable[..., dict[str, Any]]) -> None:
    reply = ask(ids.FRONT_START, comparison=None)
    assert reply["status"].startswith("Compare first")
    assert (reply["store"], reply["is_idle"], reply["start_off"], reply["cancel_off"]) == (None, True, False, True)


def test_a_comparison_that_is_not_done_is_waited_for(ask: Callable[..., dict[str, Any]]) -> None:
    assert ask(ids.FRONT_START)["status"].startswith("Wait until the comparison is done")


def test_the_first_tick_of_a_new_page_stops_the_timer(ask: Callable[..., dict[str, Any]]) -> None:
    reply = ask(ids.FRONT_TIMER)
    assert (reply["status"], reply["is_idle"], reply["figure"]) == ("", True, no_update)


def test_a_front_is_started_polled_and_drawn(
    ask: Callable[..., dict[str, Any]], queue: JobQueue, compared: bytes, drawn: ParetoFront
) -> None:
    keep_comparison(queue, compared)
    started = ask(ids.FRONT_START)
    assert (started["is_idle"], started["start_off"], started["cancel_off"]) == (False, True, False)
    assert ask(ids.FRONT_TIMER, started["store"])["figure"] is no_update
    JobWorker(queue, OWNERS[-1]).run()
    done = ask(ids.FRONT_TIMER, started["store"])
    assert done["status"].startswith("Done: 3 plans in ")
    assert done["is_idle"]
    assert done["figure"] == front_figure.make_front_figure(drawn, _)
    assert done["summary"] == front_figure.describe_front(drawn, _)
    assert ask(ids.FRONT_START)["figure"] == done["figure"]


def test_a_front_is_cancelled(ask: Callable[..., dict[str, Any]], queue: JobQueue, compared: bytes) -> None:
    keep_comparison(queue, compared)
    store = ask(ids.FRONT_START)["store"]
    cancelled = ask(ids.FRONT_CANCEL, store)
    assert (cancelled["store"], cancelled["is_idle"]) == (None, True)
    assert cancelled["status"].startswith("Cancelled")
    assert ask(ids.FRONT_TIMER, store)["status"].startswith("Cancelled")


def test_a_tick_that_cannot_read_the_jobs_is_asked_again(
    ask: Callable[..., dict[str, Any]], queue: JobQueue, compared: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_comparison(queue, compared)
    store = ask(ids.FRONT_START)["store"]
    with monkeypatch.context() as fault:
        fault.setattr(queue, "path", Path("/proc/nowhere/jobs.sqlite3"))
        missed = ask(ids.FRONT_TIMER, store)
    assert missed["status"] == "The server cannot read its jobs at the moment: the page asks again."
    assert (missed["store"], missed["is_idle"], missed["cancel_off"]) == (no_update, False, False)
    assert not ask(ids.FRONT_TIMER, store)["is_idle"]


def test_a_full_queue_is_told(ask: Callable[..., dict[str, Any]], queue: JobQueue, compared: bytes) -> None:
    keep_comparison(queue, compared)
    for number in range(MAX_WAITING_PER_CLIENT):
        queue.submit(str(number), "{}", "other")
    assert ask(ids.FRONT_START)["status"].startswith("Too many comparisons are waiting")


@pytest.mark.parametrize(
    "store", [{"client": "me"}, {"client": 3}, {**STORED, "client": "0" * 32, "front": "noise"}, {"client": "0" * 32}]
)
def test_a_store_of_another_hand_is_refused_with_a_sentence(ask: Callable[..., dict[str, Any]], store: object) -> None:
    reply = ask(ids.FRONT_TIMER, store)
    assert reply["status"]
    assert (reply["store"], reply["is_idle"]) == (None, True)


def test_an_unknown_goal_and_too_much_work_are_refused() -> None:
    large = make_comparison_request(replace(SMALL, fleet_size=100_000), "week", 1)
    with pytest.raises(ValueError, match=r"(?s)goal.*work"):
        make_front_request(large, "noise")


def test_fronts_of_each_goal_and_the_comparison_have_keys_of_their_own() -> None:
    keys = {FrontRequest(COMPARISON, goal).key for goal in ("peak", "wear", "co2")}
    assert len(keys | {COMPARISON.key}) == 4


def test_the_figure_has_the_front_every_rule_and_the_impossible_area(drawn: ParetoFront) -> None:
    area, line, *rules = front_figure.make_front_figure(drawn, _)["data"]
    assert area["fill"] == "toself"
    assert [rule["legendgroup"] for rule in rules] == [rule.variant.strategy for rule in drawn.rules]
    assert line["x"] == sorted(line["x"])
    assert line["y"] == sorted(line["y"], reverse=True)
    # The border of the area is the largest of all bounds at each value of the goal.
    goals = np.array(area["y"][: front_figure.N_BOUND_POINTS])
    assert np.array_equal(area["x"][: front_figure.N_BOUND_POINTS], drawn.compute_lowest_bill_mad(goals))
    for rule in rules:
        assert rule["x"][0] >= drawn.compute_lowest_bill_mad(np.array(rule["y"]))[0] - 1e-6


def test_the_sentence_names_the_ends_and_the_closest_rule(drawn: ParetoFront) -> None:
    sentence = front_figure.describe_front(drawn, _)
    k = int(drawn.rule_table["above_front_mad"].argmin())
    assert front_figure.format_rule(drawn.rules[k], _) in sentence
    assert sentence.startswith("Peak: with perfect foresight, ")


@pytest.mark.parametrize("lang", sorted(LANGUAGES))
def test_the_page_has_the_panel(lang: str) -> None:
    page = str(render_page("/compare", f"?lang={lang}"))
    assert all(
        f"id='{name}'" in page for name in (ids.FRONT_START, ids.FRONT_CANCEL, ids.FRONT_FIGURE, ids.FRONT_STATUS)
    )
