"""The page that compares: its answers, table, figures and conclusions; its numbers are those of all other ways."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dash import no_update

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.service.comparison.request import dump_comparison_request, make_comparison_request
from ev2gym_dashboard.service.comparison.result import COMPARISON_KPIS, Comparison
from ev2gym_dashboard.service.comparison.runner import run_comparison
from ev2gym_dashboard.service.jobs.queue import JobQueue
from ev2gym_dashboard.service.jobs.worker import JobWorker
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec, serialize_run
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.app import render_page
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.compare import callbacks, figures, table, texts
from ev2gym_dashboard.web.requests.schema import MalformedRequest

SCENARIO = Scenario(fleet_size=60, days=1.0, strategy="price")
RUN = serialize_run(RunSpec(SCENARIO, (), 3, "compare"))
ROWS, LOAD, TRADE = f"{ids.COMPARE_TABLE}.rowData", f"{ids.COMPARE_LOAD}.figure", f"{ids.COMPARE_TRADE_OFF}.figure"


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return run_comparison(SCENARIO, seeds=3)


@pytest.fixture(scope="module")
def single() -> Comparison:
    return run_comparison(SCENARIO)


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The page's jobs, whose runners wait for the test."""
    owners: list[str] = []
    asked_for = JobQueue(tmp_path / "jobs.sqlite3", launch=lambda _path, owner: owners.append(owner))
    monkeypatch.setattr(callbacks, "open_job_queue", lambda: asked_for)
    return owners


def ask(what: str, **request: Any) -> dict[str, Any]:
    return callbacks.build_compare_reply({"number": 4, "lang": "en", "ask": what, "who": "me", **request}, "build")


def told(what: str, **request: Any) -> dict[str, Any]:
    answer: dict[str, Any] = ask(what, **request)[ids.COMPARE_REPLY]
    return answer


def run_waiting(owners: list[str]) -> None:
    JobWorker(callbacks.open_job_queue(), owners[-1]).run()


def test_a_plan_says_what_would_be_compared_and_starts_nothing(started: list[str]) -> None:
    answer = told("plan", run=RUN, period="week", seeds="2")
    assert answer["about"] == (
        "60 vehicles (2024 (V2G assumed)) at home, tariff ONEE BT bi-horaire, from Tue 15 Dec 2026 16:00 on, 7 d, "
        "first seed 0."
    )
    assert answer["plan"] == "9 runs × 2 seeds × 672 steps × 60 vehicles = 725,760 vehicle-steps."
    assert "question" not in answer
    assert started == []


def test_a_start_is_looked_at_until_it_is_done_and_asked_again_it_is_there_at_once(started: list[str]) -> None:
    first = told("start", run=RUN, period="day", seeds="2")
    assert (first["state"], first["number"], first["build"]) == ("waiting", 4, "build")
    unready = ask("look", question=first["question"])
    assert unready[ROWS] is no_update
    run_waiting(started)
    done = ask("look", question=first["question"])
    assert done[ids.COMPARE_REPLY]["state"] == "done"
    assert done[ids.COMPARE_REPLY]["status"].startswith("Done: 103,680 vehicle-steps in ")
    assert no_update not in done.values()
    assert ask("start", run=RUN, period="day", seeds="2")[ROWS] == done[ROWS]
    assert len(started) == 1


def test_the_numbers_of_the_page_the_command_line_and_python_are_the_same(started: list[str]) -> None:
    ask("start", run=RUN, period="day", seeds="2")
    run_waiting(started)
    rows = ask("start", run=RUN, period="day", seeds="2")[ROWS]
    command = [sys.executable, "-m", "ev2gym_dashboard.cli", "compare", "--fleet-size", "60", "--seeds", "2", "--json"]
    printed = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    frame = run_comparison(replace(SCENARIO, days=1.0), seeds=2).table
    names = [
        f"{name}{end}"
        for name in COMPARISON_KPIS
        if name not in table.PERCENT_KPIS
        for end in table.STATISTIC_BY_SUFFIX
    ]
    for row, (label, ours) in zip(rows, frame.iterrows(), strict=True):
        of_the_command = printed["kpis"][label]
        assert [row[name] for name in names] == [of_the_command[name] for name in names] == ours[names].tolist()
        assert row["share_at_target"] == 100.0 * of_the_command["share_at_target"] == 100.0 * ours["share_at_target"]
        assert row["pareto"] == of_the_command["pareto"]


