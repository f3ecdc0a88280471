"""Data set of a sweep: a folder of Parquet files with a row per run, which a crash does not damage."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import dataset

from ev2gym_dashboard.core.kpis import find_kpi
from ev2gym_dashboard.core.scenario import PROFILE_BOUNDS, Scenario
from ev2gym_dashboard.core.schema import Declaration, Issue, Quantity, Switch, ValidationError
from ev2gym_dashboard.service.execution.pool_interface import TaskFailure
from ev2gym_dashboard.service.simulation.counterfactuals import simulate
from ev2gym_dashboard.service.sweeps.plan import SweepRun, collect_quantities, flatten_inputs

PART_INTERVAL_S = 0.25
"""Time between two files: shorter runs share a file, and a crash loses at most this much work."""

SweepRow = Mapping[str, Any]


@cache
def build_arrow_schema() -> pa.Schema:
    """Return the schema: run, inputs, KPIs with the unit as suffix, error and version."""
    declarations = collect_quantities()
    inputs = [f.name for f in fields(Scenario) if f.name != "params"] + [name for name in declarations if "." in name]
    return pa.schema(
        [
            ("id", pa.string()),
            *((name, _choose_input_type(name, declarations.get(name))) for name in inputs),
            ("sites", pa.int64()),
            *((name, pa.float64()) for name in _list_kpi_names()),
            ("error", pa.string()),
            ("version", pa.string()),
        ]
    )


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Create a folder if it is missing, and lock it against other sweeps."""
    folder.mkdir(parents=True, exist_ok=True)
    # The kernel releases a flock when the process ends, even if it is killed; the file itself stays.
    with (folder / ".lock").open("w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            issue = Issue("--out", "is being written by another sweep; wait for it, or name another folder")
            raise ValidationError([issue]) from None
        yield


def make_sweep_row(run: SweepRun, outcome: Mapping[str, float] | TaskFailure) -> SweepRow:
    """Return the row of a run with its KPIs, or with its error."""
    result = {"error": outcome.error} if isinstance(outcome, TaskFailure) else dict(outcome)
    identity = {"id": run.id, "sites": run.sites, "version": version("ev2gym-dashboard")}
    return {**identity, **_list_inputs(run.scenario), **result}


def _list_inputs(scenario: Scenario) -> dict[str, Any]:
    """Return the inputs by column; a quantity that is its only word, such as "auto", is null."""
    declarations = collect_quantities()
    return {name: _convert_input(value, declarations.get(name)) for name, value in flatten_inputs(scenario).items()}


def _convert_input(value: Any, declaration: Declaration | None) -> Any:
    # A dated series: its column holds days, and the scenario its dates.
    if isinstance(value, Mapping):
        return [value["values"]]
    if not isinstance(declaration, Quantity) or not declaration.words:
        return value
    # Null could not tell several words apart.
    if len(declaration.words) > 1:
        return str(value)
    return None if isinstance(value, str) else value


def read_run_ids(folder: Path) -> set[str]:
    """Read the ids of the runs in a folder."""
    return set(_read_table(folder, ["id"]).column("id").to_pylist())


def read_rows(folder: Path) -> pd.DataFrame:
    """Read the data set of a sweep, a row per run."""
    frame: pd.DataFrame = _read_table(folder, None).to_pandas()
    # Rows are written in order of completion, which differs from sweep to sweep.
    return frame.sort_values("id", ignore_index=True)


def write_rows(folder: Path, rows: Iterable[SweepRow]) -> int:
    """Write rows as they arrive, and return the number of failed runs; an interruption keeps the rows so far."""
    pending: list[SweepRow] = []
    last_write_s, n_failed = time.monotonic(), 0
    try:
        for row in rows:
            pending.append(row)
            n_failed += "error" in row
            if time.monotonic() - last_write_s >= PART_INTERVAL_S:
                pending, last_write_s = _write_part(folder, pending), time.monotonic()
    finally:
        _write_part(folder, pending)
    return n_failed


def _write_part(folder: Path, rows: list[SweepRow]) -> list[SweepRow]:
    """Write rows to a file of their own; return the rows that are still pending: none."""
    if rows:
        # Written under a hidden name and renamed once it is on the disk, because a rename is atomic.
        part = folder / f"part-{rows[0]['id']}.parquet"
        unfinished = part.with_name(f".{part.name}.{os.getpid()}")
        with unfinished.open("wb") as file:
            pq.write_table(pa.Table.from_pylist(rows, build_arrow_schema()), file)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(part)
    return []


def _read_table(folder: Path, columns: list[str] | None) -> pa.Table:
    parts = sorted(map(str, folder.glob("part-*.parquet")))
    if not parts:
        return build_arrow_schema().empty_table()
    try:
        return dataset.dataset(parts, format="parquet", schema=build_arrow_schema()).to_table(columns)
    except (pa.ArrowInvalid, OSError) as error:
        issue = Issue(
            "--out", "must be a new folder or one of an earlier sweep ({error})", (("error", str(error)[:200]),)
        )
        raise ValidationError([issue]) from None


@cache
def _list_kpi_names() -> tuple[str, ...]:
    """List the KPIs of a run."""
    # A run without steps has the same KPIs and takes no time.
    names = tuple(simulate(Scenario(fleet_size=1, days=0.0)).kpis)
    for name in names:
        find_kpi(name)
    return names


def _choose_input_type(name: str, declaration: Declaration | None) -> pa.DataType:
    if name in PROFILE_BOUNDS:
        return pa.list_(pa.list_(pa.float64()))
    if isinstance(declaration, Switch):
        return pa.bool_()
    if isinstance(declaration, Quantity) and len(declaration.words) <= 1:
        return pa.int64() if declaration.integer else pa.float64()
    return pa.string()
