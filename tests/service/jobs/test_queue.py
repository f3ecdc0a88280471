"""Long work beside the page: once per question, seen by every process, given up, taken over, bounded."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.comparison.request import (
    ComparisonRequest,
    decode_comparison,
    dump_comparison_request,
    encode_comparison,
    make_comparison_request,
    parse_comparison_request,
)
from ev2gym_dashboard.service.comparison.runner import run_comparison
from ev2gym_dashboard.service.jobs import queue as module
from ev2gym_dashboard.service.jobs.queue import (
    CANCELLED,
    DONE,
    FAILED,
    RUNNING,
    UNKNOWN,
    WAITING,
    WORKER_LOST,
    Job,
    JobQueue,
    QueueFull,
)
from ev2gym_dashboard.service.jobs.worker import NICENESS, JobWorker

SMALL = make_comparison_request(Scenario(fleet_size=20), "day", 2)
LONG = make_comparison_request(Scenario(fleet_size=20_000), "month", 3)
PATIENCE_S = 120.0


class Clock:
    def __init__(self) -> None:
        self.s = 1e9

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def started() -> list[str]:
    return []


@pytest.fixture
def jobs(tmp_path: Path, clock: Clock, started: list[str]) -> JobQueue:
    """Jobs whose runners only have names."""
    return JobQueue(tmp_path / "jobs.sqlite3", start=lambda _path, owner: started.append(owner), now=clock)


@pytest.fixture
def real(tmp_path: Path) -> Iterator[JobQueue]:
    """Jobs that processes do; none is left behind."""
    jobs = JobQueue(tmp_path / "jobs.sqlite3")
    yield jobs
    with jobs.open() as file:
        file.execute("DELETE FROM seat")
    until(lambda: not runners(jobs))


def runners(jobs: JobQueue) -> list[int]:
    pids = [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit()]
    return [pid for pid in pids if str(jobs.path).encode() in command_of(pid)]


def command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def until(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.05)


def ask(jobs: JobQueue, duel: ComparisonRequest = SMALL, who: str = "me") -> Job:
    return jobs.ask(duel.key, duel.text, who)


def states(jobs: JobQueue, *duels: ComparisonRequest) -> list[str]:
    return [jobs.look(duel.key, "me").state for duel in duels]


def test_the_answer_is_that_of_compare_to_the_bit_and_the_same_question_runs_once(real: JobQueue) -> None:
    ask(real)
    ask(JobQueue(real.path), who="another process")
    until(lambda: states(real, SMALL) == [DONE])
    direct = run_comparison(SMALL.scenario, seeds=2)
    answer = decode_comparison(SMALL, real.answer(SMALL.key) or b"")
    for name in ("figures", "baseline", "net_load_kw"):
        assert np.array_equal(getattr(answer, name), getattr(direct, name)), name
    assert answer.times.equals(direct.times)
    assert (answer.contestants, answer.seeds, answer.asked) == (direct.contestants, direct.seeds, direct.asked)
    with real.open() as file:
        assert file.execute("SELECT tries, share FROM job").fetchall() == [(1, 1.0)]
    assert ask(real).state == DONE


def test_it_tells_how_far_it_is_at_the_lowest_priority_and_a_cancel_ends_it(real: JobQueue) -> None:
    ask(real, LONG)
    until(lambda: real.look(LONG.key, "me").share > 0.0)
    (pid,) = runners(real)
    assert os.getpriority(os.PRIO_PROCESS, pid) == NICENESS
    assert real.cancel(LONG.key, "me").state == CANCELLED
    until(lambda: not runners(real))
    assert states(real, LONG) == [CANCELLED]
    assert real.answer(LONG.key) is None


def test_a_runner_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite3"
    code = (
        "import sys, time; from pathlib import Path; from ev2gym_dashboard.service.jobs.queue import JobQueue; "
        f"JobQueue(Path({str(path)!r})).ask({LONG.key!r}, {LONG.text!r}, 'me'); time.sleep(600)"
    )
    server = subprocess.Popen([sys.executable, "-c", code])
    jobs = JobQueue(path, start=lambda _path, _owner: None)
    until(lambda: states(jobs, LONG) == [RUNNING])
    server.send_signal(signal.SIGKILL)
    server.wait()
    until(lambda: not any(b"jobs.worker" in command_of(pid) for pid in runners(jobs)))
    assert states(jobs, LONG) == [RUNNING]


def test_a_job_whose_runner_is_silent_is_started_again_by_whoever_asks_next(
    jobs: JobQueue, clock: Clock, started: list[str]
) -> None:
    ask(jobs)
    JobWorker(jobs, started[0])._next()
    assert states(jobs, SMALL) == [RUNNING]
    clock.s += module.LEASE_TIMEOUT_S - 1
    states(jobs, SMALL)
    assert len(started) == 1
    clock.s += 2
    assert states(jobs, SMALL) == [WAITING]
    assert len(started) == 2
    assert not JobWorker(jobs, started[0])._beat()


def test_a_job_whose_runner_dies_again_and_again_fails(jobs: JobQueue, clock: Clock, started: list[str]) -> None:
    ask(jobs)
    for _ in range(module.MAX_ATTEMPTS):
        JobWorker(jobs, started[-1])._next()
        clock.s += module.LEASE_TIMEOUT_S + 1
        jobs.look(SMALL.key, "me")
    assert jobs.look(SMALL.key, "me") == Job(FAILED, problem=WORKER_LOST)
    assert ask(jobs).state == WAITING


def test_a_work_that_fails_is_told_and_the_next_one_runs(jobs: JobQueue, started: list[str]) -> None:
    jobs.ask("broken", "{}", "me")
    ask(jobs)
    JobWorker(jobs, started[0]).run()
    assert [jobs.look(key, "me").state for key in ("broken", SMALL.key)] == [FAILED, DONE]


def test_others_wait_and_are_told_how_many_are_before_them(jobs: JobQueue, clock: Clock, started: list[str]) -> None:
    others = [replace(SMALL, seeds=n) for n in (3, 4)]
    for duel in (SMALL, *others):
        ask(jobs, duel)
        clock.s += 1
    JobWorker(jobs, started[0])._next()
    assert [jobs.look(duel.key, "me").before for duel in (SMALL, *others)] == [0, 1, 2]
    assert len(started) == 1


def test_one_who_gives_up_does_not_take_it_from_one_who_still_waits(jobs: JobQueue, clock: Clock) -> None:
    ask(jobs, who="me")
    ask(jobs, who="you")
    assert jobs.cancel(SMALL.key, "me").state == CANCELLED
    assert jobs.look(SMALL.key, "you").state == WAITING
    clock.s += module.SUBSCRIPTION_TIMEOUT_S + 1
    jobs.cancel(SMALL.key, "me")
    assert jobs.look(SMALL.key, "you").state == CANCELLED


def test_so_many_wait_and_no_more(jobs: JobQueue) -> None:
    for n in range(module.MAX_WAITING):
        jobs.ask(str(n), "", "me")
    with pytest.raises(QueueFull):
        jobs.ask("one more", "", "me")
    assert jobs.ask("0", "", "me").state == WAITING


def test_answers_are_bounded_in_bytes_and_age_and_the_least_recently_used_goes(
    jobs: JobQueue, clock: Clock, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_QUEUE_BYTES", 2500)
    with jobs.open() as file:
        for n in range(3):
            file.execute("INSERT INTO job VALUES (?, '', 'done', 1, '', 0, 1, 1, ?, 1000)", (str(n), clock.s + n))
            file.execute("INSERT INTO answer VALUES (?, x'00')", (str(n),))
    ask(jobs)
    assert [jobs.answer(str(n)) for n in range(3)] == [None, b"\0", b"\0"]
    clock.s += module.MAX_AGE_S + 10
    ask(jobs, replace(SMALL, seeds=3))
    assert jobs.answer("2") is None
    assert jobs.look("2", "me").state == UNKNOWN


def test_a_key_depends_on_the_question_and_not_on_the_strategy_in_force() -> None:
    of = Scenario(fleet_size=20)
    assert make_comparison_request(replace(of, strategy="price", v2g=False, days=3), "day", 2).key == SMALL.key
    others = [
        make_comparison_request(of, "week", 2),
        make_comparison_request(of, "day", 3),
        make_comparison_request(replace(of, seed=1), "day", 2),
    ]
    others.append(make_comparison_request(replace(of, params={"price.price_threshold_mad_kwh": 1.1}), "day", 2))
    assert len({duel.key for duel in (SMALL, *others)}) == 5


def test_a_duel_survives_json_and_its_answer_bytes() -> None:
    other = replace(SMALL.scenario, base_load_profile=((1.0,) * 24,), params={"price.price_threshold_mad_kwh": 1.0})
    for duel in (SMALL, make_comparison_request(other, "week", 2)):
        by_a_browser = (
            json.dumps(dump_comparison_request(duel)).replace(".0,", ",").replace(".0]", "]").replace(".0}", "}")
        )
        assert parse_comparison_request(json.loads(by_a_browser)).key == duel.key
    comparison = run_comparison(SMALL.scenario, seeds=2)
    assert encode_comparison(decode_comparison(SMALL, encode_comparison(comparison))) == encode_comparison(comparison)


@pytest.mark.parametrize(
    ("period", "seeds", "said"),
    [
        ("year", 1, "period: must be a day, a week or a month"),
        (["day"], 0, "seeds: must be from 1"),
        ("day", 1.5, "seeds: must be a whole number"),
        ("day", "2", "seeds: must be a number"),
    ],
)
def test_what_is_no_period_and_no_count_is_refused(period: object, seeds: object, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        make_comparison_request(Scenario(), period, seeds)


def test_what_is_too_large_is_refused_before_anything_starts() -> None:
    with pytest.raises(ValidationError, match=r"work: must be at most .* vehicle-steps, not"):
        make_comparison_request(Scenario(fleet_size=1_000_000), "month", 2)
    question = dump_comparison_request(SMALL)
    with pytest.raises(ValidationError, match="work: must be at most"):
        parse_comparison_request(question | {"scenario": question["scenario"] | {"fleet_size": 1_000_000, "days": 30}})


def test_where_nothing_is_kept_the_processes_share_a_folder_of_their_own(tmp_path: Path) -> None:
    assert module.find_jobs_folder({"EV2GYM_DASHBOARD_STATE": "off"}) is None
    assert module.find_jobs_folder({"EV2GYM_DASHBOARD_STATE": "off", module.JOBS_FOLDER_VARIABLE: "/x"}) == Path("/x")
    assert module.find_jobs_folder({"EV2GYM_DASHBOARD_STATE": str(tmp_path / "new")}) == tmp_path / "new"
    assert module.find_jobs_folder({"EV2GYM_DASHBOARD_STATE": "/proc/nowhere"}) is None
