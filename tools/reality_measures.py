"""Figures of a run that the reality page holds against published ones."""

from __future__ import annotations

import pandas as pd

from ev2gym_dashboard import Result
from ev2gym_dashboard.service.simulation.income import DAYS_PER_MONTH


def measure_round_trip(result: Result) -> float:
    """Return the round-trip efficiency of V2G [%]."""
    kpis = result.kpis
    charge = 1.0 - kpis["charge_loss_kwh"] / kpis["g2v_kwh"]
    return 100.0 * charge * kpis["v2g_kwh"] / (kpis["v2g_kwh"] + kpis["discharge_loss_kwh"])


def measure_sessions_per_week(result: Result) -> float:
    """Return the stays that ended per vehicle and week."""
    return 7.0 * result.kpis["n_departures"] / result.scenario.fleet_size / result.scenario.days


def measure_hours_per_stay(result: Result) -> float:
    """Return the time plugged in per stay that ended [h]."""
    plugged_h = float(result.series["n_connected"].sum()) * result.scenario.timestep_h
    return plugged_h / result.kpis["n_departures"]


def measure_median_stay(result: Result) -> float:
    """Return the median length of the stays that ended [h]."""
    return _quantile_stay_h(result, 0.5)


def measure_long_stay(result: Result) -> float:
    """Return the length that 25 % of the stays that ended exceed [h]."""
    return _quantile_stay_h(result, 0.75)


def _quantile_stay_h(result: Result, share: float) -> float:
    sessions = _get_sessions(result)
    ended = sessions[~sessions["is_open"].astype(bool)]
    return float((ended["departure"] - ended["arrival"]).dt.total_seconds().quantile(share)) / 3600.0


def _get_sessions(result: Result) -> pd.DataFrame:
    if result.sessions is None:
        raise ValueError("the run must be traced")
    return result.sessions


def measure_soc_at_start(result: Result) -> float:
    """Return the mean SOC at the arrivals in the run [%]."""
    sessions = _get_sessions(result)
    arrived = sessions[sessions["driven_kwh"] > 0.0]
    return 100.0 * float(arrived["soc_in"].mean())


def measure_arbitrage_ratio(result: Result) -> float:
    """Return the value of V2G by energy over the saving of smart charging."""
    kpis = result.kpis
    v2g_mad = kpis["v2g_bill_mad"] + kpis["v2g_stored_mad"]
    return v2g_mad / (kpis["cost_mad_saved_vs_uncontrolled"] - v2g_mad)


def measure_offer(result: Result) -> float:
    """Return the V2G power offered per vehicle, on average [kW]."""
    return result.kpis["offered_kwh"] / result.scenario.fleet_size / result.scenario.days / 24.0


def measure_share_at_target(result: Result) -> float:
    """Return the share of the departures at the target [%]."""
    return 100.0 * result.kpis["share_at_target"]


def measure_plug_in_rate(result: Result) -> float:
    """Return the share of the time that a vehicle is plugged in [%]."""
    return 100.0 * float(result.series["n_connected"].mean()) / result.scenario.fleet_size


def measure_added_wear(result: Result) -> float:
    """Return the wear that V2G adds, in percent of the wear without it."""
    added_mad = result.kpis["v2g_wear_mad"]
    return 100.0 * added_mad / (result.kpis["wear_mad"] - added_mad)


def measure_v2g_month(result: Result) -> float:
    """Return the net value of V2G without service payments, per vehicle and month [MAD]."""
    net_mad = result.kpis["v2g_net_mad"] - result.kpis["v2g_service_mad"]
    return net_mad / result.scenario.fleet_size / result.scenario.days * DAYS_PER_MONTH


def measure_bonus(result: Result) -> float:
    """Return the plug-in bonus per vehicle and month, in the currency of the declared one."""
    return result.kpis["plug_in_bonus_mad"] / result.scenario.fleet_size / result.scenario.days * DAYS_PER_MONTH
