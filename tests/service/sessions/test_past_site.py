"""Tests of the site view of a past step: equal to that which the page showed at that step, to the bit."""

from __future__ import annotations

import tracemalloc
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions import past_site
from ev2gym_dashboard.service.sessions.cache import SessionCache
from ev2gym_dashboard.service.sessions.fleet_view import FleetView
from ev2gym_dashboard.service.sessions.past_site import PastSite
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec
from ev2gym_dashboard.service.sessions.session_gates import ReplayIncomplete
from ev2gym_dashboard.service.sessions.site_view import SiteView, make_site_view
from ev2gym_dashboard.service.sessions.snapshot_store import SqliteStore
from ev2gym_dashboard.service.simulation.counterfactuals import start_counterfactual_runs
from ev2gym_dashboard.service.simulation.run_folds import FOLD_STEPS
from ev2gym_dashboard.strategies import STRATEGIES

# Of a tight connection, so that the run without its limit differs from the run.
SCENARIO = Scenario(fleet_size=40, pv_kwp_per_vehicle=1.0, limit_kw_per_vehicle=2.5)
EVENT = (("minutes", 60.0), ("reduction", 0.5))
CHANGES = (
    Change(20, (("event", EVENT),)),
    Change(60, (("strategy", "price"),)),
    Change(90, (("event", EVENT), ("v2g", False))),
)


def collect_fields(view: SiteView | FleetView) -> dict[str, Any]:
    return {f.name: getattr(view, f.name) for f in fields(view) if f.name != "loaded_catalog"}


def view_site(cache: SessionCache, run: RunSpec) -> SiteView:
    return cache.render_view(run, make_site_view)


def advance_live(
    cache: SessionCache, run: RunSpec, end_step: int, *, changes: tuple[Change, ...] = (), n_steps: int = 10
) -> tuple[RunSpec, dict[int, SiteView]]:
    """Return the run at its end, and each site view that the page showed on the way."""
    shown = {}
    while run.step < end_step:
        run = run.advanced(min(n_steps, end_step - run.step))
        run = replace(run, changes=tuple(change for change in changes if change.step <= run.step))
        shown[run.step] = view_site(cache, run)
    return run, shown


