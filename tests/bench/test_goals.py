"""Table of goals: every goal has its place in the record of a run, and a reason where it has no value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.chargax_reference import measure_chargax
from bench.goals import collect_values, list_unmeasured, make_goal_rows
from bench.targets import GOALS, LOAD_CASES, MILLION, Goal

FLEET = {"kernel": "Numba", "threads": 1, "steps_per_s": 1e5, "vehicle_steps_per_s": 2e8, "copies": 3.0, "setup_s": 0.2}
RECORD: dict[str, Any] = {
    "small": [FLEET | {"vehicles": 25}],
    "days": [FLEET | {"vehicles": MILLION}, FLEET | {"vehicles": MILLION, "threads": 2, "steps_per_s": 2e5}],
    "same_work": [{"kernel": "", "vehicles": 25, "vehicle_steps_per_s": 75_000.0}],
    "many_runs": [{"runs": 1000, "vehicles": 100, "seconds": 20.0}],
    "comparisons": [{"vehicles": 10_000, "parallel_s": 0.7}],
    "openings": [{"first_s": 0.8, "moving_s": 1.4}],
    "simulation_ticks": [{"vehicles": n, "p50_ms": 0.5} for n in (1_000, 100_000)],
    "episodes": [
        {"form": "ours, make", "fleets": 1, "vehicles": 25, "steps_per_s": 9_000.0},
        {"form": "ours, make_vec", "fleets": 256, "vehicles": 25, "steps_per_s": 5e5},
        {"form": "ours, make_vec", "fleets": 16, "vehicles": 1024, "steps_per_s": 6e4},
        {"form": "EV2Gym 2.0.0", "fleets": 1, "vehicles": 25, "steps_per_s": 3_000.0},
    ],
    "years": [
        {"vehicles": n, "timestep_min": minutes, "steps": steps, "simulate_s": 1.0, "peak_mib": 290.0}
        for n, minutes, steps in ((25, 15, 35_040), (1000, 15, 35_040), (10, 1, 525_600))
    ],
    "loads": [{"sessions": case.sessions, "vehicles": case.vehicles, "p95_ms": 50.0} for case in LOAD_CASES],
    "chargax": {"values": {"advance_25": 59_000.0}},
}


def get_row(record: dict[str, Any], key: str) -> dict[str, str]:
    return make_goal_rows(record)[[goal.key for goal in GOALS].index(key)]


def test_every_goal_is_found_in_the_record_of_a_run() -> None:
    assert collect_values(RECORD).keys() == {goal.key for goal in GOALS}
    assert list_unmeasured(make_goal_rows(RECORD)) == []


def test_a_row_shows_the_copy_of_the_state_ev2gym_and_chargax_where_they_apply() -> None:
    row = get_row(RECORD, "advance_25")
    assert (row["Measured"], row["Of the target"]) == ("100,000", "0.33: not reached")
    assert (row["Copies of the state"], row["EV2Gym here"], row["Chargax here"]) == ("3", "3,000", "59,000")
    other = get_row(RECORD, "sweep_1000")
    assert (other["Copies of the state"], other["EV2Gym here"], other["Chargax here"]) == ("-", "-", "-")


def test_the_faster_number_of_threads_counts() -> None:
    slow = FLEET | {"vehicles": MILLION, "vehicle_steps_per_s": 1.0, "steps_per_s": 1.0}
    assert collect_values({"days": [slow, *RECORD["days"]]})["day_million"] == 2e8


@pytest.mark.parametrize(
    ("unit", "measured", "ratio"), [("s", 0.25, 2.0), ("s", 1.0, 0.5), ("steps/s", 1.0, 2.0), ("MiB", 0.5, 1.0)]
)
def test_a_ratio_of_one_or_more_reaches_the_target(unit: str, measured: float, ratio: float) -> None:
    assert Goal("key", "work", unit, "-", None, 0.5).compute_ratio(measured) == ratio


def test_a_part_of_a_year_and_another_fleet_are_not_the_goal() -> None:
    week = {"vehicles": 25, "timestep_min": 15, "steps": 672, "simulate_s": 0.1, "peak_mib": 200.0}
    record = {"years": [week], "small": [FLEET | {"vehicles": 24}], "many_runs": [RECORD["many_runs"][0] | {"runs": 6}]}
    assert collect_values(record) == {}
    assert get_row(record, "sweep_1000")["Measured"] == "not measured"
    assert len(list_unmeasured(make_goal_rows(record))) == len(GOALS)


def write_interpreter(folder: Path, *, has_packages: bool, run: str) -> str:
    """Write a program that takes the place of a Python with JAX, or of one without."""
    path = folder / "python"
    imports = "exit 0" if has_packages else "echo \"ModuleNotFoundError: No module named 'jax'\" >&2; exit 1"
    path.write_text(f'#!/bin/sh\nif [ "$1" = -c ]; then {imports}; fi\n{run}\n', encoding="utf-8")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "chargax"\nversion = "0.3.6"\n', encoding="utf-8")
    return tmp_path


def test_chargax_is_run_by_its_own_interpreter(checkout: Path) -> None:
    python = write_interpreter(checkout, has_packages=True, run="echo '{\"advance_25\": 59000.0}'")
    record = measure_chargax(checkout, python)
    assert (record.version, record.values, record.reason) == ("0.3.6", {"advance_25": 59_000.0}, "")


@pytest.mark.parametrize(
    ("has_packages", "run", "reason"),
    [(False, "", "No module named 'jax'"), (True, "echo broken >&2; exit 3", "its run ended with 3: broken")],
)
def test_an_interpreter_that_cannot_run_chargax_gives_a_sentence(
    checkout: Path, has_packages: bool, run: str, reason: str
) -> None:
    record = measure_chargax(checkout, write_interpreter(checkout, has_packages=has_packages, run=run))
    assert record.values == {}
    assert reason in record.reason


def test_a_missing_checkout_or_interpreter_gives_a_sentence(checkout: Path) -> None:
    assert "--chargax names a checkout" in measure_chargax(None, "python3").reason
    assert "has no pyproject.toml" in measure_chargax(checkout / "nowhere", "python3").reason
    assert "cannot be run" in measure_chargax(checkout, str(checkout / "no-python")).reason
