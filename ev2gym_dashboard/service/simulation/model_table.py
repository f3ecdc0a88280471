"""Fleet table: a row per vehicle model, with its specification, drivers and battery wear."""

from __future__ import annotations

from typing import Any

import numpy as np

from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.fleet.catalog import Catalog
from ev2gym_dashboard.service.simulation.battery_wear import compute_battery_wear

MODEL_COLUMNS = {
    "model": "name of the vehicle model",
    "registrations": "registrations, which weight the model in the fleet",
    "battery_kwh": "capacity of the battery",
    "ac_max_kw": "largest AC charging power",
    "dc_max_kw": "largest DC charging power",
    "v2g_ac_kw": "largest AC discharging power",
    "v2g_dc_kw": "largest DC discharging power",
    "v2g_capable": "whether the model can discharge",
    "n_fleet": "vehicles of the fleet",
    "n_connected": "vehicles plugged in",
    "n_charging": "vehicles in G2V",
    "n_discharging": "vehicles in V2G",
    "n_idle": "vehicles plugged in without charging or discharging",
    "n_waiting": "vehicles waiting for an EVSE",
    "soc_mean": "mean SOC, 0..1",
    "power_kw": "G2V - V2G, positive = charging",
    "n_departures": "stays that ended",
    "share_at_target": "departures with the target SOC / n_departures; 1 without departures",
    "unserved_kwh": "energy missing to the target SOC at the departures",
    "waited_h": "time that vehicles waited for an EVSE",
    "calendar_loss": "mean share of the capacity lost with time",
    "cyclic_loss": "mean share of the capacity lost by cycling",
    "wear_mad": "cost of both losses",
    "calendar_mad": "cost of the capacity lost with time",
    "cyclic_mad": "cost of the capacity lost by cycling",
    "v2g_net_mad": "net value of V2G",
}
"""Columns of the table per model: name and meaning; the unit is the suffix."""


def build_model_columns(engine: Engine) -> dict[str, list[Any]]:
    """Return the fleet table by column, an entry per model, as plain Python values."""
    catalog, fleet, totals = engine.catalog, engine.fleet, engine.get_totals()
    n_charging, n_discharging = (totals.get_flow(name).astype(int) for name in ("n_charging", "n_discharging"))
    columns: dict[str, Any] = build_spec_columns(catalog) | {
        "n_fleet": fleet.counts,
        "n_connected": totals.n_connected,
        "n_charging": n_charging,
        "n_discharging": n_discharging,
        "n_idle": totals.n_connected - n_charging - n_discharging,
        "n_waiting": totals.n_waiting,
        "soc_mean": totals.soc_sum / np.maximum(fleet.counts, 1),
        "power_kw": totals.get_flow("g2v_kw") - totals.get_flow("v2g_kw"),
    }
    return {"model": list(catalog.names)} | {name: values.tolist() for name, values in columns.items()}


def build_spec_columns(catalog: Catalog) -> dict[str, Any]:
    """Return the specification of each model of a catalog by column, each (models,)."""
    return {
        "registrations": catalog.registrations,
        "battery_kwh": catalog.capacity_kwh,
        "ac_max_kw": catalog.max_ac_charge_kw,
        "dc_max_kw": catalog.max_dc_charge_kw,
        "v2g_ac_kw": catalog.max_ac_discharge_kw,
        "v2g_dc_kw": catalog.max_dc_discharge_kw,
        "v2g_capable": catalog.v2g_capable,
    }


def build_driver_columns(engine: Engine) -> dict[str, list[float]]:
    """Return the departures and the service of each model so far, by column."""
    models = engine.models
    # A model without a departure has missed no target.
    share_at_target = np.divide(
        models.n_at_target, models.n_departures, out=np.ones(len(models.soc_sum)), where=models.n_departures > 0
    )
    columns = {
        "n_departures": models.n_departures,
        "share_at_target": share_at_target,
        "unserved_kwh": models.unserved_kwh,
        "waited_h": models.waited_h,
    }
    return {name: values.tolist() for name, values in columns.items()}


def build_wear_columns(engine: Engine) -> dict[str, list[float]]:
    """Return the wear of each model so far, by column: mean shares of capacity lost, and their cost."""
    wear, fleet = compute_battery_wear(engine), engine.fleet
    counts = np.maximum(fleet.counts, 1)
    columns = {
        "calendar_loss": fleet.sum_by_model(wear.calendar_loss) / counts,
        "cyclic_loss": fleet.sum_by_model(wear.cyclic_loss) / counts,
        "wear_mad": fleet.sum_by_model(wear.cost_mad),
        "calendar_mad": fleet.sum_by_model(wear.calendar_cost_mad),
        "cyclic_mad": fleet.sum_by_model(wear.cyclic_cost_mad),
    }
    return {name: values.tolist() for name, values in columns.items()}
