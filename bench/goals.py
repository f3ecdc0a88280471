"""Table of goals: what the pieces of `make bench` have measured, beside the targets, EV2Gym and Chargax."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bench.targets import GOALS, LOAD_CASES, MILLION, TARGETS, Goal

BenchmarkRecord = Mapping[str, Any]
NONE, UNMEASURED = "-", "not measured"


def make_goal_rows(record: BenchmarkRecord) -> list[dict[str, str]]:
    """Return the table of goals, a row per goal; a dash: there is none."""
    measured, copies, ev2gym = collect_values(record), collect_copies(record), collect_ev2gym(record)
    chargax = record.get("chargax", {}).get("values", {})
    return [
        {
            "Work": f"{goal.work} [{goal.unit}]",
            "Before": goal.before,
            "Chargax 0.3.6": _format_number(goal.chargax),
            "Target": _format_number(goal.target),
            "Measured": _format_number(measured.get(goal.key), UNMEASURED),
            "Of the target": _format_ratio(goal, measured.get(goal.key)),
            "Copies of the state": _format_number(copies.get(goal.key)),
            "EV2Gym here": _format_number(ev2gym.get(goal.key)),
            "Chargax here": _format_number(chargax.get(goal.key)),
        }
        for goal in GOALS
    ]


def collect_values(record: BenchmarkRecord) -> dict[str, float]:
    """Return the measured values by goal."""
    small, million = _find_fleet(record, "small", 25), _find_fleet(record, "days", MILLION)
    values: dict[str, float | None] = {
        "advance_25": small.get("steps_per_s"),
        "day_million": million.get("vehicle_steps_per_s"),
        "make_million": million.get("setup_s"),
        "sweep_1000": _find(record, "many_runs", runs=1000, vehicles=100).get("seconds"),
        "comparison": _find(record, "comparisons", vehicles=10_000).get("parallel_s"),
        "browser": _find(record, "openings").get("moving_s"),
    }
    for key, (form, fleets, vehicles) in {
        "gym_1x25": ("ours, make", 1, 25),
        "gym_256x25": ("ours, make_vec", 256, 25),
        "gym_16x1024": ("ours, make_vec", 16, 1024),
    }.items():
        episode = _find(record, "episodes", form=form, fleets=fleets, vehicles=vehicles)
        values[key] = episode.get("steps_per_s")
    for vehicles, timestep_min, steps in ((25, 15, 35_040), (1000, 15, 35_040), (10, 1, 525_600)):
        year = _find(record, "years", vehicles=vehicles, timestep_min=timestep_min, steps=steps)
        values[f"year_{vehicles}x{timestep_min}"] = year.get("simulate_s")
        values[f"year_{vehicles}x{timestep_min}_memory"] = year.get("peak_mib")
    for vehicles in (1_000, 100_000):
        values[f"tick_{vehicles}"] = _find(record, "simulation_ticks", vehicles=vehicles).get("p50_ms")
    for case in LOAD_CASES:
        values[case.key] = _find(record, "loads", sessions=case.sessions, vehicles=case.vehicles).get("p95_ms")
    return {key: value for key, value in values.items() if value is not None and key in TARGETS}


def collect_copies(record: BenchmarkRecord) -> dict[str, float]:
    """Return the time of a step as a multiple of copying the state once, by goal."""
    copies = {
        "advance_25": _find_fleet(record, "small", 25).get("copies"),
        "day_million": _find_fleet(record, "days", MILLION).get("copies"),
    }
    return {key: value for key, value in copies.items() if value is not None}


def collect_ev2gym(record: BenchmarkRecord) -> dict[str, float]:
    """Return EV2Gym's values by goal, with as many chargers as vehicles."""
    reference = next((row for row in record.get("same_work", ()) if not row["kernel"] and row["vehicles"] == 25), None)
    episode = next(
        (row for row in record.get("episodes", ()) if row["form"].startswith("EV2Gym") and row["vehicles"] == 25), None
    )
    values = {}
    if reference:
        values["advance_25"] = reference["vehicle_steps_per_s"] / reference["vehicles"]
    if episode:
        values["gym_1x25"] = episode["steps_per_s"]
    return values


def list_unmeasured(rows: Iterable[Mapping[str, str]]) -> list[str]:
    """Return the works of the table that this run has not measured."""
    return [row["Work"] for row in rows if row["Measured"] == UNMEASURED]


def _find_fleet(record: BenchmarkRecord, part: str, vehicles: int) -> Mapping[str, Any]:
    """Return the fastest row of a fleet: of the default kernel, with or without threads."""
    rows = [row for row in record.get(part, ()) if (row["vehicles"], row["kernel"]) == (vehicles, "Numba")]
    return max(rows, key=lambda row: float(row["steps_per_s"]), default={})


def _find(record: BenchmarkRecord, part: str, **identity: Any) -> Mapping[str, Any]:
    rows = (row for row in record.get(part, ()) if all(row[name] == value for name, value in identity.items()))
    return next(rows, {})


def _format_ratio(goal: Goal, measured: float | None) -> str:
    if measured is None:
        return NONE
    ratio = goal.compute_ratio(measured)
    return f"{ratio:.2f}: {'reached' if ratio >= 1.0 else 'not reached'}"


def _format_number(value: float | None, missing: str = NONE) -> str:
    if value is None:
        return missing
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
