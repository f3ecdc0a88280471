"""docs/compare.md says the bounds that are in force."""

from __future__ import annotations

from pathlib import Path

from ev2gym_dashboard.service import duel, job_runner, jobs

TEXT = (Path(__file__).parents[2] / "docs" / "compare.md").read_text(encoding="utf-8")
KEPT = f"{jobs.MAX_BYTES // 2**20} MiB, {jobs.MAX_KEPT}, {jobs.MAX_AGE_S / 86400:.0f} days"
BOUNDS = {
    "Work of a comparison": f"{duel.MAX_WORK:,} vehicle-steps",
    "Seeds": f"{duel.SEEDS.high}",
    "Comparisons that wait": f"{jobs.MAX_WAITING}",
    "Answers kept": KEPT,
}


def test_each_bound_is_the_one_in_force() -> None:
    rows = dict(row.strip("| ").split(" | ", 1) for row in TEXT.splitlines() if row.startswith("| "))
    assert set(rows) - {"What", "---"} == set(BOUNDS)
    for what, bound in BOUNDS.items():
        assert rows[what].startswith(bound), what


def test_the_rest_of_the_numbers_is_in_force_too() -> None:
    assert f"says nothing for {jobs.SILENT_S:.0f} s" in TEXT
    assert f"at most {jobs.TRIES} times" in TEXT
    assert f"(nice {job_runner.NICE})" in TEXT
