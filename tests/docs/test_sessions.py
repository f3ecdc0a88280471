"""docs/sessions.md says the bounds that are in force."""

from __future__ import annotations

from pathlib import Path

from ev2gym_dashboard.service import definition, session, share, store
from ev2gym_dashboard.web import file_kinds, guard, protocol

TEXT = (Path(__file__).parents[2] / "docs" / "sessions.md").read_text(encoding="utf-8")
BOUNDS = {
    "Vehicles on the page": f"{definition.MAX_LIVE_FLEET:,}",
    "Steps of one tick": f"{protocol.MAX_STEPS}",
    "Work of one request, shadows included": f"{session.WORK:,} vehicle-steps",
    "Length of a run": f"{definition.MAX_VEHICLE_STEPS:,} vehicle-steps",
    "Changes of a run": f"{definition.MAX_CHANGES:,}",
    "Body of a request": f"{guard.MAX_BODY_BYTES // 1024} KiB",
    "File of the user's on the page": f"{file_kinds.MAX_FILE_BYTES:,} bytes",
    "Load or prices on the page": f"{file_kinds.MAX_VALUES:,} values each",
    "Spec file on the page": f"{file_kinds.MAX_SPEC_BYTES // 1024} KiB of models",
    "Run as a file": f"{share.MAX_FILE:,} characters",
    "Link": f"{share.MAX_LINK:,} characters",
    "Cache of a process": f"{session.CACHE_BYTES // 2**20} MiB",
    "Snapshots on disk": f"{store.KEPT_PER_RUN} per run, {store.MAX_BYTES // 2**30} GiB together",
    "Snapshots in Redis": f"{store.KEPT_PER_RUN} per run, a day",
}


def test_each_bound_is_the_one_in_force() -> None:
    rows = dict(row.strip("| ").split(" | ", 1) for row in TEXT.splitlines() if row.startswith("| "))
    assert set(rows) - {"What", "---"} == set(BOUNDS)
    for what, bound in BOUNDS.items():
        assert rows[what].startswith(bound), what


def test_the_rest_of_the_numbers_is_in_force_too() -> None:
    assert f"every {session.SNAPSHOT_STEPS} steps" in TEXT
    assert session.IDLE_S == 60.0
    assert store.REDIS_KEPT_S == 24 * 3600
