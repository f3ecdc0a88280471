"""Bundles: complete, byte-identical when run again, safe in spreadsheets, with a report that works offline."""

from __future__ import annotations

import errno
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from ev2gym_dashboard import Scenario, run_comparison, simulate
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.datasets.paths import find_data_folder
from ev2gym_dashboard.service.reports import bundle
from ev2gym_dashboard.service.reports.bundle import escape_formula, write_comparison, write_csv, write_run
from ev2gym_dashboard.service.scenarios.toml_file import read_scenario

DAY = tuple(float(hour) for hour in range(24))
SPEC = """{"=1+1</script>": {"number_of_registrations": 3, "battery_capacity": 26.8, "max_ac_charge_power": 7.4,
 "max_dc_charge_power": 30, "max_ac_discharge_power": 3, "max_dc_discharge_power": 0}}"""
SCENARIO = Scenario(fleet_size=40, days=0.5, base_load_profile=(DAY,), params=(("price.v2g_min_soc", 0.5),))


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "made" / "bundle"
    write_run(simulate(replace(SCENARIO, catalog_spec=SPEC)), folder)
    return folder


@pytest.fixture(scope="module")
def comparison_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compare") / "bundle"
    write_comparison(run_comparison(SCENARIO, seeds=2), folder)
    return folder


def test_running_a_bundle_again_gives_the_same_bytes(run_folder: Path, tmp_path: Path) -> None:
    files = write_run(simulate(read_scenario(run_folder / "scenario.toml")), tmp_path / "again")
    names = sorted(str(path.relative_to(tmp_path / "again")) for path in files)
    assert names == sorted(str(path.relative_to(run_folder)) for path in run_folder.rglob("*") if path.is_file())
    assert {"series.parquet", "series.csv", "models.csv", "kpis.json", "report.html"} <= {path.name for path in files}
    assert names
    for name in names:
        assert (tmp_path / "again" / name).read_bytes() == (run_folder / name).read_bytes(), name


def test_comparing_a_bundle_again_gives_the_same_bytes(comparison_folder: Path, tmp_path: Path) -> None:
    files = write_comparison(
        run_comparison(read_scenario(comparison_folder / "scenario.toml"), seeds=2), tmp_path / "again"
    )
    assert {"figures.csv", "table.csv", "series.parquet", "kpis.json"} <= {path.name for path in files}
    for path in files:
        name = path.relative_to(tmp_path / "again")
        assert path.read_bytes() == (comparison_folder / name).read_bytes(), name


def test_the_series_read_back_unchanged(run_folder: Path) -> None:
    series = simulate(replace(SCENARIO, catalog_spec=SPEC)).series
    pd.testing.assert_frame_equal(pd.read_parquet(run_folder / "series.parquet"), series, check_freq=False)
    read = pd.read_csv(run_folder / "series.csv", index_col="time", parse_dates=True)
    assert read["net_load_kw"].tolist() == series["net_load_kw"].tolist()


def test_the_kpis_read_back_unchanged(run_folder: Path, comparison_folder: Path) -> None:
    kpis = json.loads((run_folder / "kpis.json").read_text(encoding="utf-8"))["kpis"]
    assert kpis == simulate(replace(SCENARIO, catalog_spec=SPEC)).kpis
    comparison = run_comparison(SCENARIO, seeds=2)
    kpi_values = pd.read_csv(comparison_folder / "figures.csv", index_col=["variant", "seed"])
    assert kpi_values.to_numpy().tolist() == comparison.runs.to_numpy().tolist()
    assert json.loads((comparison_folder / "kpis.json").read_text(encoding="utf-8"))["best"] == comparison.best


def test_one_seed_has_null_instead_of_nan_for_intervals(tmp_path: Path) -> None:
    write_comparison(run_comparison(replace(SCENARIO, days=0.1)), tmp_path / "bundle")
    kpis = json.loads((tmp_path / "bundle" / "kpis.json").read_text(encoding="utf-8"))["kpis"]
    assert kpis["Uncontrolled"]["cost_mad_ci95"] is None


def test_several_scenarios_have_a_file_each(tmp_path: Path) -> None:
    scenarios = [replace(SCENARIO, days=0.1, reserve_soc=soc) for soc in (0.1, 0.3)]
    write_comparison(run_comparison(scenarios), tmp_path)
    assert [read_scenario(tmp_path / f"scenario-{k}.toml") for k in (1, 2)] == scenarios


