"""Sweeps: rows equal the results of `simulate`, each run has one row, and a failed run does not stop the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ev2gym_dashboard import simulate
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.execution.pool_interface import KeyedTask, TaskFailure, map_serially
from ev2gym_dashboard.service.execution.process_pool import make_process_pool
from ev2gym_dashboard.service.simulation.provenance import list_data_files
from ev2gym_dashboard.service.sweeps import dataset, plan, site_groups
from ev2gym_dashboard.service.sweeps.dataset import JOURNAL_FILE_NAME, ROWS_FILE_NAME, read_rows
from ev2gym_dashboard.service.sweeps.manifest import read_manifest
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


@pytest.fixture
def single_sites(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each task have one site."""
    monkeypatch.setattr(site_groups, "GROUPS_PER_TASK", 1000)


@pytest.fixture
def slow_merges(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep all rows in the journal until the sweep ends."""
    monkeypatch.setattr(dataset, "MIN_MERGE_INTERVAL_S", 3600.0)


def test_rows_move_into_the_file_while_the_sweep_runs(
    tmp_path: Path, rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch, single_sites: None
) -> None:
    monkeypatch.setattr(dataset, "MIN_MERGE_INTERVAL_S", 0.0)
    monkeypatch.setattr(dataset, "MERGE_SHARE", 1e9)
    counts: list[int] = []

    def count_rows(function: TaskFunction, tasks: Iterable[KeyedTask]) -> Outcomes:
        for outcome in map_serially(function, tasks):
            counts.append(len(pd.read_parquet(tmp_path)) if (tmp_path / ROWS_FILE_NAME).exists() else 0)
            yield outcome

    run_sweep(SWEEP, tmp_path, pool=count_rows)
    assert counts == [0, 1, 2, 3, 4, 5]
    pd.testing.assert_frame_equal(read_rows(tmp_path), rows, check_exact=True)


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


def test_existing_runs_are_skipped(tmp_path: Path, rows: pd.DataFrame, single_sites: None) -> None:
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

    def fail(_: object) -> None:
        raise FloatingPointError("division by zero")

    def fail_one_run(function: TaskFunction, tasks: Iterable[KeyedTask]) -> Outcomes:
        for key, scenarios in tasks:
            yield from map_serially(fail if failing in scenarios else function, [(key, scenarios)])

    summary = run_sweep(SWEEP, tmp_path, pool=fail_one_run)
    rows = read_rows(tmp_path)
    assert (summary.n_runs, summary.n_failed, len(rows)) == (6, 1, 6)
    failed = rows[rows["error"].notna()].iloc[0]
    assert failed["error"] == "FloatingPointError: division by zero"
    assert (failed["strategy"], failed["seed"]) == (failing.strategy, failing.seed)
    assert pd.isna(failed["cost_mad"])


def test_a_failed_run_is_tried_again_by_the_same_command(tmp_path: Path) -> None:
    def lose_all(_: TaskFunction, tasks: Iterable[KeyedTask]) -> Outcomes:
        for keys, _scenarios in tasks:
            yield keys, TaskFailure("no memory")

    assert run_sweep(SWEEP, tmp_path, pool=lose_all).n_failed == 6
    summary = run_sweep(SWEEP, tmp_path)
    assert (summary.n_existing, summary.n_failed) == (0, 0)
    rows = read_rows(tmp_path)
    assert (len(rows), rows["id"].nunique()) == (6, 6)
    assert rows["error"].isna().all()


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
        for keys, outcome in map_serially(function, tasks):
            is_lost = {(0, 1), (0, 2)} & set(keys)
            yield keys, TaskFailure(f"site {keys[0][1]}") if is_lost else outcome

    sweep = Sweep({"days": 0.1, "fleet_size": 21}, {"seed": (0, 1)}, sites=3)
    run_sweep(sweep, tmp_path, pool=fail_two_sites)
    assert sorted(read_rows(tmp_path)["error"].fillna("")) == ["", "site 1"]


def test_all_rows_are_in_one_file(tmp_path: Path, rows: pd.DataFrame) -> None:
    run_sweep(SWEEP, tmp_path)
    assert [path.name for path in tmp_path.glob("*.parquet")] == [ROWS_FILE_NAME]
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path).sort_values("id", ignore_index=True), rows)


@pytest.mark.parametrize("n_lost_characters", [1, 2, 200, 2000])
def test_a_row_cut_by_a_crash_is_run_again(
    n_lost_characters: int, tmp_path: Path, rows: pd.DataFrame, slow_merges: None, single_sites: None
) -> None:
    journal = tmp_path / JOURNAL_FILE_NAME
    lines: list[str] = []

    def note_journal(function: TaskFunction, tasks: Iterable[KeyedTask]) -> Outcomes:
        for outcome in map_serially(function, tasks):
            lines.extend([journal.read_text(encoding="utf-8")] if journal.exists() else [])
            yield outcome

    run_sweep(SWEEP, tmp_path, pool=note_journal)
    # As a kill leaves the folder: no Parquet file yet, and the fifth row not written to its end.
    (tmp_path / ROWS_FILE_NAME).unlink()
    journal.write_text(lines[5][:-n_lost_characters], encoding="utf-8")
    assert len(read_rows(tmp_path)) == 4
    assert run_sweep(SWEEP, tmp_path).n_existing == 4
    pd.testing.assert_frame_equal(read_rows(tmp_path), rows, check_exact=True)


def test_a_crash_between_file_and_journal_gives_no_row_twice(
    tmp_path: Path, rows: pd.DataFrame, slow_merges: None
) -> None:
    texts: list[str] = []

    def note_journal(function: TaskFunction, tasks: Iterable[KeyedTask]) -> Outcomes:
        for outcome in map_serially(function, tasks):
            yield outcome
            texts.append((tmp_path / JOURNAL_FILE_NAME).read_text(encoding="utf-8"))

    run_sweep(SWEEP, tmp_path, pool=note_journal)
    (tmp_path / JOURNAL_FILE_NAME).write_text(texts[-1], encoding="utf-8")
    pd.testing.assert_frame_equal(read_rows(tmp_path), rows, check_exact=True)
    assert run_sweep(SWEEP, tmp_path).n_existing == 6


def test_rows_of_other_code_or_data_are_set_aside_and_run_again(
    tmp_path: Path, rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_sweep(SWEEP, tmp_path)
    monkeypatch.setattr(plan, "compute_fingerprint", lambda: "f" * 64)
    summary = run_sweep(SWEEP, tmp_path)
    assert (summary.n_existing, summary.n_set_aside) == (0, 6)
    assert set(pd.read_parquet(tmp_path)["code"]) == {"f" * 16}
    earlier = pd.read_parquet(next(tmp_path.glob("_earlier-*.parquet")))
    pd.testing.assert_frame_equal(earlier.sort_values("id", ignore_index=True), rows)
    monkeypatch.undo()
    # Back at the first code, its rows count again, and none has to be run.
    assert run_sweep(SWEEP, tmp_path).n_existing == 6
    pd.testing.assert_frame_equal(read_rows(tmp_path), rows, check_exact=True)
    assert len(list(tmp_path.glob("_earlier-*.parquet"))) == 2


def test_the_manifest_says_what_wrote_the_rows(tmp_path: Path) -> None:
    run_sweep(SWEEP, tmp_path)
    run_sweep(Sweep(SWEEP.base, {**SWEEP.grid, "seed": (0, 1, 2)}), tmp_path)
    first, second = read_manifest(tmp_path)
    assert (first["runs"], first["existing"], second["runs"], second["existing"]) == (6, 0, 9, 6)
    assert second["code_sha256"].startswith(pd.read_parquet(tmp_path)["code"].iloc[0])
    assert second["plan"]["grid"]["seed"] == [0, 1, 2]
    assert set(second["data_sha256"]) == {path.name for path in list_data_files()}
    assert second["started"] <= second["ended"]


def test_rows_written_before_an_interruption_are_kept(tmp_path: Path, single_sites: None) -> None:
    def interrupt(function: TaskFunction, tasks: Iterable[KeyedTask]) -> Outcomes:
        for number, outcome in enumerate(map_serially(function, tasks)):
            if number == 4:
                raise KeyboardInterrupt
            yield outcome

    with pytest.raises(KeyboardInterrupt):
        run_sweep(SWEEP, tmp_path, pool=interrupt)
    assert len(read_rows(tmp_path)) == 4
    assert run_sweep(SWEEP, tmp_path).n_existing == 4


@pytest.mark.parametrize(
    ("name", "sentence"),
    [(ROWS_FILE_NAME, "--out: must be a new folder"), ("part-1.parquet", "--out: holds other Parquet files")],
)
def test_a_folder_with_other_files_is_refused(name: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"no parquet")
    with pytest.raises(ValidationError, match=sentence):
        run_sweep(SWEEP, tmp_path)
    assert (tmp_path / name).read_bytes() == b"no parquet"


def test_two_sweeps_do_not_write_into_one_folder(tmp_path: Path) -> None:
    def start_another_sweep(function: TaskFunction, tasks: Iterable[KeyedTask]) -> Outcomes:
        with pytest.raises(ValidationError, match="--out: is being written by another sweep"):
            run_sweep(SWEEP, tmp_path)
        return map_serially(function, tasks)

    assert run_sweep(SWEEP, tmp_path, pool=start_another_sweep).n_failed == 0
    assert run_sweep(SWEEP, tmp_path).n_existing == 6
