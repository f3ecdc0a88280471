"""Sweeps: the rows are those of `simulate`, each is there once, and nothing that fails ends the rest."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from ev2gym_dashboard import simulate
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.execution.pool import TaskFailure, map_serially
from ev2gym_dashboard.service.execution.process_pool import make_process_pool
from ev2gym_dashboard.service.sweeps.dataset import read_rows
from ev2gym_dashboard.service.sweeps.plan import Sweep, list_sweep_runs
from ev2gym_dashboard.service.sweeps.runner import SweepProgress, run_sweep, simulate_sites
from ev2gym_dashboard.service.sweeps.toml_file import read_sweep

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


def test_a_row_holds_the_inputs_and_the_figures_of_simulate(rows: pd.DataFrame) -> None:
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


def test_a_parameter_is_empty_where_its_strategy_does_not_run(rows: pd.DataFrame) -> None:
    assert rows.loc[rows["strategy"] == "grid_support", "price.v2g_min_soc"].isna().all()
    assert set(rows.loc[rows["strategy"] == "price", "price.v2g_min_soc"]) == {0.5, 0.65}
    assert set(rows.loc[rows["strategy"] == "grid_support", "grid_support.v2g_min_soc"]) == {0.6}


def test_processes_give_the_same_rows_to_the_bit(rows: pd.DataFrame, tmp_path: Path) -> None:
    run_sweep(SWEEP, tmp_path, pool=make_process_pool(2))
    pd.testing.assert_frame_equal(read_rows(tmp_path), rows, check_exact=True)


def test_what_is_there_is_not_run_again(tmp_path: Path, rows: pd.DataFrame) -> None:
    asked: list[object] = []

    def counting(work, tasks):  # type: ignore[no-untyped-def]
        return map_serially(work, (asked.append(task[0]) or task for task in tasks))  # type: ignore[func-returns-value]

    fewer = Sweep(SWEEP.base, {**SWEEP.grid, "seed": (0,)})
    assert run_sweep(fewer, tmp_path).n_runs == 3
    done = run_sweep(SWEEP, tmp_path, pool=counting)
    assert (done.n_runs, done.n_existing, len(asked)) == (6, 3, 3)
    assert run_sweep(SWEEP, tmp_path, pool=counting).n_existing == 6
    assert len(asked) == 3
    pd.testing.assert_frame_equal(read_rows(tmp_path), rows, check_exact=True)


def test_a_run_that_fails_is_a_row_with_its_error(tmp_path: Path) -> None:
    failing = list_sweep_runs(SWEEP)[2].scenario

    def faulty(scenario):  # type: ignore[no-untyped-def]
        if scenario == failing:
            raise FloatingPointError("lost in the woods")
        return 0

    def pool(work, tasks):  # type: ignore[no-untyped-def]
        for key, scenario in tasks:
            yield next(map_serially(faulty if scenario == failing else work, [(key, scenario)]))

    done = run_sweep(SWEEP, tmp_path, pool=pool)
    found = read_rows(tmp_path)
    assert (done.n_runs, done.n_failed, len(found)) == (6, 1, 6)
    failed = found[found["error"].notna()].iloc[0]
    assert failed["error"] == "FloatingPointError: lost in the woods"
    assert (failed["strategy"], failed["seed"]) == (failing.strategy, failing.seed)
    assert pd.isna(failed["cost_mad"])


def test_a_run_over_sites_is_one_row_of_their_sum(tmp_path: Path) -> None:
    sweep = Sweep({"days": 0.25, "fleet_size": 21}, {"seed": (0, 1)}, sites=3)
    told: list[int] = []
    run_sweep(sweep, tmp_path, progress=SweepProgress(told.append, lambda n: told.append(-n)))
    found = read_rows(tmp_path).set_index("id")
    for run in list_sweep_runs(sweep):
        for name, value in simulate_sites(run.scenario, 3).kpis.items():
            assert found.loc[run.id, name] == value
    assert list(found["sites"]) == [3, 3]
    assert told == [6] + [-1] * 6


def test_a_site_that_fails_makes_its_run_a_row_with_its_error(tmp_path: Path) -> None:
    def pool(work, tasks):  # type: ignore[no-untyped-def]
        done = list(map_serially(work, tasks))
        yield from reversed(
            [(key, TaskFailure(f"site {key[1]}") if key in ((0, 1), (0, 2)) else site) for key, site in done]
        )

    sweep = Sweep({"days": 0.1, "fleet_size": 21}, {"seed": (0, 1)}, sites=3)
    run_sweep(sweep, tmp_path, pool=pool)
    assert sorted(read_rows(tmp_path)["error"].fillna("")) == ["", "site 1"]


def test_a_file_that_a_crash_left_half_written_is_not_read(tmp_path: Path, rows: pd.DataFrame) -> None:
    run_sweep(SWEEP, tmp_path)
    part = next(tmp_path.glob("part-*.parquet"))
    (tmp_path / f".{part.name}.17").write_bytes(part.read_bytes()[:100])
    assert run_sweep(SWEEP, tmp_path).n_existing == 6
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path).sort_values("id", ignore_index=True), rows)


def test_rows_that_were_made_before_an_interruption_are_kept(tmp_path: Path) -> None:
    def interrupted(work, tasks):  # type: ignore[no-untyped-def]
        for number, made in enumerate(map_serially(work, tasks)):
            if number == 4:
                raise KeyboardInterrupt
            yield made

    with pytest.raises(KeyboardInterrupt):
        run_sweep(SWEEP, tmp_path, pool=interrupted)
    assert len(read_rows(tmp_path)) == 4
    assert run_sweep(SWEEP, tmp_path).n_existing == 4


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "part-1.parquet").write_bytes(b"no parquet")
    with pytest.raises(ValidationError, match="--out: must be a new folder"):
        run_sweep(SWEEP, tmp_path)
    assert (tmp_path / "part-1.parquet").read_bytes() == b"no parquet"


def test_two_sweeps_do_not_write_into_one_folder(tmp_path: Path) -> None:
    def nested(work, tasks):  # type: ignore[no-untyped-def]
        with pytest.raises(ValidationError, match="--out: is being written by another sweep"):
            run_sweep(SWEEP, tmp_path)
        return map_serially(work, tasks)

    assert run_sweep(SWEEP, tmp_path, pool=nested).n_failed == 0
    assert run_sweep(SWEEP, tmp_path).n_existing == 6
