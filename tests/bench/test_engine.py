"""The benchmark of the engine runs, and what it says of itself holds; no time is asserted."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np
import pytest

from bench import engine, fleets, reference
from bench.fleets import FleetTiming, Workload
from bench.memory import collect_arrays, count_kept_bytes
from bench.targets import FLEET_BOUNDS, judge_targets


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("bench") / "made" / "engine.json"
    engine.main(["--quick", "--json", str(path)])
    return dict(json.loads(path.read_text(encoding="utf-8")))


def test_it_times_each_fleet_by_each_kernel_with_and_without_threads(quick: dict[str, Any]) -> None:
    found = [(row["vehicles"], row["kernel"], row["threads"]) for row in quick["days"]]
    cores = sorted({1, os.cpu_count()})
    assert found == [(n, kernel, t) for n in (100, 1000) for kernel in ("NumPy", "Numba") for t in cores]
    assert all(row["steps"] == 96 for row in quick["days"])
    assert all(row["steps"] == 7 * 24 and row["timestep_min"] == 60 for row in quick["weeks"])


def test_figures_of_a_row_agree_with_each_other(quick: dict[str, Any]) -> None:
    for row in quick["days"] + quick["weeks"]:
        assert row["vehicle_steps_per_s"] == pytest.approx(row["vehicles"] * row["steps_per_s"], rel=1e-2)
        assert row["ns"] == pytest.approx(1e9 / row["vehicle_steps_per_s"], rel=1e-2)
        assert row["total_s"] == pytest.approx(row["setup_s"] + row["steps_s"], abs=2e-3)
        assert 0.0 < row["draws_share"] < 1.0
        assert row["copy_ms"] > 0.0
        assert row["state_bytes"] < row["kept_bytes"]


def test_it_names_the_machine_and_what_is_not_installed(quick: dict[str, Any]) -> None:
    assert quick["on"]["numpy"] == np.__version__
    assert quick["on"]["cores"] == os.cpu_count()
    assert bool(reference.explain_unavailable()) == all(row["kernel"] for row in quick["same_work"])


def test_the_duel_is_timed_here_and_in_processes_and_judged(quick: dict[str, Any]) -> None:
    (duel,) = quick["duels"]
    assert (duel["vehicles"], duel["days"], duel["contestants"]) == (100, 0.5, 9)
    assert min(duel[name] for name in ("here_s", "cpu_s", "start_s", "shared_s")) > 0.0
    (target,) = (row for row in quick["targets"] if row["figure"].startswith("the duel of all strategies"))
    assert (target["measured"], target["target"]) == (duel["shared_s"], 3.0)


def test_a_target_that_was_not_measured_is_neither_reached_nor_missed(quick: dict[str, Any]) -> None:
    for target in quick["targets"]:
        assert (target["measured"] is None) == (target["reached"] is None)
    assert {bound.figure for bound in FLEET_BOUNDS} <= {target["figure"] for target in quick["targets"]}


@pytest.mark.parametrize(("measured", "reached"), [(2000.0, True), (1999.9, False)])
def test_a_target_is_reached_from_its_bound_on(measured: float, reached: bool) -> None:
    row = dict.fromkeys(FleetTiming.__annotations__, 0.0) | {
        "vehicles": 1000,
        "kernel": "NumPy",
        "steps_per_s": measured,
    }
    judged = judge_targets([FleetTiming(**row)], [])  # type: ignore[arg-type]
    assert [t.reached for t in judged if t.figure.startswith("steps per second")] == [reached]


def test_the_draws_that_are_timed_are_one_a_day() -> None:
    case = Workload(50, timestep_min=60, days=3)
    simulation, _ = fleets.make_timed_simulation(case)
    drawn: list[int] = []
    days = simulation.engine.days
    simulation.engine.days = (drawn.append(plan.first_step) or plan for plan in days)  # type: ignore[func-returns-value]
    fleets.time_steps(simulation, fleets.list_backends()[0])
    assert drawn == [24, 48, 72]


def test_memory_that_two_arrays_share_counts_once_and_the_days_to_come_count() -> None:
    array = np.zeros(10)
    assert count_kept_bytes({"a": array, "views": [array[:5], array[5:]]}) == array.nbytes
    engine_of = fleets.make_timed_simulation(Workload(1000))[0].engine
    kept = collect_arrays(engine_of)
    assert {id(engine_of.state.soc), id(engine_of.plugs.ring)} <= {id(a) for a in kept}
    assert any(a.shape == (1000,) and a.dtype == np.uint16 and a is not engine_of.state.code for a in kept)


@pytest.mark.skipif(bool(reference.explain_unavailable()), reason=reference.explain_unavailable() or "-")
def test_ev2gym_does_the_steps_that_are_asked_of_it() -> None:
    with np.errstate(all="ignore"):
        work = reference.measure_ev2gym(2, steps=40)
    assert (work.vehicles, work.steps) == (2, 40)
    assert work.vehicle_steps_per_s > 0.0
