"""Income that does not depend on the energy: the plug-in bonus and the service payment of a run."""

from __future__ import annotations

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.scenario_options import CAP_OFF

DAYS_PER_MONTH = 365.0 / 12.0


def compute_income_kpis(engine: Engine) -> dict[str, float]:
    """Return the KPIs of the income of a run so far.

    Returns
    -------
    ``offered_kwh`` : V2G ratings of the plugged-in vehicles at their EVSEs times the hours in which V2G was on [kWh]
    ``service_mad`` : ``offered_kwh`` at the service payment [MAD]
    ``plug_in_bonus_mad`` : bonus of all vehicles [MAD]
    """
    scenario = engine.scenario
    return {
        "offered_kwh": engine.offered_kwh,
        "service_mad": engine.offered_kwh * scenario.service_mad_kw_h,
        # Not of every run: a large fleet notices a sum over its vehicles.
        "plug_in_bonus_mad": _sum_bonus_mad(engine) if scenario.plug_in_bonus_mad_h else 0.0,
    }


def _sum_bonus_mad(engine: Engine) -> float:
    scenario, cap_mad_month = engine.scenario, engine.scenario.plug_in_bonus_cap_mad_month
    bonus_mad = compute_plug_in_bonus_mad(
        engine.plugged_steps.astype(np.float64) * scenario.timestep_h,
        bonus_mad_h=scenario.plug_in_bonus_mad_h,
        cap_mad_month=np.inf if cap_mad_month == CAP_OFF else float(cap_mad_month),
        run_h=engine.step * scenario.timestep_h,
    )
    return float(bonus_mad.sum())


def compute_plug_in_bonus_mad(plugged_h: Floats, *, bonus_mad_h: float, cap_mad_month: float, run_h: float) -> Floats:
    """Return the plug-in bonus of each vehicle, (n,) [MAD].

    Parameters
    ----------
    plugged_h : (n,) time that each vehicle was plugged in [h]
    bonus_mad_h : bonus per hour [MAD/h]
    cap_mad_month : the most that a vehicle earns in a month; infinite for no cap [MAD]
    run_h : length of the run, of whose months each is a twelfth of 365 days [h]
    """
    return np.minimum(plugged_h * bonus_mad_h, cap_mad_month * run_h / (24.0 * DAYS_PER_MONTH) if run_h else 0.0)
