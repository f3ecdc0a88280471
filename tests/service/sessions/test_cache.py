"""Session cache: equal runs give equal views, whatever is cached or evicted."""

import gc
import json
import tracemalloc
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.sessions.cache import SessionCache
from ev2gym_dashboard.service.sessions.cache_entry import CacheEntry, list_older
from ev2gym_dashboard.service.sessions.cached_run import RUN_BYTES, STEP_BYTES, VEHICLE_BYTES, CachedRun
from ev2gym_dashboard.service.sessions.process_cache import get_fleet_view
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec, parse_run, serialize_run
from ev2gym_dashboard.service.simulation.counterfactuals import start_counterfactual_runs
from ev2gym_dashboard.service.simulation.downsampling import MAX_TREND_POINTS

SCENARIO = Scenario(fleet_size=60)
RUN = RunSpec(
    SCENARIO,
    (Change(4, (("strategy", "price"),)), Change(9, (("v2g", False), ("params", (("price.v2g_min_soc", 0.5),))))),
    20,
)


def test_a_run_survives_the_browser() -> None:
    assert parse_run(json.loads(json.dumps(serialize_run(RUN)))) == RUN


@given(st.lists(st.integers(0, 25), max_size=8))
@settings(max_examples=20)
def test_any_requests_before_give_the_view_of_an_undisturbed_run(steps: list[int]) -> None:
    sessions = SessionCache(max_bytes=30_000)
    for step in steps:
        changes = tuple(change for change in RUN.changes if change.step <= step)
        sessions.get_fleet_view(RunSpec(SCENARIO, changes, step))
    assert sessions.get_fleet_view(RUN) == SessionCache().get_fleet_view(RUN)


@pytest.mark.parametrize(("fleet_size", "n_steps"), [(1000, 96), (100, 500)])
def test_the_memory_that_counts_for_a_session_is_about_what_it_takes(fleet_size: int, n_steps: int) -> None:
    scenario = Scenario(fleet_size=fleet_size, days=7)
    # Tables that all sessions of the process share are not part of one.
    SessionCache().get_fleet_view(RunSpec(scenario, (), n_steps))
    tracemalloc.start()
    cached = CachedRun(scenario, start_counterfactual_runs(scenario))
    for step in range(n_steps):
        cached.replay_run(RunSpec(scenario, (), n_steps), step + 1)
    gc.collect()
    taken_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 0.5 * cached.size_bytes < taken_bytes < 1.5 * cached.size_bytes


def test_a_repeated_tick_gives_the_same_view() -> None:
    assert get_fleet_view(RUN) == get_fleet_view(RUN)


def test_a_change_at_the_present_step_shows_at_once_and_acts_from_there() -> None:
    run = RunSpec(SCENARIO, (Change(10, (("strategy", "uncontrolled"),)),), 10)
    view = get_fleet_view(run)
    assert view.strategy == "uncontrolled"
    assert view.current == get_fleet_view(RunSpec(SCENARIO, (), 10)).current


def test_another_history_is_not_taken_for_this_one() -> None:
    sessions = SessionCache()
    sessions.get_fleet_view(RunSpec(SCENARIO, (), 16))
    other = RunSpec(SCENARIO, (Change(10, (("v2g", False),)),), 16)
    assert sessions.get_fleet_view(other) == SessionCache().get_fleet_view(other)


def test_the_session_s_name_changes_no_answer() -> None:
    assert get_fleet_view(replace(RUN, session="a")) == get_fleet_view(replace(RUN, session="b"))


def test_the_counts_of_a_view_agree() -> None:
    view = get_fleet_view(RUN)
    current = view.current
    assert current["n_vehicles"] == current["n_connected"] + current["n_waiting"] + current["n_away"] == 60
    assert sum(map(sum, view.soc_histogram.values())) == current["n_connected"]
    assert sum(map(sum, view.reasons.values())) == 60
    assert sum(view.reasons["away"]) == current["n_away"]


def test_the_trends_reach_from_the_start_to_now_in_few_points() -> None:
    view = get_fleet_view(RunSpec(replace(SCENARIO, fleet_size=3), (), 1000))
    assert {len(values) for values in view.trends.values()} == {250}
    assert MAX_TREND_POINTS >= 250
    assert (view.trend_axis.point_steps, view.trend_axis.bucket_steps) == (4, 8)


