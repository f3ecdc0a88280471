"""docs/compare.md states the limits of the code."""

from __future__ import annotations

from pathlib import Path

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.service.comparison import request
from ev2gym_dashboard.service.jobs import job_tables, queue, worker

TEXT = (Path(__file__).parents[2] / "docs" / "compare.md").read_text(encoding="utf-8")
MIB, DAYS = job_tables.MAX_QUEUE_BYTES // 2**20, job_tables.MAX_AGE_S / 86400
STORED = f"{MIB} MiB, {job_tables.MAX_STORED_JOBS}, {DAYS:.0f} days"
LIMITS = {
    "Work of a comparison": f"{request.MAX_REQUEST_VEHICLE_STEPS:,} vehicle-steps",
    "Seeds": f"{request.REQUEST_SEED_COUNT.high}",
    "Waiting comparisons": f"{queue.MAX_WAITING_PER_CLIENT} of a network address, {queue.MAX_WAITING} in all",
    "Stored results": STORED,
}


def read_table(section: str) -> dict[str, str]:
    """Return the rows of the table of a section, by their first cell."""
    lines = TEXT.partition(f"\n## {section}\n")[2].partition("\n## ")[0].splitlines()
    rows = dict(line.strip("| ").split(" | ", 1) for line in lines if line.startswith("| "))
    return {name: rest for name, rest in rows.items() if name not in {"Quantity", "Field", "---"}}


def test_each_limit_is_that_of_the_code() -> None:
    rows = read_table("Limits")
    assert set(rows) == set(LIMITS)
    for quantity, limit in LIMITS.items():
        assert rows[quantity].startswith(limit), quantity


def test_the_numbers_in_the_text_are_those_of_the_code() -> None:
    assert f"without a heartbeat for {job_tables.LEASE_TIMEOUT_S:.0f} s" in TEXT
    assert f"nobody has asked for it for {job_tables.ABANDONED_S:.0f} s" in TEXT
    assert f"at most {job_tables.MAX_ATTEMPTS} times" in TEXT
    assert f"(nice {worker.NICENESS})" in TEXT


def test_each_price_of_the_investment_stands_beside_its_source_with_its_default() -> None:
    rows, default = read_table("How many bidirectional EVSEs"), Scenario()
    for cell, rest in rows.items():
        value, source = rest.split(" | ", 1)
        assert float(value.split()[0].replace(",", "")) == getattr(default, cell.strip("`"))
        assert "](https://" in source or source.startswith("assumed")
    assert {f"`{name}`" for name in ("investment_years", "discount_rate", "connection_capex_mad_kva")} <= set(rows)
