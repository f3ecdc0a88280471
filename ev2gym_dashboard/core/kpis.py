"""Figures of a run from its series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

SeriesByName = Mapping[str, Sequence[float]]


def compute_kpis(series: SeriesByName, *, timestep_h: float) -> dict[str, float]:
    """Return the figures of a run, by name with the unit as suffix.

    Parameters
    ----------
    series : columns of `FLEET_COLUMNS`, each (steps,)
    timestep_h : length of a step [h]

    Returns
    -------
    ``g2v_kwh``, ``v2g_kwh`` : energy through the EVSEs, both >= 0; ``loss_kwh`` : lost in both directions
    ``peak_kw``, ``valley_kw`` : largest and smallest net power
    ``import_kwh``, ``export_kwh`` : through the meter, both >= 0; ``overload_kwh`` : above the limit
    ``site_peak_kw``, ``site_valley_kw`` : largest and smallest net load at the meter; ``load_factor`` : its mean over
    its peak; ``self_consumption`` : share of the sun that the site uses itself, 1 without any
    ``driven_kwh``, ``n_departures``, ``unserved_kwh`` : sums; ``share_at_target`` : of the departures, 1 without any
    ``soc_mean`` : at the end; 0 before the first step
    """
    columns = {name: np.asarray(values, dtype=np.float64) for name, values in series.items()}
    net_kw = columns["net_power_kw"]
    departures = float(columns["n_departures"].sum())
    return {
        "g2v_kwh": float(columns["g2v_kw"].sum()) * timestep_h,
        "v2g_kwh": float(columns["v2g_kw"].sum()) * timestep_h,
        "charge_loss_kwh": float(columns["charge_loss_kw"].sum()) * timestep_h,
        "discharge_loss_kwh": float(columns["discharge_loss_kw"].sum()) * timestep_h,
        "loss_kwh": float((columns["charge_loss_kw"] + columns["discharge_loss_kw"]).sum()) * timestep_h,
        "peak_kw": float(net_kw.max()) if net_kw.size else 0.0,
        "valley_kw": float(net_kw.min()) if net_kw.size else 0.0,
        **_compute_site_kpis(columns, timestep_h),
        "driven_kwh": float(columns["driven_kwh"].sum()),
        "n_departures": departures,
        "share_at_target": float(columns["n_at_target"].sum()) / departures if departures else 1.0,
        "unserved_kwh": float(columns["unserved_kwh"].sum()),
        "soc_mean": float(columns["soc_mean"][-1]) if net_kw.size else 0.0,
    }


def _compute_site_kpis(columns: Mapping[str, NDArray[np.float64]], timestep_h: float) -> dict[str, float]:
    net_kw, solar_kw, export_kw = columns["net_load_kw"], columns["solar_kw"], columns["export_kw"]
    peak_kw, solar_kwh = float(net_kw.max()) if net_kw.size else 0.0, float(solar_kw.sum()) * timestep_h
    exported_sun_kwh = float(np.minimum(export_kw, solar_kw).sum()) * timestep_h
    return {
        "import_kwh": float(columns["import_kw"].sum()) * timestep_h,
        "export_kwh": float(export_kw.sum()) * timestep_h,
        "overload_kwh": float(columns["overload_kw"].sum()) * timestep_h,
        "overload_kw": float(columns["overload_kw"].max()) if net_kw.size else 0.0,
        "site_peak_kw": peak_kw,
        "site_valley_kw": float(net_kw.min()) if net_kw.size else 0.0,
        "load_factor": float(net_kw.mean()) / peak_kw if peak_kw > 0.0 else 0.0,
        "self_consumption": 1.0 - exported_sun_kwh / solar_kwh if solar_kwh > 0.0 else 1.0,
    }


def compute_ledger(series: SeriesByName, *, timestep_h: float, stored_kwh: float) -> dict[str, float]:
    """Return where the energy went, with what does not add up.

    Parameters
    ----------
    series : as for `compute_kpis`
    timestep_h : length of a step [h]
    stored_kwh : change of the energy in all batteries since the start [kWh]

    Notes
    -----
    ``grid_in - grid_out = stored + charge_loss + discharge_loss + driven + residual``, each summed on its own, so that
    the residual is rounding alone.
    """
    energy = {name: float(np.sum(series[name])) for name in (*_POWER_COLUMNS, "driven_kwh")}
    grid_in, grid_out, charge_loss, discharge_loss = (energy[name] * timestep_h for name in _POWER_COLUMNS)
    return {
        "grid_in_kwh": grid_in,
        "grid_out_kwh": grid_out,
        "stored_kwh": stored_kwh,
        "charge_loss_kwh": charge_loss,
        "discharge_loss_kwh": discharge_loss,
        "driven_kwh": energy["driven_kwh"],
        "residual_kwh": grid_in - grid_out - stored_kwh - charge_loss - discharge_loss - energy["driven_kwh"],
    }


_POWER_COLUMNS = ("g2v_kw", "v2g_kw", "charge_loss_kw", "discharge_loss_kw")
