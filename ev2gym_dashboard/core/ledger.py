"""The energy balance of a run and its residual."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ev2gym_dashboard.core.series_totals import SeriesByName

_POWER_COLUMNS = ("g2v_kw", "v2g_kw", "charge_loss_kw", "discharge_loss_kw")


def compute_ledger(series: SeriesByName, *, timestep_h: float, stored_kwh: float) -> dict[str, float]:
    """Compute the energy balance of a run and its residual.

    Parameters
    ----------
    series : columns of `FLEET_COLUMNS`, each (steps,)
    timestep_h : length of a step [h]
    stored_kwh : change of the energy in all batteries since the start [kWh]

    Notes
    -----
    ``grid_in - grid_out = stored + charge_loss + discharge_loss + driven + residual``, each summed separately, so that
    the residual is rounding alone.
    """
    return derive_ledger(sum_energies(series), timestep_h=timestep_h, stored_kwh=stored_kwh)


def sum_energies(series: SeriesByName) -> dict[str, float]:
    """Return the sums of the series that a ledger needs."""
    return {name: float(np.sum(series[name])) for name in (*_POWER_COLUMNS, "driven_kwh")}


def derive_ledger(energy: Mapping[str, float], *, timestep_h: float, stored_kwh: float) -> dict[str, float]:
    """Return the balance of `compute_ledger` from the sums of the series."""
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
