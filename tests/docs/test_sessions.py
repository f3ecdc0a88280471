"""docs/sessions.md states the limits of the code."""

from __future__ import annotations

from pathlib import Path

from ev2gym_dashboard.service.server.incoming_request import MAX_BODY_BYTES
from ev2gym_dashboard.service.sessions import (
    cache,
    content_store,
    redis_store,
    run_spec,
    share_link,
    snapshot_store,
    stored_scenario,
    work_budget,
)
from ev2gym_dashboard.web.requests import parsing, upload_kinds

TEXT = (Path(__file__).parents[2] / "docs" / "sessions.md").read_text(encoding="utf-8")
LIMITS = {
    "Vehicles on the page": f"{stored_scenario.MAX_LIVE_FLEET:,}",
    "Steps of one tick": f"{parsing.MAX_STEPS_PER_REQUEST}",
    "Work of one request, counterfactuals included": f"{work_budget.MAX_REQUEST_WORK:,} vehicle-steps",
    "Length of a run": f"{run_spec.MAX_RUN_STEPS:,} steps and {run_spec.MAX_VEHICLE_STEPS:,} vehicle-steps",
    "Changes of a run": f"{run_spec.MAX_CHANGES:,}",
    "Body of a request": f"{MAX_BODY_BYTES // 1024} KiB",
    "Uploaded file": f"{upload_kinds.MAX_UPLOAD_BYTES:,} bytes",
    "Uploaded series": f"{upload_kinds.MAX_PROFILE_VALUES:,} values each",
    "Uploaded sessions": f"{upload_kinds.MAX_SESSIONS:,}",
    "Uploaded spec file": f"{upload_kinds.MAX_SPEC_BYTES // 1024} KiB of models",
    "Run as a file": f"{share_link.MAX_SHARE_FILE_LENGTH:,} characters",
    "Link": f"{share_link.MAX_LINK_LENGTH:,} characters",
    "Cache of a process": f"about {cache.MAX_CACHE_BYTES // 2**20} MiB",
    "Contents in the memory of a process": f"{content_store.MAX_MEMORY_BYTES // 2**20} MiB of text",
    "Contents on disk": f"{content_store.MAX_CONTENTS_BYTES // 2**20} MiB together",
    "Contents in Redis": "a day without use",
    "Snapshots on disk": (
        f"{snapshot_store.MAX_SNAPSHOTS_PER_RUN} per run, {snapshot_store.MAX_STORE_BYTES // 2**30} GiB together"
    ),
    "Snapshots in Redis": f"{snapshot_store.MAX_SNAPSHOTS_PER_RUN} per run, a day",
}


def test_each_limit_is_that_of_the_code() -> None:
    rows = dict(row.strip("| ").split(" | ", 1) for row in TEXT.splitlines() if row.startswith("| "))
    assert set(rows) - {"Quantity", "---"} == set(LIMITS)
    for quantity, limit in LIMITS.items():
        assert rows[quantity].startswith(limit), quantity


def test_the_numbers_in_the_text_are_those_of_the_code() -> None:
    assert f"every {cache.SNAPSHOT_INTERVAL_STEPS} steps" in TEXT
    assert cache.MAX_IDLE_S == 60.0
    assert redis_store.REDIS_TTL_S == 24 * 3600
