"""Cache of the simulations of live runs, which it rebuilds by replay: a server holds nothing else of a session."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import takewhile
from threading import Lock
from typing import TypeVar, Unpack

import pandas as pd

from ev2gym_dashboard.service.runtime import metrics
from ev2gym_dashboard.service.sessions.alternative_run import make_alternative_spec
from ev2gym_dashboard.service.sessions.cache_entry import CacheEntry, list_older
from ev2gym_dashboard.service.sessions.cached_run import CachedRun
from ev2gym_dashboard.service.sessions.checkpoint import encode_checkpoint
from ev2gym_dashboard.service.sessions.fleet_view import FleetChoice, FleetView, make_fleet_view, make_past_fleet_view
from ev2gym_dashboard.service.sessions.latest_snapshot import find_latest_step, restore_latest_snapshot
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, compute_snapshot_keys
from ev2gym_dashboard.service.sessions.session_gates import ReplayIncomplete, SessionGates, Turn
from ev2gym_dashboard.service.sessions.site_view import SiteView, make_past_site_view, make_site_view
from ev2gym_dashboard.service.sessions.snapshot_store import MAX_SNAPSHOTS_PER_RUN, NullStore, SnapshotStore
from ev2gym_dashboard.service.sessions.step_times import CHEAP_S, LIST_STEPS, StepTimes
from ev2gym_dashboard.service.sessions.time_measurement import measure_run_strategies
from ev2gym_dashboard.service.sessions.trend_axis import WHOLE_RUN
from ev2gym_dashboard.service.sessions.vehicle_history import compute_vehicle_history
from ev2gym_dashboard.service.sessions.vehicle_query import VehicleQuery
from ev2gym_dashboard.service.sessions.vehicle_view import VehiclesView, make_vehicles_view
from ev2gym_dashboard.service.sessions.work_budget import MAX_REQUEST_WORK, N_SIMULATIONS, compute_step_work
from ev2gym_dashboard.service.sessions.work_places import WorkPlaces
from ev2gym_dashboard.service.simulation.counterfactuals import CounterfactualRuns, start_counterfactual_runs
from ev2gym_dashboard.service.simulation.vehicle_trace import VehicleChoice

SNAPSHOT_INTERVAL_STEPS = 48
"""Steps between two snapshots of a run, half a day at 15 min: the longest replay where no snapshot is lost."""
MAX_CACHE_BYTES = 2**29
MAX_IDLE_S = 60.0
MAX_SAVED_VEHICLES = 200_000
"""Size of a fleet that is saved, in 36 MB, after each slice of dear work; a larger one after a turn of some slices."""
CHUNKS_PER_SLICE = 5
MIN_STEP_S = 1e-6
ViewType = TypeVar("ViewType")


class SessionCache:
    """Running simulations by session, evicted in the order of their last use; a missing one is rebuilt.

    Parameters
    ----------
    max_bytes : approximate memory of all simulations at most [B]
    store : snapshots from which a run is rebuilt; without one, by replay from its beginning
    max_work : work of one request at most [vehicle-steps]
    slice_s : time of one request, after which it returns its progress [s]; the least work of one is a few steps
    snapshot_interval_steps : steps between two snapshots of a run
    places : places for dear work; by default, those of this process
    times : CPU times of steps, by which dear work is told; by default, none has been measured
    now : monotonic clock [s]
    """

    def __init__(
        self,
        max_bytes: int = MAX_CACHE_BYTES,
        *,
        store: SnapshotStore | None = None,
        max_work: int = MAX_REQUEST_WORK,
        slice_s: float = math.inf,
        snapshot_interval_steps: int = SNAPSHOT_INTERVAL_STEPS,
        places: WorkPlaces | None = None,
        times: StepTimes | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_bytes, self._store, self._max_work, self._now = max_bytes, store or NullStore(), max_work, now
        self._snapshot_interval_steps, self._slice_s = snapshot_interval_steps, slice_s
        self._entries: OrderedDict[str, CacheEntry] = OrderedDict()
        self._size_bytes = 0
        self._gates, self._times = SessionGates(places or WorkPlaces(), wait_s=slice_s), times or StepTimes()
        self._lock = Lock()

    def get_vehicle_history(
        self, run: RunSpec, vehicles: VehicleChoice, *, first_step: int, end_step: int
    ) -> pd.DataFrame:
        """Return the past of some vehicles of a run, see `compute_vehicle_history`; a request has its budget."""
        return compute_vehicle_history(
            self._store, run, vehicles, first_step=first_step, end_step=end_step, max_work=self._max_work
        )

    def get_fleet_view(self, run: RunSpec, **choice: Unpack[FleetChoice]) -> FleetView:
        """Return the fleet view of a run; equal runs give equal views, from the cache or by replay."""
        return self._render(run, partial(self._make_fleet_view, run, choice))

    def _make_fleet_view(self, run: RunSpec, choice: FleetChoice, cached: CachedRun, turn: Turn) -> FleetView:
        strategy = choice.get("alternative", "")
        turn.require_place(self._estimate_alternative(run, cached, strategy) if strategy else 0.0)
        if alternative := cached.follow_alternative(run, strategy, must_stop=turn.must_stop):
            _require_arrival(alternative.step, run.step)
        window, events = choice.get("window", WHOLE_RUN), choice.get("events")
        return make_fleet_view(run, cached.runs, window=window, events=events, alternative=alternative)

    def render_view(self, run: RunSpec, make_view: Callable[[RunSpec, CounterfactualRuns], ViewType]) -> ViewType:
        """Return the view that ``make_view`` makes of a run at its step.

        Raises
        ------
        ReplayIncomplete
            If the run is further than one request may go; repeat the request to continue.
        """
        return self._render(run, lambda cached, _turn: make_view(run, cached.runs))

    def get_fleet_views(
        self, run: RunSpec, past_step: int, **choice: Unpack[FleetChoice]
    ) -> tuple[FleetView, FleetView]:
        """Return the fleet view of a run, and that of a past step of it, which leaves the run where it is.

        Raises
        ------
        ReplayIncomplete
            If either is further than one request may go; repeat the request to continue.
        """

        def make_views(cached: CachedRun, turn: Turn) -> tuple[FleetView, FleetView]:
            turn.require_place(self._times.estimate_view(run, cached.past.interval_steps))
            past = cached.past.advance(self._store, run, past_step, must_stop=turn.must_stop)
            _require_arrival(past.step, past_step)
            view = self._make_fleet_view(run, choice, cached, turn)
            return view, make_past_fleet_view(run, past, cached.alternative)

        return self._render(run, make_views)

    def get_site_views(self, run: RunSpec, past_step: int, *, window: str = WHOLE_RUN) -> tuple[SiteView, SiteView]:
        """Return the site view of a run, and that of a past step of it; raise `ReplayIncomplete` as the fleet's do."""

        def make_views(cached: CachedRun, turn: Turn) -> tuple[SiteView, SiteView]:
            turn.require_place(self._times.estimate_view(run, N_SIMULATIONS * cached.past_site.interval_steps))
            past = cached.past_site.advance(self._store, run, past_step, must_stop=turn.must_stop)
            _require_arrival(past.step, past_step)
            view = make_site_view(run, cached.runs, window=window)
            return view, make_past_site_view(run, past, cached.runs.unlimited, window=window)

        return self._render(run, make_views)

    def get_vehicles_view(self, run: RunSpec, query: VehicleQuery) -> VehiclesView:
        """Return the vehicles of a run that a query chooses; raise `ReplayIncomplete` as `render_view` does."""

        def make_view(cached: CachedRun, turn: Turn) -> VehiclesView:
            turn.require_place(self._times.estimate_view(run, LIST_STEPS))
            return make_vehicles_view(run, cached, query=query, store=self._store, must_stop=turn.must_stop)

        return self._render(run, make_view)

    def _render(self, run: RunSpec, make_view: Callable[[CachedRun, Turn], ViewType]) -> ViewType:
        measure_run_strategies(self._times, run)
        end_s = self._now() + self._slice_s
        with self._gates.enter(run.session, run.step, is_over=lambda: self._now() >= end_s) as turn:
            turn.require_place(0.0 if self._has_entry(run) else self._estimate_opening(run))
            cached, origin = self._find_or_start(run)
            metrics.count_simulation(origin)
            try:
                turn.require_place(self._times.estimate_replay(run, cached.step))
                self._advance_within_budget(run, cached, turn)
                _require_arrival(cached.step, run.step)
                view = make_view(cached, turn)
            except ReplayIncomplete:
                # Dear work of others may drop this run before its next turn, which would then begin where this did.
                if turn.has_place and (run.scenario.fleet_size <= MAX_SAVED_VEHICLES or not turn.keep_place()):
                    self._put_snapshot(run, cached)
                self._put_entry(run.session, cached)
                raise
            self._put_entry(run.session, cached)
            return view

    def _has_entry(self, run: RunSpec) -> bool:
        with self._lock:
            entry = self._entries.get(run.session)
        return entry is not None and entry.cached.can_reach(run)

    def _estimate_opening(self, run: RunSpec) -> float:
        """Return the CPU time of a run that is not in the cache [s], by its latest snapshot where that decides."""
        at_least_s, at_most_s = (self._times.estimate_opening(run, step) for step in (run.step, 0))
        if at_least_s > CHEAP_S or at_most_s <= CHEAP_S:
            return at_most_s
        return self._times.estimate_opening(run, find_latest_step(self._store, run))

    def _estimate_alternative(self, run: RunSpec, cached: CachedRun, strategy: str) -> float:
        """Return the CPU time of what is missing of a run under another strategy, without counterfactuals [s]."""
        spec, step = make_alternative_spec(run, strategy), cached.find_alternative_step(run, strategy)
        measure_run_strategies(self._times, spec)
        missing_s = self._times.estimate_opening(spec, 0) if step is None else self._times.estimate_replay(spec, step)
        return missing_s / N_SIMULATIONS

    def _find_or_start(self, run: RunSpec) -> tuple[CachedRun, str]:
        cached = self._pop_entry(run)
        # Another process may have replayed more of the run than this one.
        if cached and run.step - cached.step <= self._snapshot_interval_steps:
            return cached, "cache"
        if restored := self._restore_snapshot(run, after_step=cached.step if cached else -1):
            return restored, "snapshot"
        if cached:
            return cached, "cache"
        return CachedRun(run.scenario, start_counterfactual_runs(run.scenario)), "replay"

    def _pop_entry(self, run: RunSpec) -> CachedRun | None:
        # Out of the cache while a request works on it: after an error half a step is not taken for the run.
        with self._lock:
            entry = self._entries.pop(run.session, None)
            self._size_bytes -= entry.size_bytes if entry else 0
        return entry.cached if entry and entry.cached.can_reach(run) else None

    def _put_entry(self, session: str, cached: CachedRun) -> None:
        now = self._now()
        with self._lock:
            # The size is stored with the entry: a run grows by then, and the sum must lose what it gained.
            self._entries[session] = CacheEntry(cached, cached.size_bytes, now)
            self._size_bytes += cached.size_bytes
            self._limit_memory(now)
            metrics.set_live_simulations(len(self._entries))

    def _limit_memory(self, now: float) -> None:
        # The newest entry stays as it is, however large: without it every tick of a large fleet would be a replay.
        *older, _newest = self._entries
        for session in takewhile(lambda one: now - self._entries[one].last_used_s > MAX_IDLE_S, older):
            self._drop_run(session)
        # A lost past costs a replay when somebody looks back; a lost run costs one at its next tick.
        for reduce_memory in (self._forget_past, self._drop_run):
            for session in list_older(self._entries):
                if self._size_bytes <= self._max_bytes:
                    return
                reduce_memory(session)

    def _forget_past(self, session: str) -> None:
        entry = self._entries[session]
        entry.cached.forget_past()
        self._entries[session] = replace(entry, size_bytes=entry.cached.size_bytes)
        self._size_bytes += self._entries[session].size_bytes - entry.size_bytes

    def _drop_run(self, session: str) -> None:
        self._size_bytes -= self._entries.pop(session).size_bytes

    def _advance_within_budget(self, run: RunSpec, cached: CachedRun, turn: Turn) -> None:
        """Advance as far as one request may, and take the snapshots on the way."""
        max_steps = max(self._max_work // (N_SIMULATIONS * compute_step_work(run.scenario.fleet_size)), 1)
        end_step, last_steps = min(run.step, cached.step + max_steps), math.inf
        while True:
            snapshot_step = self._find_snapshot_step(cached)
            self._advance_chunk(run, cached, min(snapshot_step, end_step))
            turn.gate.step = cached.step
            cached.keep_past()
            if cached.step == snapshot_step and run.step - snapshot_step < last_steps:
                self._put_snapshot(run, cached)
                # A store keeps the last ones of a run. One before them in each slice saves the progress of a long
                # replay; more would take longer than the steps between them.
                last_steps = MAX_SNAPSHOTS_PER_RUN * self._snapshot_interval_steps
            if cached.step == end_step or turn.must_stop():
                return

    def _advance_chunk(self, run: RunSpec, cached: CachedRun, end_step: int) -> None:
        """Advance to a step at most, by as many steps as fit into a part of the slice."""
        chunk_s, first_step = self._slice_s / CHUNKS_PER_SLICE, cached.step
        start_s, start_cpu_s = self._now(), time.thread_time()
        # Before the first measurement one step: a large fleet, or a strategy that plans, may take a second for it.
        n_steps = min(max(chunk_s / cached.step_s, 1.0), float(end_step)) if cached.step_s else 1.0
        cached.replay_run(run, end_step if math.isinf(chunk_s) else min(first_step + int(n_steps), end_step))
        if n := cached.step - first_step:
            strategy, cpu_s = cached.runs.simulation.strategy, time.thread_time() - start_cpu_s
            self._times.learn(strategy, run.scenario.fleet_size, n, cpu_s, is_first=first_step == 0)
            cached.step_s = max((self._now() - start_s) / n, MIN_STEP_S)

    def _find_snapshot_step(self, cached: CachedRun) -> int:
        interval_steps = self._snapshot_interval_steps
        return cached.step + 1 + (cached.snapshot_offset - cached.step - 1) % interval_steps

    def _put_snapshot(self, run: RunSpec, cached: CachedRun) -> None:
        key, checkpoint = compute_snapshot_keys(run)[len(cached.applied_changes)], encode_checkpoint(cached.runs)
        self._store.put(key, cached.step, checkpoint.data, checkpoint.blocks)

    def _restore_snapshot(self, run: RunSpec, *, after_step: int) -> CachedRun | None:
        restored = restore_latest_snapshot(self._store, run, after_step=after_step)
        return CachedRun(run.scenario, restored[0], run.changes[: restored[1]]) if restored else None


def _require_arrival(step: int, end_step: int) -> None:
    if step < end_step:
        raise ReplayIncomplete(step, end_step)
