"""Sweeps: rows equal the results of `simulate`, each run has one row, and a failed run does not stop the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ev2gym_dashboard import Scenario, simulate
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.execution.pool_interface import KeyedTask, TaskFailure, map_serially
from ev2gym_dashboard.service.execution.process_pool import make_process_pool
from ev2gym_dashboard.service.sweeps.dataset import read_rows
from ev2gym_dashboard.service.sweeps.plan import Sweep, list_sweep_runs
from ev2gym_dashboard.service.sweeps.runner import SweepProgress, run_sweep, simulate_sites
from ev2gym_dashboard.service.sweeps.toml_file import read_sweep

TaskFunction = Callable[[Any], Any]
Outcomes = Iterator[tuple[Any, Any]]
SWEEP = read_sweep(b"""
[base]
days = 0.25
fleet_size = 40
[grid]
strategy = ["grid_support", "price"]
price.v2g_min_soc = [0.5, 0.65]
seed = [0, 1]
""")


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    folder = tmp_path_factory.mktemp("sweep")
    run_sweep(SWEEP, folder)
    return read_rows(folder)


def test_a_row_holds_the_inputs_and_the_kpis_of_simulate(rows: pd.DataFrame) -> None:
    by_id = rows.set_index("id")
    assert set(by_id.index) == {run.id for run in list_sweep_runs(SWEEP)}
    for run in list_sweep_runs(SWEEP):
        row = by_id.loc[run.id]
        for name, value in simulate(run.scenario).kpis.items():
            assert row[name] == value
        assert (row["strategy"], row["seed"], row["fleet_size"]) == (run.scenario.strategy, run.scenario.seed, 40)
        assert row["start"] == run.scenario.start
        for name, value in run.scenario.params:
            assert row[name] == value
    assert rows["error"].isna().all()
    assert (rows["version"] != "").all()


def test_a_quantity_that_is_a_word_is_empty_in_its_row(tmp_path: Path) -> None:
    sweep = read_sweep(b'base = { days = 0, fleet_size = 5 }\ngrid = { azimuth_deg = ["auto", 90, 270.5] }')
    run_sweep(sweep, tmp_path)
    azimuths = read_rows(tmp_path)["azimuth_deg"]
    assert sorted(azimuths.dropna()) == [90.0, 270.5]
    assert azimuths.isna().sum() == 1


def test_a_parameter_is_empty_in_the_rows_of_other_strategies(rows: pd.DataFrame) -> None:
    assert rows.loc[rows["strategy"] == "grid_support", "price.v2g_min_soc"].isna().all()
    assert set(rows.loc[rows["strategy"] == "price", "price.v2g_min_soc"]) == {0.5, 0.65}
    assert set(rows.loc[rows["strategy"] == "grid_support", "grid_support.v2g_min_soc"]) == {0.6}


def test_processes_give_the_same_rows_to_the_bit(rows: pd.DataFrame, tmp_path: Path) -> None:
    run_sweep(SWEEP, tmp_path, pool=make_process_pool(2))
    pd.testing.assert_frame_equal(read_rows(tmp_path), rows, check_exact=True)


def test_existing_runs_are_skipped(tmp_path: Path, rows: pd.DataFrame) -> None:
    keys: list[object] = []

    def count_tasks(function: TaskFunction, tasks: Iterable[KeyedTask]) -> Outcomes:
        for key, argument in tasks:
            keys.append(key)
            yield from map_serially(function, [(key, argument)])

    fewer = Sweep(SWEEP.base, {**SWEEP.grid, "seed": (0,)})
    assert run_sweep(fewer, tmp_path).n_runs == 3
    summary = run_sweep(SWEEP, tmp_path, pool=count_tasks)
    assert (summary.n_runs, summary.n_existing, len(keys)) == (6, 3, 3)
    assert run_sweep(SWEEP, tmp_path, pool=count_tasks).n_existing == 6
    assert len(keys) == 3
    pd.testing.assert_frame_equal(read_rows(tmp_path), rows, check_exact=True)


def test_a_failed_run_has_a_row_with_its_error(tmp_path: Path) -> None:
    failing = list_sweep_runs(SWEEP)[2].scenario

    def fail(_: Scenario) -> None:
        raise FloatingPointError("division by zero")

    def fail_one_run(function: TaskFunction, tasks: Iterable[KeyedTask]) -> Outcomes:
        for key, scenario in tasks:
            yield from map_serially(fail if scenario == failing else function, [(key, scenario)])

    summary = run_sweep(SWEEP, tmp_path, pool=fail_one_run)
    rows = read_rows(tmp_path)
    assert (summary.n_runs, summary.n_failed, len(rows)) == (6, 1, 6)
    failed = rows[rows["error"].notna()].iloc[0]
    assert failed["error"] == "FloatingPointError: division by zero"
    assert (failed["strategy"], failed["seed"]) == (failing.strategy, failing.seed)
    assert pd.isna(failed["cost_mad"])


def test_a_run_over_sites_has_one_row_over_all_sites(tmp_path: Path) -> None:
    sweep = Sweep({"days": 0.25, "fleet_size": 21}, {"seed": (0, 1)}, sites=3)
    counts: list[int] = []
    run_sweep(sweep, tmp_path, progress=SweepProgress(counts.append, lambda n: counts.append(-n)))
    rows = read_rows(tmp_path).set_index("id")
    for run in list_sweep_runs(sweep):
        for name, value in simulate_sites(run.scenario, 3).kpis.items():
            assert rows.loc[run.id, name] == value
    assert list(rows["sites"]) == [3, 3]
    assert counts == [6] + [-1] * 6


def test_a_failed_site_gives_its_run_a_row_with_its_error(tmp_path: Path) -> None:
    def fail_two_sites(function: TaskFunction, tasks: Iterable[KeyedTask]) -> Outcomes:
        outcomes = list(map_serially(function, tasks))
        for key, site in reversed(outcomes):
            yield key, TaskFailure(f"site {key[1]}") if key in {(0, 1), (0, 2)} else site

    sweep = Sweep({"days": 0.1, "fleet_size": 21}, {"seed": (0, 1)}, sites=3)
    run_sweep(sweep, tmp_path, pool=fail_two_sites)
    assert sorted(read_rows(tmp_path)["error"].fillna("")) == ["", "site 1"]


def test_a_file_left_incomplete_by_a_crash_is_not_read(tmp_path: Path, rows: pd.DataFrame) -> None:
    run_sweep(SWEEP, tmp_path)
    part = next(tmp_path.glob("part-*.parquet"))
    (tmp_path / f".{part.name}.17").write_bytes(part.read_bytes()[:100])
    assert run_sweep(SWEEP, tmp_path).n_existing == 6
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path).sort_values("id", ignore_index=True), rows)


def test_rows_written_before_an_interruption_are_kept(tmp_path: Path) -> None:
    def interrupt(function: TaskFunction, tasks: Iterable[KeyedTask]) -> Outcomes:
        for number, outcome in enumerate(map_serially(function, tasks)):
            if number == 4:
                raise KeyboardInterrupt
            yield outcome

    with pytest.raises(KeyboardInterrupt):
        run_sweep(SWEEP, tmp_path, pool=interrupt)
    assert len(read_rows(tmp_path)) == 4
    assert run_sweep(SWEEP, tmp_path).n_existing == 4


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "part-1.parquet").write_bytes(b"no parquet")
    with pytest.raises(ValidationError, match="--out: must be a new folder"):
        run_sweep(SWEEP, tmp_path)
    assert (tmp_path / "part-1.parquet").read_bytes() == b"no parquet"


def test_two_sweeps_do_not_write_into_one_folder(tmp_path: Path) -> None:
    def start_another_sweep(function: TaskFunction, tasks: Iterable[KeyedTask]) -> Outcomes:
        with pytest.raises(ValidationError, match="--out: is being written by another sweep"):
            run_sweep(SWEEP, tmp_path)
        return map_serially(function, tasks)

    assert run_sweep(SWEEP, tmp_path, pool=start_another_sweep).n_failed == 0
    assert run_sweep(SWEEP, tmp_path).n_existing == 6