def test_parameters_in_force_count_and_the_strategy_does_not(started: list[str]) -> None:
    params = {"price.price_threshold_mad_kwh": 1.25}
    changed = serialize_run(RunSpec(SCENARIO, (Change(1, (("params", tuple(params.items())),)),), 3, "compare"))
    question = told("start", run=changed, period="day", seeds="1")["question"]
    assert question["scenario"]["params"] == params
    other = serialize_run(RunSpec(replace(SCENARIO, strategy="grid_support"), (), 0, "other"))
    keys = {told("plan", run=run, period="day", seeds="1")["key"] for run in (RUN, other)}
    assert len(keys) == 1


def test_without_a_run_the_first_one_is_compared(started: list[str]) -> None:
    assert told("plan", run=None, period="day", seeds="1")["about"].startswith("1,000 vehicles")


def test_a_cancel_is_told_and_a_new_start_begins_again(started: list[str]) -> None:
    question = told("start", run=RUN, period="day", seeds="2")["question"]
    assert told("cancel", question=question)["status"].startswith("Cancelled")
    assert told("look", question=question)["state"] == "cancelled"
    assert told("start", run=RUN, period="day", seeds="2")["state"] == "waiting"


def test_one_who_waits_is_told_for_how_many(started: list[str]) -> None:
    told("start", run=RUN, period="day", seeds="2")
    assert told("start", run=RUN, period="day", seeds="3")["status"] == "Waiting: 1 before you"


def test_what_the_server_has_forgotten_is_started_again_by_a_look(started: list[str]) -> None:
    question = dump_comparison_request(make_comparison_request(SCENARIO, "day", 2))
    assert told("look", question=json.loads(json.dumps(question)))["state"] == "waiting"
    assert len(started) == 1


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"ask": "plan", "period": "year", "seeds": "1"}, "Period: must be a day, a week or a month"),
        ({"ask": "plan", "period": "day", "seeds": "many"}, "Seeds: must be a number, not many"),
        ({"ask": "start", "period": "day", "seeds": "51"}, "Seeds: must be from 1 to 50, not 51"),
        ({"ask": "look"}, "Comparison: must be an object"),
        ({}, "ask: must be one of plan, start, look, cancel"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(request_: dict[str, Any], said: str, started: list[str]) -> None:
    answer = callbacks.build_compare_reply({"lang": "en"} | request_, "build")[ids.COMPARE_REPLY]
    assert answer["ok"] is False
    assert answer["issues"][0].startswith(said)
    assert started == []


def test_a_question_that_is_damaged_is_told() -> None:
    request = {"ask": "look", "question": {"scenario": {"days": []}}}
    assert callbacks.build_compare_reply(request, "build")[ids.COMPARE_REPLY]["ok"] is False


@pytest.mark.parametrize(
    "request_",
    [
        None,
        7,
        [],
        {"ask": {}},
        {"ask": "look", "surprise": 1},
        {"ask": "start", "period": "day", "seeds": "1", "run": 7},
        {"ask": "start", "period": "day", "seeds": "1", "who": "\ud800"},
    ],
)
def test_what_no_page_would_ask_is_refused_unless_an_older_page_asks(request_: Any, started: list[str]) -> None:
    with pytest.raises(MalformedRequest):
        callbacks.build_compare_reply(request_, "build")
    if isinstance(request_, dict):
        assert callbacks.build_compare_reply(request_ | {"build": "older"}, "build")[ids.COMPARE_REPLY]["ok"] is False
    assert started == []


def test_a_folder_that_cannot_be_written_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callbacks, "open_job_queue", lambda: JobQueue(Path("/proc/nowhere/jobs.sqlite3")))
    answer = told("start", run=RUN, period="day", seeds="1")
    assert answer["state"] == "failed"
    assert "its operator has to look at its state folder" in answer["status"]


