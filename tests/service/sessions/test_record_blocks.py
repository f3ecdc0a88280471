"""Record blocks: a run whose blocks are lost or damaged is computed again, to the bit, and its store repairs itself."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.service.sessions.cache import SessionCache
from ev2gym_dashboard.service.sessions.fleet_view import FleetView
from ev2gym_dashboard.service.sessions.latest_snapshot import restore_latest_snapshot
from ev2gym_dashboard.service.sessions.record_blocks import BLOCK_STEPS, NO_BLOCKS, Blocks
from ev2gym_dashboard.service.sessions.resilient_store import ResilientStore
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.sessions.snapshot_store import BLOCK_STEP, SNAPSHOT_FILE_NAME, SqliteStore

RUN = RunSpec(Scenario(fleet_size=5), (), BLOCK_STEPS + 48, "a")
DAMAGES = {"damaged": "UPDATE kept SET data = zeroblob(10)", "lost": "DELETE FROM kept"}
FIRST_BLOCK = "WHERE step = ? AND run = (SELECT MIN(run) FROM kept WHERE step = ?)"


class PatientStore(ResilientStore):
    """A store that waits for each of its writes: on a busy machine, some would be left out."""

    def put(self, key: str, step: int, data: bytes, blocks: Blocks = NO_BLOCKS) -> None:
        super().put(key, step, data, blocks)
        self.flush()


@pytest.fixture(scope="module")
def undisturbed() -> FleetView:
    return SessionCache().get_fleet_view(RUN)


def list_blocks(path: Path) -> dict[str, bytes]:
    with closing(sqlite3.connect(path)) as file:
        return dict(file.execute("SELECT run, data FROM kept WHERE step = ?", (BLOCK_STEP,)).fetchall())


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=[*DAMAGES])
def test_a_run_without_one_of_its_blocks_is_computed_again_and_all_others_stay(
    tmp_path: Path, undisturbed: FleetView, damage: str
) -> None:
    path = tmp_path / SNAPSHOT_FILE_NAME
    store = PatientStore(SqliteStore(path))
    assert SessionCache(store=store).get_fleet_view(RUN) == undisturbed
    store.flush()
    whole = list_blocks(path)
    with closing(sqlite3.connect(path)) as file, file:
        file.execute(f"{damage} {FIRST_BLOCK}", (BLOCK_STEP, BLOCK_STEP))
    later = RunSpec(RUN.scenario, (), RUN.step + 48, "b")
    assert SessionCache(store=store).get_fleet_view(RUN) == undisturbed
    assert SessionCache(store=store).get_fleet_view(later) == SessionCache().get_fleet_view(later)
    store.flush()
    assert list_blocks(path) == whole


def test_a_run_is_restored_from_its_blocks(tmp_path: Path) -> None:
    store = PatientStore(SqliteStore(tmp_path / SNAPSHOT_FILE_NAME))
    SessionCache(store=store).get_fleet_view(RUN)
    store.flush()
    restored = restore_latest_snapshot(store, RUN)
    assert restored is not None
    assert restored[0].simulation.step > BLOCK_STEPS
    assert len(restored[0].simulation.series("net_load_kw")) == restored[0].simulation.step
