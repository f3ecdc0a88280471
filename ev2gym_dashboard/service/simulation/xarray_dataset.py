"""Xarray dataset of a result: its series by time, and its traced vehicles by time and vehicle."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import pandas as pd

from ev2gym_dashboard.core.arrays import NO_EVSE

TIME, VEHICLE = "time", "vehicle"


class TracedResult(Protocol):
    """The part of a result that a dataset holds."""

    @property
    def series(self) -> pd.DataFrame: ...
    @property
    def vehicles(self) -> pd.DataFrame | None: ...


def make_dataset(result: TracedResult) -> Any:
    """Return a result as an `xarray.Dataset`.

    The series have the dimension ``time``, in UTC; the columns of the vehicles have ``time`` and ``vehicle``, and
    ``vehicle_`` before their names. Categories are codes, with CF's ``flag_values`` and ``flag_meanings``; of EVSEs, -1
    is none.

    Raises
    ------
    ImportError
        If xarray is not installed.
    """
    try:
        import xarray as xr  # noqa: PLC0415 (not a dependency)
    except ImportError:
        raise ImportError("to_xarray() needs the package xarray: pip install xarray") from None
    # NumPy's times, of which xarray's are made, have no time zone.
    coordinates: dict[str, Any] = {TIME: pd.DatetimeIndex(result.series.index).tz_localize(None)}
    variables = {name: _make_variable(column, (TIME,)) for name, column in result.series.items()}
    if (vehicles := result.vehicles) is not None:
        numbers = vehicles.index.levels[1].to_numpy()  # type: ignore[attr-defined]
        coordinates[VEHICLE] = numbers
        shape = len(result.series), len(numbers)
        variables |= {
            f"{VEHICLE}_{name}": _make_variable(column, (TIME, VEHICLE), shape) for name, column in vehicles.items()
        }
    return xr.Dataset(variables, coordinates, {TIME: "UTC"})


def _make_variable(column: pd.Series[Any], dims: tuple[str, ...], shape: tuple[int, ...] = (-1,)) -> Any:
    if isinstance(column.dtype, pd.CategoricalDtype):
        # Texts of each vehicle in each step would be a Python object each.
        categories = list(column.dtype.categories)
        flags = {"flag_values": np.arange(len(categories), dtype=np.int8), "flag_meanings": " ".join(categories)}
        return dims, column.cat.codes.to_numpy().reshape(shape), flags
    # Numbers that may be missing are those of EVSEs; an array of NumPy has no missing integers.
    is_nullable = pd.api.types.is_extension_array_dtype(column.dtype)
    values = column.to_numpy(np.int32, na_value=NO_EVSE) if is_nullable else column.to_numpy()
    return dims, values.reshape(shape)