def test_a_bundle_names_the_versions_and_data_behind_it(run_folder: Path) -> None:
    about = json.loads((run_folder / "about.json").read_text(encoding="utf-8"))
    assert about["seeds"] == [SCENARIO.seed]
    assert about["versions"]["pandas"] == pd.__version__
    data_files = list(find_data_folder().glob("*.json"))
    assert data_files
    for path in data_files:
        assert about["data_sha256"][path.name] == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1+1", "＠SUM(A1)"])
def test_a_name_that_a_spreadsheet_would_evaluate_stays_text(text: str, tmp_path: Path) -> None:
    assert escape_formula(text) == f"'{text}"
    write_csv(pd.DataFrame({"model": [text], text: [-1.5]}), tmp_path / "x.csv")
    assert pd.read_csv(tmp_path / "x.csv").iloc[0].tolist() == [f"'{text}", -1.5]


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("a;=1+1;b", "a;'=1+1;b"),
        ("a; +1", "a; '+1"),
        ("a\n=1", "a\n'=1"),
        ("=1;=2", "'=1;'=2"),
        ("a\t＝1", "a\t'＝1"),
        ("Kia e-Niro, 64 kWh; 11 kW", "Kia e-Niro, 64 kWh; 11 kW"),
    ],
)
def test_a_name_is_safe_where_a_spreadsheet_separates_cells_by_another_sign(text: str, safe: str) -> None:
    assert escape_formula(text) == safe


def read_folder(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_bundle_that_cannot_be_finished_leaves_the_former_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_run(simulate(replace(SCENARIO, days=0.1)), tmp_path / "bundle")
    before, other = read_folder(tmp_path / "bundle"), simulate(replace(SCENARIO, days=0.2))

    def fill_disk(_result: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(bundle, "render_run_report", fill_disk)
    with pytest.raises(ValidationError, match="cannot be written: No space left on device"):
        write_run(other, tmp_path / "bundle")
    assert read_folder(tmp_path / "bundle") == before


def test_a_bundle_is_written_over_what_a_killed_process_left(tmp_path: Path) -> None:
    unfinished = tmp_path / "bundle" / bundle.UNFINISHED_FOLDER_NAME
    unfinished.mkdir(parents=True)
    (unfinished / "series.csv").write_text("half", encoding="utf-8")
    write_run(simulate(replace(SCENARIO, days=0.1)), tmp_path / "bundle")
    assert not unfinished.exists()


def test_numbers_and_other_texts_are_unchanged(run_folder: Path) -> None:
    assert [escape_formula(value) for value in (-1.0, "Tesla Model 3", "", None)] == [-1.0, "Tesla Model 3", "", None]
    assert pd.read_csv(run_folder / "models.csv")["model"].tolist() == ["'=1+1</script>"]


def test_a_bundle_may_be_overwritten_and_a_file_is_not_a_folder(run_folder: Path, tmp_path: Path) -> None:
    result = simulate(replace(SCENARIO, days=0.1))
    write_run(result, tmp_path / "bundle")
    write_run(result, tmp_path / "bundle")
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(ValidationError, match="cannot be written: "):
        write_run(result, tmp_path / "file")


def test_a_report_loads_nothing_from_another_host(run_folder: Path, comparison_folder: Path) -> None:
    for folder in (run_folder, comparison_folder):
        html = re.sub(
            r"<script>.*?</script>", "", (folder / "report.html").read_text(encoding="utf-8"), flags=re.DOTALL
        )
        assert not re.search(r"(?:src|href)=", html)
        assert html.count("</script>") == 1, "a name in the data has ended the script"


def test_the_tables_of_a_trace_read_back_unchanged(tmp_path: Path) -> None:
    result = simulate(replace(SCENARIO, fleet_size=12), trace=True)
    files = {path.name for path in write_run(result, tmp_path)}
    for name in ("vehicles", "sessions", "evses"):
        assert f"{name}.parquet" in files
        pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / f"{name}.parquet"), getattr(result, name))


def test_a_bundle_keeps_no_tables_of_an_earlier_run(tmp_path: Path) -> None:
    small = replace(SCENARIO, fleet_size=12)
    write_run(simulate(small, trace=True), tmp_path)
    files = write_run(simulate(small, trace=[3]), tmp_path)
    assert not (tmp_path / "evses.parquet").exists()
    assert set(files) == {path for path in tmp_path.rglob("*") if path.is_file()}
