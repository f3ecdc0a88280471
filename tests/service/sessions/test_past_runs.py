"""Tests of the view of a past step: equal to the view of the run at that step, beside a live run that goes on."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions import past_runs
from ev2gym_dashboard.service.sessions.cache import SessionCache
from ev2gym_dashboard.service.sessions.fleet_view import FleetView
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec
from ev2gym_dashboard.service.sessions.session_gates import ReplayIncomplete
from ev2gym_dashboard.strategies import STRATEGIES

SCENARIO = Scenario(fleet_size=20, pv_kwp_per_vehicle=1.0)
CHANGE = Change(60, (("strategy", "price"),))


def collect_fields(view: FleetView) -> dict[str, Any]:
    return {f.name: getattr(view, f.name) for f in fields(view) if f.name not in ("loaded_catalog", "run")}


def advance_live(cache: SessionCache, run: RunSpec, step: int, n_steps: int = 10) -> RunSpec:
    while run.step < step:
        run = run.advanced(min(n_steps, step - run.step))
        cache.get_fleet_view(run)
    return run


@pytest.mark.parametrize("strategy", list(STRATEGIES))
def test_the_view_of_a_past_step_is_that_of_the_run_at_that_step(strategy: str) -> None:
    start = RunSpec(replace(SCENARIO, strategy=strategy), session="live")
    cache = SessionCache()
    run = advance_live(cache, start, 150)
    for step in (0, 3, 48, 97, 130, 40):
        _live, past = cache.get_fleet_views(run, step)
        assert collect_fields(past) == collect_fields(SessionCache().get_fleet_view(replace(start, step=step)))
        assert past.run == replace(start, step=step)


def test_a_past_step_has_the_settings_of_its_time() -> None:
    cache = SessionCache()
    before = advance_live(cache, RunSpec(SCENARIO, session="live"), 60)
    run = advance_live(cache, replace(before, changes=(CHANGE,)), 120)
    for step, strategy in ((59, SCENARIO.strategy), (60, "price"), (100, "price"), (20, SCENARIO.strategy)):
        past = cache.get_fleet_views(run, step)[1]
        changes = tuple(change for change in run.changes if change.step <= step)
        assert past.strategy == strategy
        assert collect_fields(past) == collect_fields(
            SessionCache().get_fleet_view(RunSpec(SCENARIO, changes, step=step))
        )


def test_the_step_of_a_keyframe_is_shown_as_it_was() -> None:
    cache = SessionCache()
    run = advance_live(cache, RunSpec(SCENARIO, session="live"), 200)
    for keyframe in cache._entries["live"].cached.past.keyframes:
        past = cache.get_fleet_views(run, keyframe.step)[1]
        assert collect_fields(past) == collect_fields(
            SessionCache().get_fleet_view(RunSpec(SCENARIO, step=keyframe.step))
        )


def test_a_look_at_the_past_leaves_the_live_run_as_it_is() -> None:
    cache, undisturbed = SessionCache(), SessionCache()
    start = RunSpec(SCENARIO, session="live")
    run, other = advance_live(cache, start, 100), advance_live(undisturbed, start, 100)
    for step in (5, 90, 50):
        cache.get_fleet_views(run, step)
    later, other = run.advanced(20), other.advanced(20)
    assert collect_fields(cache.get_fleet_view(later)) == collect_fields(undisturbed.get_fleet_view(other))


def test_neither_a_tick_nor_a_look_replays_from_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    cache = SessionCache()
    run = advance_live(cache, RunSpec(SCENARIO, session="live"), 200)
    monkeypatch.setattr(past_runs, "restore_before", None)
    monkeypatch.setattr(cache, "_restore_snapshot", None)
    for step in (10, 150, 60, 199):
        run = run.advanced(1)
        live, past = cache.get_fleet_views(run, step)
        assert (live.run.step, past.run.step) == (run.step, step)


def test_a_process_that_lacks_the_past_computes_it_in_slices() -> None:
    ticks = iter(range(10**6))
    cache = SessionCache(slice_s=4.0, now=lambda: float(next(ticks)))
    run, views = RunSpec(SCENARIO, (), step=150, session="live"), None
    cache.get_fleet_view(advance_slices(cache, run))
    cache._entries["live"].cached.past.keyframes.clear()
    ends: set[int] = set()
    while views is None:
        try:
            views = cache.get_fleet_views(run, 140)
        except ReplayIncomplete as progress:
            ends.add(progress.end)
    assert ends == {140}
    assert collect_fields(views[1]) == collect_fields(SessionCache().get_fleet_view(replace(run, step=140)))


def advance_slices(cache: SessionCache, run: RunSpec) -> RunSpec:
    while True:
        try:
            cache.get_fleet_view(run)
        except ReplayIncomplete:
            continue
        return run


def test_the_keyframes_of_a_run_keep_within_their_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past_runs, "KEYFRAMES_BYTES", 60_000)
    cache = SessionCache()
    run = advance_live(cache, RunSpec(SCENARIO, session="live"), 1200, n_steps=48)
    past = cache._entries["live"].cached.past
    assert past.size_bytes <= 60_000 + past_runs.KEYFRAMES_VEHICLE_BYTES * SCENARIO.fleet_size
    assert past.interval_steps > past_runs.KEYFRAME_INTERVAL_STEPS
    steps = [keyframe.step for keyframe in past.keyframes]
    assert steps == sorted(steps)
    assert cache.get_fleet_views(run, 1000)[1].run.step == 1000