def test_a_run_at_its_start_can_be_shown() -> None:
    view = get_fleet_view(RunSpec(SCENARIO))
    assert set(map(len, view.trends.values())) == {0}
    assert view.current["net_power_kw"] == 0.0


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {"scenario": 5},
        {"scenario": {"price_profile": 5}},
        {"scenario": {"start": 20260101}},
        {"scenario": {"start": None}},
        {"scenario": {"event_start": 20260101}},
        {"scenario": {"event_start": None}},
        {"scenario": {"event_start": "9999-12-31T23:59:59-14:00"}},
        {"scenario": {"price_profile": ["5"]}},
        {"scenario": {"base_load_profile": [[None]]}},
        {"scenario": {"fleet_size": 10**9}},
        {"scenario": {"fleet_size": 1_000_001}},
        {"scenario": {"params": {"price.v2g_min_soc": float("nan")}}},
        {"scenario": {"params": [1]}},
        {"step": -1},
        {"step": 1.5},
        {"step": 10**9},
        {"step": True},
        {"changes": {"step": 1}},
        {"changes": [{"step": 5}]},
        {"changes": [{}]},
        {"changes": [{"step": 0, "strategy": ["grid_support"]}]},
        {"changes": [{"step": 0, "strategy": {}}]},
        {"changes": [{"step": 0, "v2g": 1}]},
        {"changes": [{"step": 0, "surprise": 1}]},
        {"changes": [{"step": 2}, {"step": 1}], "step": 3},
        {"session": "x" * 65},
        {"unknown": 1},
    ],
)
def test_an_invalid_run_is_refused_with_sentences(value: object) -> None:
    with pytest.raises(ValidationError) as error:
        parse_run(value)
    assert all(str(issue) for issue in error.value.issues)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)
KEYS = st.sampled_from(["scenario", "changes", "step", "session", "fleet_size", "strategy", "params", "v2g", "start"])


@given(
    st.dictionaries(
        KEYS, st.dictionaries(KEYS, JSON, max_size=3) | st.lists(st.dictionaries(KEYS, JSON), max_size=2) | JSON
    )
)
def test_any_json_is_a_run_or_issues_never_a_crash(value: object) -> None:
    with suppress(ValidationError):
        assert parse_run(value).step >= 0


def test_the_price_and_the_poste_are_those_of_the_time_that_is_shown() -> None:
    ten_in_the_evening = get_fleet_view(RunSpec(SCENARIO, (), 24))
    assert ten_in_the_evening.time.hour == 22
    assert (ten_in_the_evening.poste, ten_in_the_evening.current["price_mad_kwh"]) == ("HN", 1.3472)


def test_runs_that_do_not_fit_with_their_pasts_lose_those_and_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [RunSpec(replace(SCENARIO, seed=k), session=str(k)) for k in range(4)]
    # Room for the runs at their last step, and for the past of one.
    run_bytes = RUN_BYTES + VEHICLE_BYTES * SCENARIO.fleet_size + STEP_BYTES * 200
    sessions = SessionCache(max_bytes=4 * run_bytes + 150_000)
    for run in runs:
        sessions.get_fleet_view(run)
    with monkeypatch.context() as patch:
        # A run that is missing would be begun again.
        patch.setattr("ev2gym_dashboard.service.sessions.cache.start_counterfactual_runs", None)
        for _ in range(20):
            runs = [run.advanced(10) for run in runs]
            views = [sessions.get_fleet_view(run) for run in runs]
    cached = [entry.cached for entry in sessions._entries.values()]
    has_past = [bool(one.past_site.keyframes) for one in cached]
    assert (has_past[0], has_past[-1]) == (False, True)
    assert sessions._size_bytes == sum(one.size_bytes for one in cached) <= sessions._max_bytes
    assert views == [SessionCache().get_fleet_view(run) for run in runs]
    _, past = sessions.get_fleet_views(runs[0], 50)
    assert past.current == SessionCache().get_fleet_view(replace(runs[0], step=50)).current


def test_a_forgotten_past_is_begun_again_when_the_next_copy_is_due() -> None:
    cached = CachedRun(SCENARIO, start_counterfactual_runs(SCENARIO))
    cached.keep_past()
    cached.forget_past()
    kept = []
    for step in range(10, 200, 10):
        cached.replay_run(RunSpec(SCENARIO, step=step), step)
        cached.keep_past()
        kept.append(len(cached.past.keyframes))
    assert kept == [0] * 9 + [1] * 10


@pytest.mark.parametrize(
    ("newest_bytes", "order"),
    [(400, ["large", "larger", "first", "last"]), (2, ["first", "large", "last", "larger"])],
    ids=["a large one", "a small one"],
)
def test_a_run_takes_the_place_of_one_as_large(newest_bytes: int, order: list[str]) -> None:
    cached = CachedRun(SCENARIO, start_counterfactual_runs(SCENARIO))
    sizes = {"first": 1, "large": 200, "last": 3, "larger": 500, "newest": newest_bytes}
    entries = {name: CacheEntry(cached, size, 0.0) for name, size in sizes.items()}
    assert list_older(entries) == order
