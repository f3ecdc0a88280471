"""Catalog: the vehicle models as arrays, in the order of the spec file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats

# One way, so that a round trip keeps 87 %: Schram et al. 2020, researchgate 344665888.
DEFAULT_EFFICIENCY = 0.933
ALL_PHASES = 3
DEFAULT_CURRENT_A = tuple(float(current) for current in range(6, 33, 2))


@dataclass(frozen=True)
class ModelSpec:
    """One vehicle model; the currents and efficiencies are empty without a table of efficiencies."""

    name: str
    registrations: int
    capacity_kwh: float
    max_ac_charge_kw: float
    max_dc_charge_kw: float
    max_ac_discharge_kw: float
    max_dc_discharge_kw: float
    current_a: tuple[float, ...] = ()
    efficiency_1ph: tuple[float, ...] = ()
    efficiency_3ph: tuple[float, ...] = ()
    max_ac_phases: int = ALL_PHASES


@dataclass(frozen=True, eq=False)
class Catalog:
    """Vehicle models of a spec file, m of them, and the c charging currents of its efficiency tables.

    Parameters
    ----------
    names : names of the models, (m,), no name twice
    registrations : vehicles registered, (m,)
    capacity_kwh : usable battery capacity, (m,) [kWh]
    max_ac_charge_kw, max_dc_charge_kw : charging limits, (m,), >= 0 [kW]
    max_ac_discharge_kw, max_dc_discharge_kw : V2G limits, (m,), >= 0 [kW]
    current_a : currents of the efficiency tables per phase, (c,), rising [A]
    efficiency_1ph, efficiency_3ph : charging efficiency on one and three phases, (m, c); 0 = the vehicle does not
        accept that current
    max_ac_phases : phases that the vehicle's AC charger uses, (m,), 1 to 3
    part : part of the fleet that the model belongs to, (m,); 0 in a fleet of one part
    has_table : (m,), False without efficiencies in the file: ``DEFAULT_EFFICIENCY`` holds at every current
    """

    names: tuple[str, ...]
    registrations: NDArray[np.int64]
    capacity_kwh: Floats
    max_ac_charge_kw: Floats
    max_dc_charge_kw: Floats
    max_ac_discharge_kw: Floats
    max_dc_discharge_kw: Floats
    current_a: Floats
    efficiency_1ph: Floats
    efficiency_3ph: Floats
    max_ac_phases: NDArray[np.int64]
    part: NDArray[np.int64]
    has_table: NDArray[np.bool_]

    def __post_init__(self) -> None:
        for name in _ARRAY_FIELDS:
            # Catalogs are cached and shared by all sessions of a process.
            getattr(self, name).flags.writeable = False

    def __len__(self) -> int:
        return len(self.names)

    @property
    def v2g_capable(self) -> NDArray[np.bool_]:
        """Models that can discharge, by AC or by DC, (m,)."""
        return (self.max_ac_discharge_kw > 0) | (self.max_dc_discharge_kw > 0)


_ARRAY_FIELDS = tuple(f.name for f in fields(Catalog) if f.name != "names")
_MODEL_FIELDS = tuple(name for name in _ARRAY_FIELDS if name not in ("current_a", "efficiency_1ph", "efficiency_3ph"))


def merge_catalogs(newer: Catalog, older: Catalog) -> Catalog:
    """Return the models of two catalogs; a model in both has its newer entry.

    Parameters
    ----------
    newer, older : Catalog

    Returns
    -------
    Catalog
        The newer models in their order, then the remaining older ones in theirs. ``current_a`` holds those of both.
    """
    rows = [row for row, name in enumerate(older.names) if name not in newer.names]
    # Tables of both catalogs need the same columns before their rows can be joined.
    current_a = np.union1d(newer.current_a, older.current_a)
    columns = {name: np.concatenate([getattr(newer, name), getattr(older, name)[rows]]) for name in _MODEL_FIELDS}
    tables = {
        name: np.concatenate(
            [expand_efficiency(newer, name, current_a), expand_efficiency(older, name, current_a)[rows]]
        )
        for name in ("efficiency_1ph", "efficiency_3ph")
    }
    names = newer.names + tuple(older.names[row] for row in rows)
    return Catalog(names=names, current_a=current_a, **columns, **tables)


def select_models(catalog: Catalog, rows: Sequence[int] | NDArray[np.integer], names: tuple[str, ...]) -> Catalog:
    """Return the models of some rows of a catalog, which may repeat, under other names."""
    columns = {name: getattr(catalog, name)[rows] for name in _ARRAY_FIELDS if name != "current_a"}
    return Catalog(names=names, current_a=catalog.current_a, **columns)


def expand_efficiency(catalog: Catalog, name: str, current_a: Floats) -> Floats:
    """Return an efficiency table of a catalog at other currents, (m, len(current_a)).

    A current without an entry becomes 0 (not accepted) for a model with a table, and ``DEFAULT_EFFICIENCY`` for a model
    without one.
    """
    table = np.where(catalog.has_table[:, None], 0.0, DEFAULT_EFFICIENCY) * np.ones(len(current_a))
    table[:, np.searchsorted(current_a, catalog.current_a)] = getattr(catalog, name)
    return table


def fill_from_nearest_current(current_a: Floats, efficiency: Floats) -> Floats:
    """Return efficiencies in which each current that a vehicle does not accept has that of the nearest accepted one.

    Parameters
    ----------
    current_a : currents of the table, (c,), rising [A]
    efficiency : (m, c), 0 = the vehicle does not accept that current

    Returns
    -------
    (m, c), all above 0; of two equally near currents the lower one counts; ``DEFAULT_EFFICIENCY`` without any
    """
    is_accepted: NDArray[np.bool_] = np.greater(efficiency, 0.0)
    distance_a = np.abs(current_a[:, None] - current_a[None, :])
    # argmin returns the first of equally near currents, which is the lower one.
    nearest = np.where(is_accepted[:, None, :], distance_a, np.inf).argmin(axis=2)
    filled = np.take_along_axis(efficiency, nearest, axis=1)
    return np.where(is_accepted.any(axis=1, keepdims=True), filled, DEFAULT_EFFICIENCY)


def make_catalog(models: Sequence[ModelSpec]) -> Catalog:
    """Return a catalog of validated models.

    ``current_a`` holds every current of any model's table; a current missing in a model's own table is one that it does
    not accept.
    """
    currents = sorted({current for model in models for current in model.current_a}) or DEFAULT_CURRENT_A
    current_a = np.array(currents, dtype=float)
    return Catalog(
        names=tuple(model.name for model in models),
        registrations=np.array([model.registrations for model in models], dtype=np.int64),
        capacity_kwh=_to_float_array([model.capacity_kwh for model in models]),
        max_ac_charge_kw=_to_float_array([model.max_ac_charge_kw for model in models]),
        max_dc_charge_kw=_to_float_array([model.max_dc_charge_kw for model in models]),
        max_ac_discharge_kw=_to_float_array([model.max_ac_discharge_kw for model in models]),
        max_dc_discharge_kw=_to_float_array([model.max_dc_discharge_kw for model in models]),
        current_a=current_a,
        efficiency_1ph=_make_efficiency_table(models, current_a, "efficiency_1ph"),
        efficiency_3ph=_make_efficiency_table(models, current_a, "efficiency_3ph"),
        max_ac_phases=np.array([model.max_ac_phases for model in models], dtype=np.int64),
        part=np.zeros(len(models), dtype=np.int64),
        has_table=np.array([bool(model.current_a) for model in models], dtype=np.bool_),
    )


def _to_float_array(values: Sequence[float]) -> Floats:
    return np.array(values, dtype=float)


def _make_efficiency_table(models: Sequence[ModelSpec], current_a: Floats, name: str) -> Floats:
    table = np.full((len(models), len(current_a)), DEFAULT_EFFICIENCY)
    for row, model in zip(table, models, strict=True):
        if model.current_a:
            row[:] = 0.0
            row[np.searchsorted(current_a, model.current_a)] = getattr(model, name)
    return table
