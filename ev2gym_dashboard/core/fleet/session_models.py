"""Session models: the vehicle models of given sessions, from the catalog or from capacity and power."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.charging_sessions import ChargingSessions, VehicleSpec
from ev2gym_dashboard.core.fleet.catalog import Catalog, ModelSpec, make_catalog, merge_catalogs
from ev2gym_dashboard.core.fleet.evse import EVSE_TYPES, apportion

MAX_AC_KW = EVSE_TYPES[2].power_kw
"""The largest power of an AC EVSE, three phases at 32 A; above it, charging is by DC [kW]."""
Models = NDArray[np.int64]


def make_session_catalog(
    sessions: ChargingSessions, catalog: Catalog, *, assumes_v2g: bool = True
) -> tuple[Catalog, Models]:
    """Return the models of the vehicles of sessions, and the model of each vehicle, (v,).

    Parameters
    ----------
    sessions : the stays of v vehicles
    catalog : models that they may name, and of which vehicles without model and capacity are
    assumes_v2g : whether a vehicle discharges with the power of charging where the file does not say it

    Notes
    -----
    Vehicles of which nothing is known are apportioned to the catalog by its registrations; the more energy one of them
    charges in a stay, the larger its battery.
    """
    named = [catalog.names.index(spec.model) if spec.model in catalog.names else -1 for spec in sessions.specs]
    made = [i for i, spec in enumerate(sessions.specs) if named[i] < 0 and spec.capacity_kwh > 0.0]
    names = _name_models([sessions.specs[i] for i in made], taken=catalog.names)
    by_spec = np.array(named, np.int64)
    by_spec[made] = len(catalog) + np.arange(len(made))
    model = by_spec[sessions.spec]
    unknown = np.flatnonzero(model < 0)
    model[unknown] = _assign_models(sessions, catalog, unknown)
    specs = [_make_model(name, sessions.specs[i], assumes_v2g=assumes_v2g) for name, i in zip(names, made, strict=True)]
    everything = merge_catalogs(catalog, make_catalog(specs)) if specs else catalog
    used, compact = np.unique(model, return_inverse=True)
    return _select_models(everything, used, np.bincount(compact)), compact.astype(np.int64)


def _assign_models(sessions: ChargingSessions, catalog: Catalog, vehicles: NDArray[np.intp]) -> Models:
    largest_kwh = np.zeros(sessions.n_vehicles)
    np.maximum.at(largest_kwh, sessions.vehicle, np.nan_to_num(sessions.energy_kwh))
    by_capacity = np.argsort(catalog.capacity_kwh, kind="stable")
    counts = apportion(np.maximum(catalog.registrations[by_capacity], 1), len(vehicles))
    assigned = np.empty(len(vehicles), np.int64)
    assigned[np.argsort(largest_kwh[vehicles], kind="stable")] = np.repeat(by_capacity, counts)
    return assigned


def _make_model(name: str, spec: VehicleSpec, *, assumes_v2g: bool) -> ModelSpec:
    discharge_kw = spec.power_kw * assumes_v2g if math.isnan(spec.discharge_kw) else spec.discharge_kw
    return ModelSpec(
        name=name,
        registrations=1,
        capacity_kwh=spec.capacity_kwh,
        max_ac_charge_kw=min(spec.power_kw, MAX_AC_KW),
        max_dc_charge_kw=spec.power_kw,
        max_ac_discharge_kw=min(discharge_kw, MAX_AC_KW),
        max_dc_discharge_kw=discharge_kw,
    )


def _name_models(specs: list[VehicleSpec], *, taken: tuple[str, ...]) -> list[str]:
    names: list[str] = []
    for spec in specs:
        numbers = f"{spec.capacity_kwh:g} kWh, {spec.power_kw:g} kW"
        name = spec.model or numbers
        # Two vehicles of one name may have different batteries.
        name = f"{name} ({numbers})" if name in names or name in taken else name
        names.append(name if name not in names else f"{name} #{len(names)}")
    return names


def _select_models(catalog: Catalog, models: Models, counts: Models) -> Catalog:
    columns = [f.name for f in fields(Catalog) if f.name not in ("names", "registrations", "current_a")]
    selected = {name: getattr(catalog, name)[models] for name in columns}
    names = tuple(catalog.names[i] for i in models)
    return replace(catalog, names=names, registrations=counts.astype(np.int64), **selected)
