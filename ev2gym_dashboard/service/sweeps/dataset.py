"""Data set of a sweep: one Parquet file, and a journal of the latest rows, which a crash does not damage."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import fields
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ev2gym_dashboard.core.kpis import find_kpi
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Declaration, Issue, Quantity, Switch, ValidationError
from ev2gym_dashboard.service.execution.pool_interface import TaskFailure
from ev2gym_dashboard.service.runtime.atomic_file import remove_unfinished, replace_file
from ev2gym_dashboard.service.runtime.file_lock import AlreadyLocked, lock_file
from ev2gym_dashboard.service.simulation.joint_runs import simulate
from ev2gym_dashboard.service.sweeps.plan import SweepRun, collect_quantities, describe_inputs

ROWS_FILE_NAME = "rows.parquet"
# Readers of Parquet folders pass over names that begin with an underscore.
JOURNAL_FILE_NAME, EARLIER_FILE_NAME = "_journal.jsonl", "_earlier-{code}.parquet"
SYNC_INTERVAL_S = 0.25
"""Time between two writes to the disk: a power failure loses at most this much work, a killed process none."""
MIN_MERGE_INTERVAL_S, MERGE_SHARE = 2.0, 0.05
"""Rows move from the journal into the Parquet file so often, and for at most this share of the time."""
NO_SUN = [0.0] * 24

SweepRow = Mapping[str, Any]


@cache
def build_arrow_schema() -> pa.Schema:
    """Return the schema: run, inputs, KPIs with the unit as suffix, error, version and code."""
    declarations = collect_quantities()
    inputs = [f.name for f in fields(Scenario) if f.name != "params"] + [name for name in declarations if "." in name]
    return pa.schema(
        [
            ("id", pa.string()),
            *((name, _choose_input_type(declarations.get(name))) for name in inputs),
            ("sites", pa.int64()),
            *((name, pa.float64()) for name in _list_kpi_names()),
            ("error", pa.string()),
            ("version", pa.string()),
            ("code", pa.string()),
        ]
    )


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Create a folder if it is missing, and lock it against other sweeps."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        try:
            stack.enter_context(lock_file(folder / ".lock"))
        except AlreadyLocked:
            issue = Issue("--out", "is being written by another sweep; wait for it, or name another folder")
            raise ValidationError([issue]) from None
        remove_unfinished(folder)
        yield


def make_sweep_row(run: SweepRun, outcome: Mapping[str, float] | TaskFailure) -> SweepRow:
    """Return the row of a run with its KPIs, or with its error."""
    result = {"error": outcome.error} if isinstance(outcome, TaskFailure) else dict(outcome)
    identity = {"id": run.id, "sites": run.sites, "version": version("ev2gym-dashboard"), "code": run.code}
    return {**identity, **_list_inputs(run), **result}


def _list_inputs(run: SweepRun) -> dict[str, Any]:
    """Return the inputs by column; a quantity that is its only word, such as "auto", is null."""
    declarations = collect_quantities()
    return {name: _convert_input(value, declarations.get(name)) for name, value in describe_inputs(run).items()}


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


def read_rows(folder: Path) -> pd.DataFrame:
    """Read the data set of a sweep, a row per run, those of a sweep that runs or was killed included."""
    frame: pd.DataFrame = _read_table(folder).to_pandas()
    # Rows are written in order of completion, which differs from sweep to sweep.
    return frame.sort_values("id", ignore_index=True)


def prepare_rows(folder: Path, code: str) -> tuple[set[str], int]:
    """Make the rows of a folder ready to be resumed, and return the ids of its runs and the number set aside.

    The rows of a killed sweep are recovered from its journal. Rows of other code or data are set aside: their numbers
    could differ from those that a run gives now. Rows of failed runs are dropped, so that they are tried again.

    Raises
    ------
    ValidationError
        If the folder holds Parquet files that are no data set of this version.
    """
    others = {path.name for path in folder.glob("*.parquet")} - {ROWS_FILE_NAME}
    if any(not name.startswith("_") for name in others):
        text = "holds other Parquet files, perhaps of an earlier version; name a new folder"
        raise ValidationError([Issue("--out", text)])
    table = _read_table(folder)
    parts = {str(row_code): _filter_code(table, row_code) for row_code in set(table.column("code").to_pylist())}
    current = parts.pop(code, table.slice(0, 0))
    for other, rows in parts.items():
        path = folder / EARLIER_FILE_NAME.format(code=other)
        _write_table(path, _unite(rows, _read_earlier(path)))
    # Rows that were set aside while other code was in use count again.
    returned = _unite(current, _read_earlier(folder / EARLIER_FILE_NAME.format(code=code)))
    returned = returned.filter(returned.column("error").is_null())
    # The journal may end with half a row, to which the next one must not be appended.
    if table.num_rows or returned.num_rows or (folder / JOURNAL_FILE_NAME).exists():
        _replace_rows(folder, returned)
    return set(returned.column("id").to_pylist()), table.num_rows - current.num_rows


def _filter_code(table: pa.Table, code: str | None) -> pa.Table:
    return table.filter(pa.array([other == code for other in table.column("code").to_pylist()], pa.bool_()))


def _read_earlier(path: Path) -> pa.Table:
    return _read_file(path) if path.exists() else build_arrow_schema().empty_table()


def _read_file(path: Path) -> pa.Table:
    # By a file that is open: pyarrow takes no path with characters that the locale lacks.
    with path.open("rb") as file:
        return pq.read_table(file, schema=build_arrow_schema())


def _unite(table: pa.Table, other: pa.Table) -> pa.Table:
    """Return the rows of two tables, each run once."""
    known = set(table.column("id").to_pylist())
    is_new = [run_id not in known for run_id in other.column("id").to_pylist()]
    return pa.concat_tables([table, other.filter(pa.array(is_new, pa.bool_()))])


def write_rows(folder: Path, rows: Iterable[SweepRow]) -> int:
    """Write rows as they arrive, and return the number of failed runs; an interruption keeps the rows so far."""
    n_failed, merged_at_s, synced_at_s, merge_s = 0, time.monotonic(), time.monotonic(), 0.0
    try:
        with (folder / JOURNAL_FILE_NAME).open("a", encoding="utf-8") as journal:
            for row in rows:
                journal.write(json.dumps(row) + "\n")
                journal.flush()
                n_failed += "error" in row
                now_s = time.monotonic()
                if now_s - synced_at_s >= SYNC_INTERVAL_S:
                    os.fsync(journal.fileno())
                    synced_at_s = now_s
                # The file is written as a whole: the more rows it has, the less often.
                if now_s - merged_at_s >= max(MIN_MERGE_INTERVAL_S, merge_s / MERGE_SHARE):
                    _replace_rows(folder, _read_table(folder))
                    merged_at_s, merge_s = time.monotonic(), time.monotonic() - now_s
    finally:
        _replace_rows(folder, _read_table(folder))
    return n_failed


def _replace_rows(folder: Path, table: pa.Table) -> None:
    """Replace the Parquet file, and then drop the journal, whose rows the table holds."""
    _write_table(folder / ROWS_FILE_NAME, table)
    (folder / JOURNAL_FILE_NAME).write_bytes(b"")


def _write_table(path: Path, table: pa.Table) -> None:
    with replace_file(path) as unfinished, unfinished.open("wb") as file:
        pq.write_table(table, file)
        file.flush()
        os.fsync(file.fileno())


def _read_table(folder: Path) -> pa.Table:
    """Read the rows of the Parquet file and of the journal, each run once."""
    schema = build_arrow_schema()
    path = folder / ROWS_FILE_NAME
    try:
        table = _read_file(path) if path.exists() else schema.empty_table()
    except (pa.ArrowInvalid, OSError) as error:
        issue = Issue(
            "--out", "must be a new folder or one of an earlier sweep ({error})", (("error", str(error)[:200]),)
        )
        raise ValidationError([issue]) from None
    latest = {row["id"]: row for row in _read_journal(folder / JOURNAL_FILE_NAME)}
    # A crash after the Parquet file was written, but before the journal was dropped, leaves rows in both.
    return _unite(table, pa.Table.from_pylist(list(latest.values()), schema)) if latest else table


def _read_journal(path: Path) -> Sequence[SweepRow]:
    if not path.exists():
        return []
    # A crash while a row was written leaves a last line without its end.
    lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    return [json.loads(line) for line in lines]


@cache
def _list_kpi_names() -> tuple[str, ...]:
    """List the KPIs of a run."""
    # A run without steps has the same KPIs and takes no time; nor has it to look up the sun.
    names = tuple(simulate(Scenario(fleet_size=1, days=0.0, pv_profile=NO_SUN)).kpis)
    for name in names:
        find_kpi(name)
    return names


def _choose_input_type(declaration: Declaration | None) -> pa.DataType:
    if isinstance(declaration, Switch):
        return pa.bool_()
    if isinstance(declaration, Quantity) and len(declaration.words) <= 1:
        return pa.int64() if declaration.integer else pa.float64()
    return pa.string()
