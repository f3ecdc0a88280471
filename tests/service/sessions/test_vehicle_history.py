"""Vehicle history: what a whole run would have recorded, to the bit, from the nearest snapshot."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import pandas as pd
import pytest

from ev2gym_dashboard import Scenario, Simulation
from ev2gym_dashboard.service.sessions.cache import SessionCache
from ev2gym_dashboard.service.sessions.record_blocks import NO_BLOCKS, Blocks
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec
from ev2gym_dashboard.service.sessions.snapshot_store import NullStore
from ev2gym_dashboard.service.sessions.vehicle_history import compute_vehicle_history
from ev2gym_dashboard.service.sessions.work_budget import compute_step_work

SCENARIO = Scenario(fleet_size=80, evse_per_vehicle=0.2, limit_kw_per_vehicle=1.0, strategy="price", days=2.0)
RUN = RunSpec(
    SCENARIO,
    (
        Change(13, (("strategy", "renewable"),)),
        Change(70, (("event", (("minutes", 60.0), ("reduction", 0.8))),)),
        Change(101, (("strategy", "grid_support"), ("v2g", True))),
    ),
    140,
)


class MemoryStore:
    """A store that keeps every snapshot, and counts those that are read."""

    def __init__(self) -> None:
        self.snapshots: dict[tuple[str, int], bytes] = {}
        self.blocks: dict[str, bytes] = {}
        self.steps_read: list[int] = []

    def list_steps(self, keys: Collection[str]) -> list[tuple[str, int]]:
        return [(key, step) for key, step in self.snapshots if key in keys]

    def get(self, key: str, step: int) -> bytes | None:
        self.steps_read.append(step)
        return self.snapshots[key, step]

    def put(self, key: str, step: int, data: bytes, blocks: Blocks = NO_BLOCKS) -> None:
        self.snapshots[key, step] = data
        self.blocks |= {digest: encode() for digest, encode in blocks.items()}

    def remove(self, key: str, step: int) -> None:
        del self.snapshots[key, step]

    def get_blocks(self, digests: Sequence[str]) -> dict[str, bytes]:
        return {digest: self.blocks[digest] for digest in digests}


@pytest.fixture(scope="module")
def store() -> MemoryStore:
    """Return the snapshots of the live run."""
    store = MemoryStore()
    SessionCache(store=store, snapshot_interval_steps=24).get_fleet_view(RUN)
    return store


@pytest.fixture(scope="module")
def whole() -> pd.DataFrame:
    """Return the vehicles of the whole run."""
    simulation = Simulation(SCENARIO, trace=True)
    for change in RUN.changes:
        simulation.advance(change.step - simulation.step)
        simulation.set(**change.settings)
    simulation.advance(RUN.step - simulation.step)
    vehicles = simulation.result().vehicles
    assert vehicles is not None
    return vehicles


@pytest.mark.parametrize(("first_step", "end_step"), [(0, 20), (13, 14), (30, 75), (70, 71), (65, 140), (139, 140)])
def test_a_history_is_the_trace_of_the_whole_run_to_the_bit(
    store: MemoryStore, whole: pd.DataFrame, first_step: int, end_step: int
) -> None:
    history = compute_vehicle_history(store, RUN, [5, 33, 78], first_step=first_step, end_step=end_step)
    times = whole.index.unique("time")[first_step:end_step]
    assert history.equals(whole.loc[(times, [5, 33, 78]), :])


def test_a_history_replays_from_the_nearest_snapshot(store: MemoryStore) -> None:
    store.steps_read.clear()
    # The steps of the snapshots depend on the code: before this one, there is always one beside the first.
    compute_vehicle_history(store, RUN, [1], first_step=95, end_step=99)
    earlier = [step for _, step in store.snapshots if step <= 95]
    assert len(earlier) > 1
    assert store.steps_read == [max(earlier)]


def test_without_a_snapshot_a_history_replays_the_run_from_its_beginning(whole: pd.DataFrame) -> None:
    history = compute_vehicle_history(NullStore(), RUN, True, first_step=72, end_step=74)
    assert history.equals(whole.loc[(whole.index.unique("time")[72:74], slice(None)), :])


def test_a_history_without_steps_is_empty(store: MemoryStore) -> None:
    assert compute_vehicle_history(store, RUN, [0], first_step=7, end_step=7).empty


@pytest.mark.parametrize(("first_step", "end_step"), [(-1, 3), (5, 4), (0, 141)])
def test_steps_that_are_not_in_the_past_are_refused(store: MemoryStore, first_step: int, end_step: int) -> None:
    message = f"steps: {first_step} to {end_step} are not in the past of the run, 0 to 140"
    with pytest.raises(ValueError, match=message):
        compute_vehicle_history(store, RUN, [0], first_step=first_step, end_step=end_step)


@pytest.mark.parametrize("vehicles", [[80], [], None])
def test_other_vehicles_are_refused(store: MemoryStore, vehicles: list[int] | None) -> None:
    with pytest.raises(ValueError, match="trace: "):
        compute_vehicle_history(store, RUN, vehicles, first_step=0, end_step=1)


def test_a_history_leaves_the_live_run_as_it_is(store: MemoryStore) -> None:
    sessions = SessionCache(store=store, snapshot_interval_steps=24)
    view = sessions.get_fleet_view(RUN)
    sessions.get_vehicle_history(RUN, [2], first_step=100, end_step=110)
    assert sessions.get_fleet_view(RUN) == view
    later = replace(RUN, step=150)
    assert sessions.get_fleet_view(later) == SessionCache().get_fleet_view(later)


def test_a_history_that_takes_too_long_is_refused_with_what_is_possible(store: MemoryStore) -> None:
    work = compute_step_work(SCENARIO.fleet_size)
    sessions = SessionCache(store=NullStore(), max_work=50 * work)
    with pytest.raises(ValueError, match=r"steps: 130 steps of so large a fleet .* at most 50 at a time"):
        sessions.get_vehicle_history(RUN, [2], first_step=120, end_step=130)
    assert len(sessions.get_vehicle_history(RUN, [2], first_step=40, end_step=50)) == 10
    # From a snapshot the same steps are near.
    near = SessionCache(store=store, snapshot_interval_steps=24, max_work=50 * work)
    assert len(near.get_vehicle_history(RUN, [2], first_step=120, end_step=130)) == 10


def test_a_million_vehicles_are_not_replayed_on_a_server() -> None:
    run = RunSpec(replace(SCENARIO, fleet_size=1_000_000), (), 2000)
    with pytest.raises(ValueError, match=r"steps: 1000 steps of so large a fleet .* at most 98 at a time"):
        SessionCache().get_vehicle_history(run, [0], first_step=0, end_step=1000)
