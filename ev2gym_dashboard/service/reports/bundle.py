"""Bundles: folders with all data of a run or a comparison, readable by any tool, from which it can be run again."""

from __future__ import annotations

import json
import math
import os
import platform
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.comparison.result import COMPARISON_KPIS, Comparison
from ev2gym_dashboard.service.datasets.paths import DATA_FOLDER_VARIABLE
from ev2gym_dashboard.service.reports.html_report import render_comparison_report, render_run_report
from ev2gym_dashboard.service.scenarios.toml_file import format_scenario_toml
from ev2gym_dashboard.service.simulation.billing import serialize_bill
from ev2gym_dashboard.service.simulation.provenance import (
    hash_data_files,
    hash_files,
    list_data_files,
    read_versions,
)
from ev2gym_dashboard.service.simulation.result import Result
from ev2gym_dashboard.service.simulation.trace_tables import TRACE_TABLES
from ev2gym_dashboard.strategies.door.plugins import list_strategy_files

ABOUT_FILE_NAME, DATA_FOLDER_NAME = "about.json", "data"
UNFINISHED_FOLDER_NAME = ".unfinished"
FORMULA_PATTERN = re.compile(r"(?:^|[;\t\r\n]\s*)[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]")
"""A sign that begins a formula, also in full width, at the start of a text or after a sign that separates cells."""


def write_run(result: Result, folder: Path) -> list[Path]:
    """Write a run: series, models, the tables of its trace, KPIs, scenario, provenance and a report; return the files.

    Raises
    ------
    ValidationError
        If the folder cannot be written, or holds other files.
    """
    bill = serialize_bill(result.bill)
    figures = {"kpis": result.kpis, "ledger": result.ledger, "bill": bill, "evses": result.evse_counts}
    return _write_files(
        folder,
        {
            "series.parquet": _make_parquet_writer(result.series),
            "series.csv": lambda path: write_csv(result.series.reset_index(), path),
            "models.csv": lambda path: write_csv(result.models, path),
            **_make_trace_writers(result),
            "kpis.json": lambda path: _write_json(figures, path),
            **_make_common_writers([result.scenario], (result.scenario.seed,)),
            "report.html": lambda path: _write_text(render_run_report(result), path),
        },
    )


def write_comparison(comparison: Comparison, folder: Path) -> list[Path]:
    """Write a comparison: load curves, KPIs by seed, table, scenarios, provenance and a report; return the files.

    Raises
    ------
    ValidationError
        If the folder cannot be written, or holds other files.
    """
    return _write_files(
        folder,
        {
            "series.parquet": _make_parquet_writer(comparison.load),
            "series.csv": lambda path: write_csv(comparison.load.reset_index(), path),
            "figures.csv": lambda path: write_csv(comparison.runs.reset_index(), path),
            "table.csv": lambda path: write_csv(comparison.table.reset_index(), path),
            "kpis.json": lambda path: _write_json(summarize_comparison(comparison), path),
            **_make_common_writers(comparison.scenarios, comparison.seeds),
            "report.html": lambda path: _write_text(render_comparison_report(comparison), path),
        },
    )


def use_bundle_data(scenario_file: Path) -> list[str]:
    """Take the data files of the bundle of a scenario file, and return the names of those that differ from the others.

    A bundle that was made with other data files than this machine has gives the same numbers only with its own. Where
    ``EV2GYM_DASHBOARD_DATA`` is set, that folder stays in use. A scenario file outside a bundle changes nothing.
    """
    folder = scenario_file.parent / DATA_FOLDER_NAME
    if not (scenario_file.parent / ABOUT_FILE_NAME).is_file() or not folder.is_dir():
        return []
    in_use = hash_data_files()
    differing = [name for name, digest in hash_files(folder.glob("*.json")).items() if in_use.get(name) != digest]
    if differing:
        os.environ.setdefault(DATA_FOLDER_VARIABLE, str(folder.resolve()))
    return differing


def make_comparison_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """Return the table of a comparison, a row per variant; None in place of NaN."""
    return [replace_nan(row) for row in comparison.table.reset_index().to_dict(orient="records")]


def summarize_comparison(comparison: Comparison) -> dict[str, Any]:
    """Return the table of a comparison by variant, the best variants by KPI, and the Pareto front."""
    kpis = {str(row.pop("variant")): row for row in make_comparison_rows(comparison)}
    return {"kpis": kpis, "best": comparison.best, "pareto": comparison.pareto}


Writer = Callable[[Path], object]


