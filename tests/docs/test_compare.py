"""docs/compare.md states the limits of the code."""

from __future__ import annotations

from pathlib import Path

from ev2gym_dashboard.service.comparison import request
from ev2gym_dashboard.service.jobs import queue, worker

TEXT = (Path(__file__).parents[2] / "docs" / "compare.md").read_text(encoding="utf-8")
STORED = f"{queue.MAX_QUEUE_BYTES // 2**20} MiB, {queue.MAX_STORED_JOBS}, {queue.MAX_AGE_S / 86400:.0f} days"
LIMITS = {
    "Work of a comparison": f"{request.MAX_REQUEST_VEHICLE_STEPS:,} vehicle-steps",
    "Seeds": f"{request.REQUEST_SEED_COUNT.high}",
    "Waiting comparisons": f"{queue.MAX_WAITING}",
    "Stored results": STORED,
}


def test_each_limit_is_that_of_the_code() -> None:
    rows = dict(row.strip("| ").split(" | ", 1) for row in TEXT.splitlines() if row.startswith("| "))
    assert set(rows) - {"Quantity", "---"} == set(LIMITS)
    for quantity, limit in LIMITS.items():
        assert rows[quantity].startswith(limit), quantity


def test_the_numbers_in_the_text_are_those_of_the_code() -> None:
    assert f"without a heartbeat for {queue.LEASE_TIMEOUT_S:.0f} s" in TEXT
    assert f"at most {queue.MAX_ATTEMPTS} times" in TEXT
    assert f"(nice {worker.NICENESS})" in TEXT
