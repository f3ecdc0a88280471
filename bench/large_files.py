"""Large files of a user as a page uploads them: the dearest that it may."""

from __future__ import annotations

import base64
from functools import cache
from io import BytesIO

import numpy as np
import pandas as pd

N_TIMES, N_STAYS = 105_408, 60_000
"""Values of a leap year of 5 min, more than a page may use, and stays of a fleet, as many as it may."""


@cache
def encode_series_csv() -> str:
    """Return a series as text."""
    return _encode(_make_series().to_csv(index=False).encode())


@cache
def encode_series_workbook() -> str:
    """Return a series as a workbook."""
    stream = BytesIO()
    _make_series().to_excel(stream, index=False)
    return _encode(stream.getvalue())


@cache
def encode_sessions() -> str:
    """Return charging sessions as text."""
    arrival = pd.Timestamp("2026-01-01") + pd.to_timedelta(5 * np.arange(N_STAYS), unit="min")
    stays = pd.DataFrame({"arrival": arrival, "departure": arrival + pd.Timedelta(hours=3), "energy_kwh": 5.0})
    return _encode(stays.to_csv(index=False).encode())


def _make_series() -> pd.DataFrame:
    times = pd.date_range("2028-01-01", periods=N_TIMES, freq="5min")
    return pd.DataFrame({"time": times, "kW": np.arange(N_TIMES) % 7})


def _encode(content: bytes) -> str:
    return f"data:;base64,{base64.b64encode(content).decode()}"


LARGE_FILES = {"series": encode_series_csv, "workbooks": encode_series_workbook, "sessions": encode_sessions}
"""Functions that return a file by its kind."""
FILE_FIELDS = {"series": "base_load_profile", "workbooks": "base_load_profile", "sessions": "sessions"}
"""The field of the scenario that each sets."""