def _make_common_writers(scenarios: Sequence[Scenario], seeds: tuple[int, ...]) -> dict[str, Writer]:
    """Return the writers of the files of every bundle: scenarios and provenance."""
    names = [f"scenario-{k}.toml" for k in range(1, len(scenarios) + 1)] if len(scenarios) > 1 else ["scenario.toml"]
    texts = dict(zip(names, map(format_scenario_toml, scenarios), strict=True))
    writers = {name: _make_text_writer(text) for name, text in texts.items()}
    data = {f"{DATA_FOLDER_NAME}/{path.name}": _make_copier(path) for path in list_data_files()}
    # For --strategy-file: without its strategy, the scenario could not be run again.
    data |= {f"strategies/{Path(file.path).name}": _make_text_writer(file.source) for file in list_strategy_files()}
    return {**writers, **data, ABOUT_FILE_NAME: lambda path: _write_json(collect_provenance(scenarios, seeds), path)}


def _make_copier(source: Path) -> Writer:
    return lambda path: path.write_bytes(source.read_bytes())


def _make_trace_writers(result: Result) -> dict[str, Writer]:
    """Return the writers of the tables of vehicles, sessions and EVSEs that a result has."""
    tables = {name: getattr(result, name) for name in TRACE_TABLES}
    return {f"{name}.parquet": _make_parquet_writer(table) for name, table in tables.items() if table is not None}


def _make_parquet_writer(table: pd.DataFrame) -> Writer:
    def write(path: Path) -> None:
        # By a file that is open: pyarrow takes no path with characters that the locale lacks.
        with path.open("wb") as file:
            table.to_parquet(file)

    return write


def _make_text_writer(text: str) -> Writer:
    return lambda path: _write_text(text, path)


def collect_provenance(scenarios: Sequence[Scenario], seeds: tuple[int, ...]) -> dict[str, Any]:
    """Return the seeds, versions, data files and KPI units behind a result."""
    co2_varies = all(scenario.co2_varies for scenario in scenarios)
    # No date and no host name: the same run gives the same bytes.
    return {
        "seeds": list(seeds),
        "python": platform.python_version(),
        "versions": read_versions(),
        "figures": {
            name: {"unit": kpi.unit, "better": kpi.choose_better(co2_varies=co2_varies)}
            for name, kpi in COMPARISON_KPIS.items()
        },
        "data_sha256": hash_data_files(),
    }


def escape_formula(value: object) -> object:
    """Return a text that no spreadsheet evaluates, whichever sign separates its cells; other values unchanged.

    Each sign that would begin a formula gets an apostrophe before it.
    """
    return FORMULA_PATTERN.sub(_quote_formula, value) if isinstance(value, str) else value


def _quote_formula(found: re.Match[str]) -> str:
    return f"{found[0][:-1]}'{found[0][-1]}"


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame as CSV, texts escaped for spreadsheets and numbers in full precision."""
    texts = [name for name, kind in frame.dtypes.items() if not pd.api.types.is_numeric_dtype(kind)]
    safe = frame.assign(**{str(name): frame[name].map(escape_formula) for name in texts})
    safe.rename(columns=escape_formula).to_csv(path, index=False, lineterminator="\n")


def _write_files(folder: Path, writers: Mapping[str, Writer]) -> list[Path]:
    """Write the files of a bundle beside those that they replace, and put them in place once all are whole."""
    prepare_bundle_folder(folder)
    unfinished = folder / UNFINISHED_FOLDER_NAME
    try:
        # A process that was killed has left its own.
        shutil.rmtree(unfinished, ignore_errors=True)
        for name, write in writers.items():
            (unfinished / name).parent.mkdir(parents=True, exist_ok=True)
            write(unfinished / name)
        # The tables of an earlier run with a trace would stay beside the files of another one.
        for name in {f"{table}.parquet" for table in TRACE_TABLES} - set(writers):
            (folder / name).unlink(missing_ok=True)
        for name in writers:
            (folder / name).parent.mkdir(exist_ok=True)
            (unfinished / name).replace(folder / name)
    except OSError as error:
        raise _make_unwritable_error(folder, error) from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return [folder / name for name in writers]


def prepare_bundle_folder(folder: Path) -> None:
    """Create the folder of a bundle.

    Raises
    ------
    ValidationError
        If it cannot be created, or holds other files.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # A bundle may be overwritten; its about.json tells it from other folders.
        others = [path for path in folder.iterdir() if path.name != UNFINISHED_FOLDER_NAME]
        has_other_files = bool(others) and not (folder / ABOUT_FILE_NAME).is_file()
    except OSError as error:
        raise _make_unwritable_error(folder, error) from None
    if has_other_files:
        raise ValidationError([Issue("out", "{path} holds other files; name a new folder", (("path", folder),))])


def _make_unwritable_error(folder: Path, error: OSError) -> ValidationError:
    values = ("path", folder), ("reason", error.strerror or str(error))
    return ValidationError([Issue("out", "{path} cannot be written: {reason}", values)])


def _write_json(value: object, path: Path) -> None:
    _write_text(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n", path)


def _write_text(text: str, path: Path) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


# JSON has no NaN.
def replace_nan(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a row with None in place of NaN."""
    return {str(name): None if isinstance(value, float) and math.isnan(value) else value for name, value in row.items()}