def test_the_best_of_a_column_has_a_word_and_the_baseline_too(comparison: Comparison, french: Translator) -> None:
    rows = table.build_comparison_rows(comparison, french)
    best = {row["id"] for row in rows if "meilleur" in row["cost_mad_note"]}
    cheapest = min(rows, key=lambda row: row["cost_mad"])
    assert best == {cheapest["id"]}
    assert rows[0]["note"].startswith("référence")
    assert rows[0]["cost_mad_vs_uncontrolled_text"] == "–"
    assert all("±" in row["cost_mad_note"] for row in rows)


def test_better_is_said_only_where_the_interval_excludes_zero(comparison: Comparison, english: Translator) -> None:
    for k, row in enumerate(table.build_comparison_rows(comparison, english)[1:], start=1):
        for name in table.TABLE_KPIS:
            difference = comparison.difference.iloc[k][name]
            half = comparison.difference_interval.iloc[k][name]
            words = row[f"{name}_vs_uncontrolled_note"]
            if "better" in words or "worse" in words:
                assert abs(difference) > half
            elif "not significant" in words:
                assert abs(difference) <= half * (1 + 1e-9)


def test_one_seed_gives_no_interval_and_says_so(single: Comparison, english: Translator) -> None:
    rows = table.build_comparison_rows(single, english)
    assert all(row["cost_mad_ci95"] is None and "±" not in row["cost_mad_note"] for row in rows)
    assert not any("better" in row["cost_mad_vs_uncontrolled_note"] for row in rows)
    assert "One seed: no interval can be given" in texts.list_conclusions(single, english)[-1]


def test_every_field_of_the_grid_is_in_its_rows(comparison: Comparison, french: Translator) -> None:
    row = table.build_comparison_rows(comparison, french)[1]
    assert {column["field"] for column in table.build_comparison_column_definitions(french)} <= set(row)
    json.dumps(row, allow_nan=False)


def test_the_curves_and_the_limit_are_those_of_the_comparison(comparison: Comparison, french: Translator) -> None:
    drawn = figures.make_load_figure(comparison, french)
    assert [len(line["y"]) for line in drawn["data"]] == [96] * 10
    assert drawn["data"][0]["y"] == pytest.approx(comparison.net_load_kw[0].tolist(), rel=1e-3)
    assert set(drawn["data"][-1]["y"]) == {210}
    assert {line["line"]["dash"] for line in drawn["data"]} == {"solid", "dot", "dash"}


def test_an_event_dips_the_limit_where_it_is() -> None:
    scenario = replace(SCENARIO, event_start="2026-12-15T21:00", event_minutes=60.0, event_reduction=0.5)
    limits = figures.compute_limit_kw(scenario)
    assert limits[19:25].tolist() == [210.0, 105.0, 105.0, 105.0, 105.0, 210.0]


def test_the_trade_off_has_a_point_for_each_and_its_pareto_set_as_a_line(
    comparison: Comparison, english: Translator
) -> None:
    line, *points = figures.make_trade_off_figure(comparison, english)["data"]
    assert len(points) == 9
    costs = comparison.mean["cost_mad"]
    assert line["x"] == sorted(costs[comparison.pareto].tolist())
    assert {(point["x"][0], point["y"][0]) for point in points} == set(
        zip(costs, comparison.mean["site_peak_kw"], strict=True)
    )
    for point in points:
        assert (point["marker"]["symbol"] == "circle") == point["name"].endswith("with V2G")


def test_the_conclusion_names_the_cheapest_and_what_v2g_is_worth(comparison: Comparison, english: Translator) -> None:
    k = int(comparison.mean["cost_mad"].to_numpy().argmin())
    assert f"Lowest bill: {table.format_variant_label(comparison, k, english)}, " in texts.describe_lowest_variants(
        comparison, english
    )
    best = comparison.mean["v2g_net_mad"].max()
    said = texts.list_conclusions(comparison, english)[0]
    assert said.startswith("V2G pays under no strategy" if best <= 0 else "V2G")


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_page_has_its_places_and_no_share_menu(lang: str) -> None:
    drawn = str(render_page("/compare", f"?lang={lang}"))
    for name in (
        ids.COMPARE_START,
        ids.COMPARE_CANCEL,
        ids.COMPARE_PROGRESS,
        ids.COMPARE_TABLE,
        ids.COMPARE_LOAD,
        ids.COMPARE_TRADE_OFF,
    ):
        assert f"id='{name}'" in drawn
    assert f"id='{ids.SHARE}'" not in drawn
