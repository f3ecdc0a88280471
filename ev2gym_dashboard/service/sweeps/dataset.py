"""The data set of a sweep: a folder of Parquet files, a row per run, that a crash never leaves half written."""

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

from ev2gym_dashboard.core.scenario import PROFILE_BOUNDS, Scenario
from ev2gym_dashboard.core.schema import Declaration, Issue, Quantity, Switch, ValidationError
from ev2gym_dashboard.service.execution.process_pool import TaskFailure
from ev2gym_dashboard.service.simulation.counterfactuals import simulate
from ev2gym_dashboard.service.sweeps.plan import SweepRun, collect_quantities, flatten_inputs

PART_INTERVAL_S = 0.25
"""What a crash may cost: runs that take longer have a file each, shorter ones share it."""

SweepRow = Mapping[str, Any]


@cache
def build_arrow_schema() -> pa.Schema:
    """Return the columns: the run, its inputs, its figures, its error; a figure's unit is its suffix."""
    known, inputs = collect_quantities(), [f.name for f in fields(Scenario) if f.name != "params"]
    inputs += [name for name in known if "." in name]
    return pa.schema(
        [
            ("id", pa.string()),
            *(
                (
                    name,
                    pa.list_(pa.list_(pa.float64())) if name in PROFILE_BOUNDS else _choose_arrow_type(known.get(name)),
                )
                for name in inputs
            ),
            ("sites", pa.int64()),
            *((name, pa.float64()) for name in _list_kpi_names()),
            ("error", pa.string()),
            ("version", pa.string()),
        ]
    )


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Make a folder if it misses, and keep other sweeps out of it until this one ends, however it does."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            issue = Issue("--out", "is being written by another sweep; wait for it, or name another folder")
            raise ValidationError([issue]) from None
        yield


def make_sweep_row(run: SweepRun, made: Mapping[str, float] | TaskFailure) -> SweepRow:
    """Return the row of a run with its figures, or with the error that it ended by."""
    result = {"error": made.error} if isinstance(made, TaskFailure) else dict(made)
    about = {"id": run.id, "sites": run.sites, "version": version("ev2gym-dashboard")}
    return {**about, **flatten_inputs(run.scenario), **result}


def read_run_ids(folder: Path) -> set[str]:
    """Return the names of the runs that a folder holds."""
    return set(_read_table(folder, ["id"]).column("id").to_pylist())


def read_rows(folder: Path) -> pd.DataFrame:
    """Return the data set of a sweep, a row per run, in an order that its runs alone decide."""
    frame: pd.DataFrame = _read_table(folder, None).to_pandas()
    return frame.sort_values("id", ignore_index=True)


def write_rows(folder: Path, rows: Iterable[SweepRow]) -> int:
    """Write rows as they come, and return how many failed; what came before an interruption is kept."""
    waiting: list[SweepRow] = []
    written, n_failed = time.monotonic(), 0
    try:
        for row in rows:
            waiting.append(row)
            n_failed += "error" in row
            if time.monotonic() - written >= PART_INTERVAL_S:
                waiting, written = _write_part(folder, waiting), time.monotonic()
    finally:
        _write_part(folder, waiting)
    return n_failed


def _write_part(folder: Path, rows: list[SweepRow]) -> list[SweepRow]:
    """Write a file under another name, and give it its own once it is whole and on the disk."""
    if rows:
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
    """Return the figures that a run has, as told by one without steps."""
    return tuple(simulate(Scenario(fleet_size=1, days=0.0)).kpis)


def _choose_arrow_type(what: Declaration | None) -> pa.DataType:
    if isinstance(what, Switch):
        return pa.bool_()
    if isinstance(what, Quantity):
        return pa.int64() if what.integer else pa.float64()
    return pa.string()
