"""A bundle: the folder that holds all of a run or a comparison, to be read by any tool and to be run again."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Invalid, Issue
from ev2gym_dashboard.service.comparison.result import FIGURES, Comparison
from ev2gym_dashboard.service.reports.html_report import comparison_report, run_report
from ev2gym_dashboard.service.scenarios.toml_file import scenario_to_toml
from ev2gym_dashboard.service.simulation.provenance import data_hashes, versions
from ev2gym_dashboard.service.simulation.simulation import Result

ABOUT = "about.json"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_run(result: Result, folder: Path) -> list[Path]:
    """Write a run: series, models, figures, scenario, what made it, and a report; return the files.

    Raises
    ------
    Invalid
        If the folder cannot be written, or holds something that is not a bundle's.
    """
    figures = {"kpis": result.kpis, "ledger": result.ledger, "bill": [asdict(line) for line in result.bill]}
    return _write(
        folder,
        {
            "series.parquet": result.series.to_parquet,
            "series.csv": lambda path: write_csv(result.series.reset_index(), path),
            "models.csv": lambda path: write_csv(result.models, path),
            "kpis.json": lambda path: _write_json(figures, path),
            **_of_any([result.scenario], (result.scenario.seed,)),
            "report.html": lambda path: _write_text(run_report(result), path),
        },
    )


def write_comparison(comparison: Comparison, folder: Path) -> list[Path]:
    """Write a comparison: load curves, figures by seed, the table, scenario, and a report; return the files.

    Raises
    ------
    Invalid
        If the folder cannot be written, or holds something that is not a bundle's.
    """
    return _write(
        folder,
        {
            "series.parquet": comparison.load.to_parquet,
            "series.csv": lambda path: write_csv(comparison.load.reset_index(), path),
            "figures.csv": lambda path: write_csv(comparison.runs.reset_index(), path),
            "table.csv": lambda path: write_csv(comparison.table.reset_index(), path),
            "kpis.json": lambda path: _write_json(comparison_figures(comparison), path),
            **_of_any(comparison.asked, comparison.seeds),
            "report.html": lambda path: _write_text(comparison_report(comparison), path),
        },
    )


def comparison_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """Return the table of a comparison, a row per contestant; None where there is no interval."""
    return [_without_nan(row) for row in comparison.table.reset_index().to_dict(orient="records")]


def comparison_figures(comparison: Comparison) -> dict[str, Any]:
    """Return the table of a comparison by contestant, the best of each figure, and the Pareto set."""
    kpis = {str(row.pop("contestant")): row for row in comparison_rows(comparison)}
    return {"kpis": kpis, "best": comparison.best, "pareto": comparison.pareto}


Writer = Callable[[Path], object]


def _of_any(scenarios: Sequence[Scenario], seeds: tuple[int, ...]) -> dict[str, Writer]:
    """Return what every bundle holds: its scenario or scenarios, and what made it."""
    names = [f"scenario-{k}.toml" for k in range(1, len(scenarios) + 1)] if len(scenarios) > 1 else ["scenario.toml"]
    writers = {name: _writer_of(scenario_to_toml(each)) for name, each in zip(names, scenarios, strict=True)}
    return {**writers, ABOUT: lambda path: _write_json(about(seeds), path)}


def _writer_of(text: str) -> Writer:
    return lambda path: _write_text(text, path)


def about(seeds: tuple[int, ...]) -> dict[str, Any]:
    """Return what a result depends on besides its scenario: versions and the data files; no date, no machine's name."""
    return {
        "seeds": list(seeds),
        "python": platform.python_version(),
        "versions": versions(),
        "figures": {name: {"unit": figure.unit, "better": figure.better} for name, figure in FIGURES.items()},
        "data_sha256": data_hashes(),
    }


def safe_text(value: object) -> object:
    """Return a text of a user's file so that no spreadsheet takes it for a formula; numbers stay as they are."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame as CSV, its names safe for spreadsheets, its numbers as exact as they are."""
    texts = [name for name, kind in frame.dtypes.items() if not pd.api.types.is_numeric_dtype(kind)]
    safe = frame.assign(**{str(name): frame[name].map(safe_text) for name in texts})
    safe.rename(columns=safe_text).to_csv(path, index=False, lineterminator="\n")


def _write(folder: Path, writers: Mapping[str, Writer]) -> list[Path]:
    require_folder(folder)
    try:
        for name, write in writers.items():
            write(folder / name)
    except OSError as error:
        raise _unwritable(folder, error) from None
    return [folder / name for name in writers]


def require_folder(folder: Path) -> None:
    """Make the folder of a bundle.

    Raises
    ------
    Invalid
        If it cannot be made, or holds something that is not a bundle's.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        others = any(folder.iterdir()) and not (folder / ABOUT).is_file()
    except OSError as error:
        raise _unwritable(folder, error) from None
    if others:
        raise Invalid([Issue("out", "{path} holds other files; name a new folder", (("path", folder),))])


def _unwritable(folder: Path, error: OSError) -> Invalid:
    values = ("path", folder), ("reason", error.strerror or str(error))
    return Invalid([Issue("out", "{path} cannot be written: {reason}", values)])


def _write_json(value: object, path: Path) -> None:
    _write_text(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n", path)


def _write_text(text: str, path: Path) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _without_nan(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): None if isinstance(value, float) and math.isnan(value) else value for name, value in row.items()}
