"""Reader of charging sessions: a file, a data frame or a list of rows as a checked table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ev2gym_dashboard.core.charging_sessions import ChargingSessions, parse_sessions
from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.datasets.session_file.assembly import assemble_sessions
from ev2gym_dashboard.service.datasets.session_file.table import (
    FILE_BOUNDS,
    ParquetBounds,
    looks_like_sessions,
    make_frame,
    read_table,
)

HEAD_BYTES = 4096
MAX_SESSION_BYTES = 500_000_000
SessionSource = str | Path | pd.DataFrame | Sequence[Mapping[str, Any]]


def read_sessions(source: SessionSource, *, time_zone: str = "UTC") -> ChargingSessions:
    """Return the charging sessions of a file, a data frame or a list of rows.

    Parameters
    ----------
    source : path of a CSV, Parquet or JSON file (rows, or ACN-Data's ``_items``), a data frame, or a list of
        dictionaries. Columns: ``arrival``, ``departure`` (or ``stay_h``); ``energy_kwh`` or ``soc``; optional
        ``target_soc``, ``vehicle``, ``model``, ``capacity_kwh``, ``power_kw``, ``discharge_kw``, ``evse``
    time_zone : of times without an offset

    Raises
    ------
    ValidationError
        With every issue, those of rows by their number.

    Notes
    -----
    Vehicles without a name are assigned to free ones of their kind; those of which nothing is known become models of
    the scenario's catalog.
    """
    if isinstance(source, str | Path):
        return read_session_bytes(_read_bytes(Path(source)), time_zone=time_zone)
    table = source if isinstance(source, pd.DataFrame) else _make_table(source)
    return assemble_sessions(table, first_row=1, time_zone=time_zone)


def read_session_bytes(
    content: bytes, *, time_zone: str = "UTC", max_parquet: ParquetBounds = FILE_BOUNDS
) -> ChargingSessions:
    """Return the charging sessions of the content of a file; raise `ValidationError` with every issue."""
    table, first_row = read_table(content, max_parquet=max_parquet)
    return assemble_sessions(table, first_row=first_row, time_zone=time_zone)


def is_session_file(path: Path) -> bool:
    """Return whether a file is one of charging sessions: it has arrivals and departures, or is ACN-Data's."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError:
        return False
    return looks_like_sessions(head)


def _make_table(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    listed = list(rows)
    if not listed or not all(isinstance(row, Mapping) for row in listed):
        raise ValidationError([Issue("sessions", "must be a list of dictionaries, one for each stay")])
    return make_frame([dict(row) for row in listed])


def _read_bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_SESSION_BYTES:
            raise ValidationError(
                [Issue("file", "must not be longer than {high} bytes", (("high", MAX_SESSION_BYTES),))]
            )
        return path.read_bytes()
    except OSError as error:
        values = (("path", path), ("reason", error.strerror or str(error)))
        raise ValidationError([Issue("file", "{path} cannot be read: {reason}", values)]) from None


# Scenarios take tables of rows as they are: the lower floor does not know pandas.
@parse_sessions.register
def _(value: pd.DataFrame) -> ChargingSessions:
    return read_sessions(value)


@parse_sessions.register(list)
@parse_sessions.register(tuple)
def _(value: Sequence[Mapping[str, Any]]) -> ChargingSessions | None:
    return read_sessions(value) if len(value) else None
