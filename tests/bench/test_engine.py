"""Benchmark of the engine: it runs, and its results are consistent; no time is asserted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from bench import engine, ev2gym_reference, fleets
from bench.fleets import FleetTiming, Workload
from bench.memory import collect_arrays, count_kept_bytes
from bench.targets import MAX_PARALLEL_S
from bench.verdicts import FLEET_BOUNDS, judge_targets
from bench.year import YearTiming, read_peak_mib
from ev2gym_dashboard import Scenario
from ev2gym_dashboard.core.fleet.day_plan import DayPlan
from ev2gym_dashboard.service.comparison.runner import list_variants


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("bench") / "made" / "engine.json"
    engine.main(["--quick", "--json", str(path)])
    return dict(json.loads(path.read_text(encoding="utf-8")))


def test_each_fleet_is_timed_by_each_kernel_with_and_without_threads(quick: dict[str, Any]) -> None:
    backends = [(row["vehicles"], row["kernel"], row["threads"]) for row in quick["days"]]
    cores = sorted({1, os.cpu_count() or 1})
    assert backends == [(n, kernel, t) for n in (100, 1000) for kernel in ("NumPy", "Numba") for t in cores]
    assert all(row["steps"] == 96 for row in quick["days"])
    assert quick["weeks"]
    assert all(row["steps"] == 7 * 24 and row["timestep_min"] == 60 for row in quick["weeks"])


def test_the_values_of_a_row_agree_with_each_other(quick: dict[str, Any]) -> None:
    assert quick["days"]
    assert quick["weeks"]
    for row in quick["days"] + quick["weeks"]:
        assert row["vehicle_steps_per_s"] == pytest.approx(row["vehicles"] * row["steps_per_s"], rel=1e-2)
        assert row["ns_per_vehicle_step"] == pytest.approx(1e9 / row["vehicle_steps_per_s"], rel=1e-2)
        assert row["total_s"] == pytest.approx(row["setup_s"] + row["steps_s"], abs=2e-3)
        assert 0.0 < row["draws_share"] < 1.0
        assert row["copy_ms"] > 0.0
        assert row["state_bytes"] < row["kept_bytes"]


def test_the_record_describes_the_machine_and_missing_packages(quick: dict[str, Any]) -> None:
    assert quick["machine"]["numpy"] == np.__version__
    assert quick["machine"]["cores"] == os.cpu_count()
    assert bool(ev2gym_reference.explain_unavailable()) == all(row["kernel"] for row in quick["same_work"])


def test_the_comparison_is_timed_in_one_process_and_in_several_and_judged(quick: dict[str, Any]) -> None:
    (comparison,) = quick["comparisons"]
    n_variants = len(list_variants(Scenario()))
    assert (comparison["vehicles"], comparison["days"], comparison["n_variants"]) == (100, 0.5, n_variants)
    assert min(comparison[name] for name in ("serial_s", "cpu_s", "start_s", "parallel_s")) > 0.0
    (target,) = (row for row in quick["targets"] if row["figure"].startswith("the comparison of all strategies"))
    assert (target["measured"], target["target"]) == (comparison["parallel_s"], MAX_PARALLEL_S)


def test_a_target_without_a_measurement_is_neither_reached_nor_missed(quick: dict[str, Any]) -> None:
    for target in quick["targets"]:
        assert (target["measured"] is None) == (target["reached"] is None)
    assert {bound.figure for bound in FLEET_BOUNDS} <= {target["figure"] for target in quick["targets"]}


@pytest.mark.parametrize(("measured", "reached"), [(2000.0, True), (1999.9, False)])
def test_a_target_is_reached_at_its_bound(measured: float, reached: bool) -> None:
    row = dict.fromkeys(FleetTiming.__annotations__, 0.0) | {
        "vehicles": 1000,
        "kernel": "NumPy",
        "steps_per_s": measured,
    }
    targets = judge_targets([FleetTiming(**row)], [])  # type: ignore[arg-type]
    assert [target.reached for target in targets if target.figure.startswith("steps per second")] == [reached]


def test_one_draw_per_day_is_timed() -> None:
    workload = Workload(50, timestep_min=60, days=3)
    simulation, _ = fleets.make_timed_simulation(workload)
    first_steps: list[int] = []
    days = simulation.engine.days

    def record_days() -> Iterator[DayPlan]:
        for plan in days:
            first_steps.append(plan.first_step)
            yield plan

    simulation.engine.days = record_days()
    fleets.time_steps(simulation, fleets.list_backends()[0])
    assert first_steps == [24, 48, 72]


def test_shared_memory_counts_once_and_the_coming_days_count() -> None:
    array = np.zeros(10)
    assert count_kept_bytes({"a": array, "views": [array[:5], array[5:]]}) == array.nbytes
    timed_engine = fleets.make_timed_simulation(Workload(1000))[0].engine
    arrays = collect_arrays(timed_engine)
    assert {id(timed_engine.state.soc), id(timed_engine.plugs.ring)} <= {id(array) for array in arrays}
    days: Any = timed_engine.days
    # The plans of a fleet are those of its only part.
    plans = getattr(days, "_days", days).gi_yieldfrom
    rows, ticks = plans.gi_frame.f_locals["later_departures"]
    assert len(rows) > 0
    assert {id(rows), id(ticks)} <= {id(array) for array in arrays}


@pytest.mark.skipif(bool(ev2gym_reference.explain_unavailable()), reason=ev2gym_reference.explain_unavailable() or "-")
def test_ev2gym_runs_the_requested_steps() -> None:
    with np.errstate(all="ignore"):
        timing = ev2gym_reference.measure_ev2gym(2, steps=40)
    assert (timing.vehicles, timing.steps) == (2, 40)
    assert timing.vehicle_steps_per_s > 0.0


def test_a_year_has_the_time_and_the_memory_of_its_process(quick: dict[str, Any]) -> None:
    (row,) = quick["years"]
    assert (row["vehicles"], row["timestep_min"], row["steps"]) == (25, 15, 7 * 96)
    assert row["run_s"] > 0.0
    assert row["simulate_s"] > 0.0
    assert row["simulate_mib"] >= row["peak_mib"] >= row["imports_mib"] > 50.0


def test_a_year_is_judged_by_its_time_and_by_the_minute_by_its_memory() -> None:
    years = [
        YearTiming(10, 1, 525_600, 3.0, 9.0, 290.0, 299.0, 500.0),
        YearTiming(25, 15, 35_040, 0.1, 0.4, 290.0, 400.0, 410.0),
    ]
    by_minute, memory, quarters = judge_targets([], [], [], years)[-3:]
    assert (by_minute.measured, by_minute.target, by_minute.reached) == (9.0, 8.0, False)
    assert (memory.measured, memory.target, memory.reached) == (299.0, 300.0, True)
    assert (quarters.measured, quarters.target, quarters.reached) == (0.4, 0.5, True)


def test_a_part_of_a_year_is_not_judged_as_a_year() -> None:
    week = YearTiming(25, 15, 7 * 96, 0.1, 0.2, 290.0, 400.0, 410.0)
    assert len(judge_targets([], [], [], [week])) == len(judge_targets([], []))


def test_the_peak_memory_of_a_process_is_its_own() -> None:
    kept = bytearray(200 * 2**20)
    kept[::4096] = b"x" * len(kept[::4096])
    code = "from bench.year import read_peak_mib; print(read_peak_mib())"
    child = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert read_peak_mib() > float(child.stdout) + 100.0
    assert float(child.stdout) > 50.0
