"""Headless commands: output, files, refusals and exit codes."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pandas as pd
import pytest

from ev2gym_dashboard import Scenario, cli, compare, run_comparison, simulate
from ev2gym_dashboard.cli.main import build_parser
from ev2gym_dashboard.cli.output import EXIT_CODES_HELP, EXIT_FAILURE, EXIT_INTERRUPTED, EXIT_USAGE
from ev2gym_dashboard.core.schema import list_declared
from ev2gym_dashboard.service.comparison.result import COMPARISON_KPIS
from ev2gym_dashboard.service.datasets.catalogs import CATALOGS
from ev2gym_dashboard.service.datasets.paths import find_data_folder
from ev2gym_dashboard.service.scenarios.toml_file import format_scenario_toml
from ev2gym_dashboard.strategies import STRATEGIES

SMALL = ("--fleet-size", "40", "--days", "0.25")
SCENARIO = Scenario(fleet_size=40, days=0.25)
ROOT = Path(__file__).parents[2]
COMMANDS = (
    "serve",
    "simulate",
    "compare",
    "bidirectional",
    "optimum",
    "sizing",
    "flexibility",
    "sweep",
    "publish",
    "validate",
    "catalogs",
    "strategies",
    "tariffs",
)
Capture = pytest.CaptureFixture[str]


def run_command(capsys: Capture, *arguments: str) -> tuple[int, str, str]:
    """Run a command; return its exit code, its output and its error output."""
    code = 0
    try:
        cli.main(arguments)
    except SystemExit as stop:
        code = int(stop.code or 0)
    return code, *capsys.readouterr()


def parse_rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_simulate_prints_the_kpis_of_the_same_run_in_python(capsys: Capture) -> None:
    code, out, err = run_command(capsys, "simulate", *SMALL, "--strategy", "price", "--param", "price.v2g_min_soc=0.5")
    params = (("price.v2g_min_soc", 0.5),)
    kpis = simulate(Scenario(fleet_size=40, days=0.25, strategy="price", params=params)).kpis
    assert (code, err) == (0, "")
    assert {row["figure"]: float(row["value"]) for row in parse_rows(out)} == kpis


def test_simulate_prints_json_with_the_ledger_and_the_bill(capsys: Capture) -> None:
    _, out, _ = run_command(capsys, "simulate", *SMALL, "--no-v2g", "--json")
    printed, result = json.loads(out), simulate(Scenario(fleet_size=40, days=0.25, v2g=False))
    assert printed["kpis"] == result.kpis
    assert printed["ledger"] == result.ledger
    assert sum(line["cost_mad"] for line in printed["bill"]) == pytest.approx(result.kpis["cost_mad"])
    assert printed["evses"] == result.evse_counts


@pytest.mark.parametrize(
    ("words", "trace", "files"),
    [
        (["--trace"], True, {"vehicles.parquet", "sessions.parquet", "evses.parquet"}),
        (["--trace-vehicles", "2-4, 11"], [2, 3, 4, 11], {"vehicles.parquet", "sessions.parquet"}),
    ],
)
def test_simulate_writes_the_trace_of_the_same_run_in_python(
    capsys: Capture, tmp_path: Path, words: list[str], trace: bool | list[int], files: set[str]
) -> None:
    code, _, err = run_command(capsys, "simulate", *SMALL, "--out", str(tmp_path / "run"), *words)
    assert (code, err) == (0, "")
    assert {path.name for path in (tmp_path / "run").iterdir()} >= files
    result = simulate(Scenario(fleet_size=40, days=0.25), trace=trace)
    for name in sorted(files):
        table = getattr(result, name.removesuffix(".parquet"))
        pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "run" / name), table)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--trace"], "--trace: needs --out, the folder to which its tables are written\n"),
        (
            ["--trace-vehicles", "38-41", "--out", "made"],
            "--trace: vehicles have the numbers 0 to 39; 40 is none of them\n",
        ),
    ],
)
def test_a_trace_that_cannot_be_made_is_refused_before_the_run(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_command(capsys, "simulate", *SMALL, *words) == (2, "", message)
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("numbers", ["", "all", "1,,2", "-3", "1.5", "9-"])
def test_numbers_of_vehicles_are_a_list_of_numbers_and_ranges(capsys: Capture, numbers: str) -> None:
    code, _, err = run_command(capsys, "simulate", *SMALL, "--out", "made", f"--trace-vehicles={numbers}")
    assert code == 2
    assert err.endswith(f"{numbers!r} is no list of numbers and ranges such as 0-9,17\n")


def test_compare_prints_a_row_per_variant_with_empty_intervals_for_one_seed(capsys: Capture) -> None:
    code, out, err = run_command(capsys, "compare", *SMALL)
    rows, table = parse_rows(out), compare(SCENARIO)
    assert (code, err) == (0, "")
    assert [row["variant"] for row in rows] == table.index.tolist()
    assert [[float(row[name]) for name in COMPARISON_KPIS] for row in rows] == table[
        list(COMPARISON_KPIS)
    ].to_numpy().tolist()
    assert {row["cost_mad_ci95"] for row in rows} == {""}


def test_compare_prints_the_same_with_one_worker_and_with_two(capsys: Capture) -> None:
    _, serial, _ = run_command(capsys, "compare", *SMALL, "--seeds", "2", "--json", "--workers", "1")
    _, parallel, _ = run_command(capsys, "compare", *SMALL, "--seeds", "2", "--json", "--workers", "2")
    assert serial == parallel
    printed, comparison = json.loads(serial), run_comparison(SCENARIO, seeds=2)
    assert printed["best"] == comparison.best
    assert printed["pareto"] == comparison.pareto
    assert printed["kpis"]["Uncontrolled"]["cost_mad_ci95"] == comparison.interval.loc["Uncontrolled", "cost_mad"]


def test_compare_runs_several_files_unchanged(capsys: Capture, tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.toml" for name in ("few", "many")]
    for file, share in zip(files, (0.1, 1.0), strict=True):
        file.write_text(format_scenario_toml(Scenario(bidirectional_share=share)), encoding="utf-8")
    code, out, _ = run_command(capsys, "compare", *map(str, files), *SMALL)
    assert code == 0
    assert [row["variant"] for row in parse_rows(out)] == list(map(str, files))


def test_an_option_wins_over_the_file_and_the_file_over_the_default(capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "scenario.toml"
    file.write_text("fleet_size = 30\ndays = 0.25\nv2g = false\n[params.price]\nv2g_min_soc = 0.5", encoding="utf-8")
    options = ("--fleet-size", "40", "--strategy", "price", "--v2g", "--param", "price.price_threshold_mad_kwh=2")
    _, out, _ = run_command(capsys, "simulate", str(file), *options)
    params = (("price.price_threshold_mad_kwh", 2.0), ("price.v2g_min_soc", 0.5))
    kpis = simulate(Scenario(fleet_size=40, days=0.25, strategy="price", params=params)).kpis
    assert {row["figure"]: float(row["value"]) for row in parse_rows(out)} == kpis


def test_a_whole_number_written_with_a_point_is_that_number(capsys: Capture, tmp_path: Path) -> None:
    texts = {"point": "fleet_size = 20.0\ndays = 0.1\n", "whole": "fleet_size = 20\ndays = 0.1\n"}
    for name, text in texts.items():
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    for command in (("simulate",), ("compare", "--json", "--workers", "1")):
        point, whole = (run_command(capsys, *command, str(tmp_path / f"{name}.toml")) for name in texts)
        assert point[0] == 0
        assert point[1].replace("point", "whole") == whole[1]


def test_the_azimuth_of_a_file_can_be_set_back_to_the_equator(capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "scenario.toml"
    file.write_text("fleet_size = 10\ndays = 1\nazimuth_deg = 90\nlatitude_deg = -33.57", encoding="utf-8")
    _, out, _ = run_command(capsys, "simulate", str(file), "--azimuth-deg", "auto")
    kpis = simulate(Scenario(fleet_size=10, latitude_deg=-33.57)).kpis
    assert {row["figure"]: float(row["value"]) for row in parse_rows(out)} == kpis


def test_every_issue_of_file_and_options_is_reported_at_once_and_nothing_runs(capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "scenario.toml"
    file.write_text("days = 1\nseed = -1", encoding="utf-8")
    options = (
        "--fleet-size",
        "many",
        "--tariff",
        "none",
        "--param",
        "price.v2g_min_soc=2",
        "--param",
        "x",
        "--start",
        "5",
    )
    code, out, err = run_command(capsys, "simulate", str(file), *options, "--load-csv", "none.csv")
    assert (code, out) == (2, "")
    assert [line.partition(": must")[0] for line in err.splitlines()] == [
        f"{file}: line 2: seed",
        "--param",
        "--load-csv: file: none.csv cannot be read: No such file or directory",
        "--fleet-size",
        "--tariff",
        "--start",
        "--param price.v2g_min_soc",
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("compare", "--seeds", "0"), "--seeds: must be from 1 to 1000, not 0\n"),
        (("compare", "--workers", "all"), "--workers: must be a number, not all\n"),
        (("simulate", "none.toml"), "none.toml: file: none.toml cannot be read: No such file or directory\n"),
        (("catalogs", "1999"), f"CATALOG: must be one of {', '.join(CATALOGS)}, not 1999\n"),
    ],
)
def test_a_usage_error_is_reported_in_a_sentence(capsys: Capture, arguments: tuple[str, ...], sentence: str) -> None:
    assert run_command(capsys, *arguments) == (2, "", sentence)


def test_scenarios_of_different_length_are_refused(capsys: Capture, tmp_path: Path) -> None:
    files = [tmp_path / f"{days}.toml" for days in (1, 2)]
    for file in files:
        file.write_text(f"days = {file.stem}", encoding="utf-8")
    code, out, err = run_command(capsys, "compare", *map(str, files))
    assert (code, out, err) == (2, "", "days: must be the same in all scenarios that are compared\n")


def test_a_folder_with_other_files_is_left_alone_and_nothing_runs(capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    code, out, err = run_command(capsys, "simulate", "--out", str(tmp_path))
    assert (code, out) == (1, "")
    assert err == f"--out: {tmp_path} holds other files; name a new folder\n"
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_validate_prints_every_issue_of_every_file_and_the_kind_of_valid_ones(capsys: Capture, tmp_path: Path) -> None:
    names = ("good.toml", "bad.toml", "spec.json", "load.csv", "tariffs.json")
    good, bad, spec, load, tariffs = (tmp_path / name for name in names)
    good.write_text("seed = 3", encoding="utf-8")
    bad.write_text("seed = -3\n\ndays = 'x'", encoding="utf-8")
    spec.write_text('{"A": {"number_of_registrations": 1}}', encoding="utf-8")
    rows = [f"{hour:02d}:00,{1 if hour else -5}" for hour in range(24)]
    load.write_text("\n".join(["time,kW", *rows]), encoding="utf-8")
    tariffs.write_text('{"tariffs": {}}', encoding="utf-8")
    code, out, err = run_command(capsys, "validate", *map(str, (good, bad, spec, load, tariffs)))
    assert (code, err) == (1, "")
    lines = [line.removeprefix(f"{tmp_path}/") for line in out.splitlines()]
    assert lines[0] == "good.toml: valid (scenario)"
    assert [line for line in lines if line.startswith("bad")] == [
        "bad.toml: line 3: days: must be a number, not x",
        "bad.toml: line 1: seed: must be from 0 to 9007199254740991, not -3",
    ]
    assert sum(line.startswith("spec.json: A.") for line in lines) > 3
    assert any(line.startswith("load.csv: row 2: must be from 0.0 to") for line in lines)
    assert any(line.startswith("tariffs.json: tariffs: must") for line in lines)


def test_validate_notes_sessions_and_distance(capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "few.toml"
    file.write_text("return_share = 0.43", encoding="utf-8")
    code, out, _ = run_command(capsys, "validate", str(file))
    assert code == 0
    assert "Sessions per vehicle and week: 3.01; a trial with 700 homes" in out
    assert "up to 20300 km per vehicle and year" in out


def test_validate_notes_that_evses_are_rounded(capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "one.toml"
    file.write_text("fleet_size = 1", encoding="utf-8")
    code, out, _ = run_command(capsys, "validate", str(file))
    assert code == 0
    assert out.splitlines()[0] == f"{file}: valid (scenario)"
    assert out.splitlines()[1].startswith(f"{file}: note: EVSEs: 1,")
    assert "rounded from 0.5" in out


def test_validate_knows_every_data_file_and_prices(capsys: Capture, tmp_path: Path) -> None:
    prices = tmp_path / "prices.csv"
    prices.write_text("".join(f"{hour:02}:00,{hour / 10}\n" for hour in range(24)), encoding="utf-8")
    files = [*sorted(map(str, find_data_folder().glob("*.json"))), str(prices)]
    code, out, _ = run_command(capsys, "validate", "--prices", *files)
    assert code == 0
    assert out.count("valid (") == len(files)
    for kind in ("tariffs", "load shapes", "sessions", "spec file", "1 day in MAD/kWh"):
        assert f"valid ({kind})" in out


@pytest.mark.parametrize("name", ["LOAD.CSV", "load.csv", "Load.Csv", "LOAD.TXT"])
def test_validate_knows_a_series_by_the_end_of_its_name_in_any_letters(
    name: str, capsys: Capture, tmp_path: Path
) -> None:
    rows = ["time;kW", *(f"{hour:02d}:00;{500 + hour},5" for hour in range(24))]
    (tmp_path / name).write_text("\r\n".join(rows), encoding="utf-8")
    code, out, err = run_command(capsys, "validate", str(tmp_path / name))
    assert (code, err) == (0, "")
    assert "valid" in out
    assert "1 day" in out


def test_co2_factors_are_validated_and_set_by_their_option(capsys: Capture, tmp_path: Path) -> None:
    factors = tmp_path / "co2.csv"
    factors.write_text("".join(f"{hour:02}:00,{100 * hour}\n" for hour in range(24)), encoding="utf-8")
    code, out, _ = run_command(capsys, "validate", "--co2", str(factors))
    assert (code, "valid (1 day in g/kWh)" in out) == (0, True)
    options = ("simulate", "--fleet-size", "5", "--days", "0.25", "--json")
    constant, hourly = (
        json.loads(run_command(capsys, *options, *more)[1])["kpis"] for more in ((), ("--co2-csv", str(factors)))
    )
    assert hourly["co2_kg"] != constant["co2_kg"]
    assert hourly["import_kwh"] == constant["import_kwh"]


def test_catalogs_lists_every_model(capsys: Capture) -> None:
    _, out, _ = run_command(capsys, "catalogs")
    assert dict.fromkeys(row["catalog"] for row in parse_rows(out)) == dict.fromkeys(CATALOGS)
    _, out, _ = run_command(capsys, "catalogs", "2023", "--json")
    assert len(json.loads(out)) == 13
    assert json.loads(out)[0]["battery_kwh"] > 0.0


def test_strategies_lists_every_strategy_and_parameter_with_its_rule(capsys: Capture) -> None:
    _, out, _ = run_command(capsys, "strategies")
    known = {
        f"{key}.{name}"
        for key, strategy in STRATEGIES.items()
        for name, quantity in strategy.quantities.items()
        if quantity.low < quantity.high
    }
    assert {row["parameter"] for row in parse_rows(out)} - {""} == known
    assert {row["strategy"] for row in parse_rows(out)} == set(STRATEGIES)
    _, out, _ = run_command(capsys, "strategies", "--json")
    assert not any("{" in entry["rule"] for entry in json.loads(out))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help_that_starts_with_its_usage(capsys: Capture, command: str) -> None:
    code, out, _ = run_command(capsys, command, "--help")
    assert code == 0
    assert out.startswith(f"usage: ev2gym-dashboard {command}")
    assert "example" in out.lower()


@pytest.mark.parametrize("command", ["simulate", "compare"])
def test_help_names_every_declared_field_of_a_scenario_with_its_description(capsys: Capture, command: str) -> None:
    text = " ".join(run_command(capsys, command, "--help")[1].split()).replace("- ", "-")
    assert list_declared(Scenario)
    for name, declaration in list_declared(Scenario).items():
        assert re.search(rf"--{name.replace('_', '-')}[ ,]", text)
        assert " ".join(declaration.about.split()).replace("- ", "-") in text


def test_the_commands_are_those_that_are_tested() -> None:
    assert tuple(re.findall(r"^    (\w+)", build_parser().format_help(), re.MULTILINE)) == COMMANDS


def test_the_help_lists_the_exit_codes(capsys: Capture) -> None:
    assert EXIT_CODES_HELP in " ".join(run_command(capsys, "--help")[1].split())
    assert f"{EXIT_FAILURE}: runtime failure; {EXIT_USAGE}: usage error; {EXIT_INTERRUPTED}: interrupted" in (
        EXIT_CODES_HELP
    )
