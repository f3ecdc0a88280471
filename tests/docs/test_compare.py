"""docs/compare.md says the bounds that are in force."""

from __future__ import annotations

from pathlib import Path

from ev2gym_dashboard.service.comparison import request
from ev2gym_dashboard.service.jobs import queue, worker

TEXT = (Path(__file__).parents[2] / "docs" / "compare.md").read_text(encoding="utf-8")
KEPT = f"{queue.MAX_QUEUE_BYTES // 2**20} MiB, {queue.MAX_STORED_JOBS}, {queue.MAX_AGE_S / 86400:.0f} days"
BOUNDS = {
    "Work of a comparison": f"{request.MAX_REQUEST_VEHICLE_STEPS:,} vehicle-steps",
    "Seeds": f"{request.REQUEST_SEED_COUNT.high}",
    "Comparisons that wait": f"{queue.MAX_WAITING}",
    "Answers kept": KEPT,
}


def test_each_bound_is_the_one_in_force() -> None:
    rows = dict(row.strip("| ").split(" | ", 1) for row in TEXT.splitlines() if row.startswith("| "))
    assert set(rows) - {"What", "---"} == set(BOUNDS)
    for what, bound in BOUNDS.items():
        assert rows[what].startswith(bound), what


def test_the_rest_of_the_numbers_is_in_force_too() -> None:
    assert f"says nothing for {queue.LEASE_TIMEOUT_S:.0f} s" in TEXT
    assert f"at most {queue.MAX_ATTEMPTS} times" in TEXT
    assert f"(nice {worker.NICENESS})" in TEXT