@pytest.fixture
def near_keyframes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a short run have several keyframes."""
    monkeypatch.setattr(past_site, "KEYFRAME_INTERVAL_STEPS", 16)


@pytest.mark.usefixtures("near_keyframes")
@pytest.mark.parametrize("strategy", list(STRATEGIES))
def test_the_site_at_a_past_step_is_that_which_the_page_showed_then(strategy: str) -> None:
    cache = SessionCache()
    run, shown = advance_live(cache, RunSpec(replace(SCENARIO, strategy=strategy), session="live"), 60, n_steps=6)
    for step in (6, 48, 54, 24, 30):
        live, past = cache.get_site_views(run, step)
        assert collect_fields(past) == collect_fields(shown[step])
        assert collect_fields(live) == collect_fields(shown[60])


def test_the_site_at_its_first_step_and_between_two_ticks_is_that_of_the_run_at_that_step() -> None:
    cache = SessionCache()
    run, _shown = advance_live(cache, RunSpec(SCENARIO, session="live"), 120, n_steps=40)
    for step in (0, 3, 39, 97):
        past = cache.get_site_views(run, step)[1]
        assert collect_fields(past) == collect_fields(view_site(SessionCache(), replace(run, step=step)))


def test_changes_and_events_are_those_of_their_time() -> None:
    cache = SessionCache()
    run, shown = advance_live(cache, RunSpec(SCENARIO, session="live"), 200, changes=CHANGES)
    effects = []
    for step in (10, 20, 30, 60, 70, 90, 100, 190):
        past = cache.get_site_views(run, step)[1]
        assert collect_fields(past) == collect_fields(shown[step])
        effects.append(past.event.effect if past.event else None)
    assert effects[0] is None
    assert effects[2] != effects[-1]


@given(st.lists(st.integers(0, 150), min_size=1, max_size=5))
@settings(max_examples=10)
def test_the_way_of_the_cursor_does_not_matter(steps: list[int]) -> None:
    cache = SessionCache()
    run, _shown = advance_live(cache, RunSpec(SCENARIO, session="live"), 150, changes=CHANGES)
    for step in steps:
        past = cache.get_site_views(run, step)[1]
    changes = tuple(change for change in CHANGES if change.step <= step)
    expected = view_site(SessionCache(), RunSpec(SCENARIO, changes, step))
    assert collect_fields(past) == collect_fields(expected)


def test_sums_over_blocks_and_months_have_the_same_bits() -> None:
    cache, whole = SessionCache(), SessionCache(max_work=10**10)
    # In steps of an hour, the run passes a block and the end of a month.
    start = RunSpec(replace(SCENARIO, fleet_size=3, timestep_min=60, tariff="mt_general"), session="live")
    run, shown = advance_live(cache, start, FOLD_STEPS + 112, n_steps=71)
    for step in (71 * 15, 71 * 14, 71 * 10):
        assert collect_fields(cache.get_site_views(run, step)[1]) == collect_fields(shown[step])
        fleet = cache.get_fleet_views(run, step)[1]
        assert collect_fields(fleet) == collect_fields(whole.get_fleet_view(replace(run, step=step, session=f"{step}")))


def test_a_process_that_begins_with_a_snapshot_shows_the_same_past(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "snapshots.sqlite3")
    run, shown = advance_live(SessionCache(store=store), RunSpec(SCENARIO, session="live"), 150, changes=CHANGES)
    restarted = SessionCache(store=store)
    for step in (140, 40, 100):
        live, past = restarted.get_site_views(run, step)
        assert collect_fields(past) == collect_fields(shown[step])
        assert collect_fields(live) == collect_fields(shown[150])


def test_a_look_at_the_past_leaves_the_live_run_as_it_is() -> None:
    cache, undisturbed = SessionCache(), SessionCache()
    (run, _), (other, _) = (
        advance_live(one, RunSpec(SCENARIO, session="live"), 100, changes=CHANGES) for one in (cache, undisturbed)
    )
    for step in (5, 90, 50):
        cache.get_site_views(run, step)
    later, other = run.advanced(20), other.advanced(20)
    assert collect_fields(view_site(cache, later)) == collect_fields(view_site(undisturbed, other))


def test_neither_a_tick_nor_a_look_replays_from_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    cache = SessionCache()
    run, _shown = advance_live(cache, RunSpec(SCENARIO, session="live"), 200)
    monkeypatch.setattr(past_site, "restore_runs_before", None)
    monkeypatch.setattr(cache, "_restore_snapshot", None)
    for step in (10, 150, 60, 199):
        run = run.advanced(1)
        live, past = cache.get_site_views(run, step)
        assert (live.run.step, past.run.step) == (run.step, step)


def test_a_process_that_lacks_the_past_computes_it_in_slices() -> None:
    ticks = iter(range(10**6))
    cache = SessionCache(slice_s=4.0, now=lambda: float(next(ticks)))
    run, views = RunSpec(SCENARIO, (), step=30, session="live"), None
    ends: set[int] = set()
    while views is None:
        try:
            views = cache.get_site_views(run, 25)
        except ReplayIncomplete as progress:
            ends.add(progress.end)
    assert 25 in ends
    assert collect_fields(views[1]) == collect_fields(view_site(SessionCache(), replace(run, step=25)))


def test_the_keyframes_keep_within_their_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past_site, "SITE_KEYFRAMES_BYTES", 150_000)
    cache = SessionCache()
    run, _shown = advance_live(cache, RunSpec(SCENARIO, session="live"), 1200, n_steps=48)
    past = cache._entries["live"].cached.past_site
    assert past.size_bytes <= past.compute_max_bytes(SCENARIO.fleet_size)
    assert past.interval_steps > 96
    assert len(past.keyframes) > 2
    assert cache.get_site_views(run, 1000)[1].run.step == 1000


def test_a_fleet_of_which_one_keyframe_is_too_large_keeps_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past_site, "MAX_SITE_KEYFRAMES_BYTES", 180 * SCENARIO.fleet_size - 1)
    cache = SessionCache()
    run, shown = advance_live(cache, RunSpec(SCENARIO, session="live"), 30)
    assert cache._entries["live"].cached.past_site.keyframes == []
    assert collect_fields(cache.get_site_views(run, 20)[1]) == collect_fields(shown[20])


@pytest.mark.parametrize(("fleet_size", "interval_steps"), [(1, 96), (1000, 96), (100_000, 25), (1_000_000, 16)])
def test_the_dearer_a_step_the_nearer_are_the_keyframes(fleet_size: int, interval_steps: int) -> None:
    assert PastSite.start(fleet_size).interval_steps == interval_steps


def test_the_memory_that_counts_is_about_that_of_the_keyframes() -> None:
    runs, past = start_counterfactual_runs(Scenario(fleet_size=2000)), PastSite.start(2000)
    runs.advance(97)
    tracemalloc.start()
    for _ in range(2):
        runs.advance(96)
        past.keep(runs, 0)
    before, _ = tracemalloc.get_traced_memory()
    n_bytes, past.keyframes = past.size_bytes, []
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 0.5 * n_bytes < before - after < 1.5 * n_bytes
