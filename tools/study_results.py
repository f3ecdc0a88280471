"""Results of the study of V2G under ONEE's tariffs: what its sweep stores, and what follows for each pack price."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from ev2gym_dashboard.service.datasets.packaged import load_tariffs
from ev2gym_dashboard.service.simulation.end_settlement import is_open
from ev2gym_dashboard.service.sweeps.plan import SweepRun, list_sweep_runs
from ev2gym_dashboard.service.sweeps.toml_file import read_sweep

STUDY_FOLDER = Path(__file__).parents[1] / "docs" / "study"
SWEEP, RESULTS = STUDY_FOLDER / "sweep.toml", STUDY_FOLDER / "results.csv"
CASE_COLUMNS = ["tariff", "strategy", "stay_model", "site_cap_kw_per_vehicle", "start"]
"""Inputs of the runs that do not concern the battery."""
INPUT_COLUMNS = [*CASE_COLUMNS, "battery_chemistry", "fleet_size", "pack_price_mad_kwh"]
KPI_COLUMNS = [
    "v2g_kwh",
    "v2g_bill_mad",
    "v2g_stored_mad",
    "v2g_calendar_mad",
    "v2g_cyclic_mad",
    "v2g_owed_wear_mad",
    "v2g_cycled_kwh",
    "v2g_unserved_mad",
    "v2g_net_mad",
    "v2g_spread_mad_kwh",
    "cycle_life",
    "owed_kwh",
    "owed_wear_mad",
    "unserved_kwh",
    "total_mad_saved_vs_uncontrolled",
    "needed_subscription_kva",
    "needed_subscription_kva_saved_vs_without_v2g",
    "needed_subscription_kva_saved_vs_uncontrolled",
]
TARIFF_NAMES = {"bt_bi_horaire": "BT bi-horaire", "mt_general": "MT général", "bt_patente": "BT patenté"}
DEMAND_TARIFF = "mt_general"
"""The tariff of the study that charges for the subscribed power."""
LAW_BATTERY, LFP_BATTERY = "NMC, law", "LFP, law"
BATTERIES: dict[str, tuple[str, float | None]] = {
    LAW_BATTERY: ("nmc", None),
    "NMC, 1,500 cycles": ("nmc", 1500.0),
    "NMC, 3,000 cycles": ("nmc", 3000.0),
    LFP_BATTERY: ("lfp", None),
}
"""Chemistry and declared cycle life, None for that of the law, by name; the sweep runs each chemistry with its law."""
SEASON_BY_START = {"2026-12-14T16:00": "winter", "2026-07-13T16:00": "summer"}
STAY_NAMES = {"elaadnl": "published quantiles", "hour_mean": "means of the arrival hour"}
PACK_PRICE_MAD_KWH = 990
"""Battery pack price of the runs: the mean of battery-electric vehicles in 2025; wear is proportional to it."""
PACK_PRICES_MAD_KWH = {"cheap": 500, "LFP 2025": 810, "mean 2025": PACK_PRICE_MAD_KWH, "NMC 2025": 1280}
WEEKS_PER_YEAR = 365.0 / 7.0


def read_results() -> pd.DataFrame:
    """Return the stored results, a row per run, with the derived columns."""
    runs = pd.read_csv(RESULTS, dtype={"site_cap_kw_per_vehicle": str})
    return runs.assign(
        season=runs["start"].map(SEASON_BY_START),
        saved_mad=runs["v2g_bill_mad"] + runs["v2g_stored_mad"] - runs["v2g_unserved_mad"],
    )


def equip_runs(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the runs once for each of `BATTERIES` of their chemistry, with its wear of V2G and its cycle life.

    Notes
    -----
    A declared cycle life changes the wear alone, in proportion to the energy cycled: it needs no run of its own.
    """
    return pd.concat([_equip(runs, name) for name in BATTERIES], ignore_index=True)


def _equip(runs: pd.DataFrame, battery: str) -> pd.DataFrame:
    chemistry, cycles = BATTERIES[battery]
    runs = select_runs(runs, battery_chemistry=chemistry).assign(battery=battery)
    if cycles is not None:
        mad_kwh = runs["pack_price_mad_kwh"] / cycles
        # The rate at which a run values the wear of what it owes is the same with and without V2G.
        owed_kwh = runs["v2g_owed_wear_mad"] * runs["owed_kwh"] / runs["owed_wear_mad"]
        runs = runs.assign(
            cycle_life=cycles,
            v2g_cyclic_mad=mad_kwh * runs["v2g_cycled_kwh"],
            # Putting energy back is the first half of a cycle.
            v2g_owed_wear_mad=mad_kwh * 0.5 * owed_kwh,
        )
    wear_mad = runs["v2g_calendar_mad"] + runs["v2g_cyclic_mad"] + runs["v2g_owed_wear_mad"]
    return runs.assign(wear_mad=wear_mad, breakeven_pack_mad_kwh=_find_breakeven(runs, wear_mad))


def _find_breakeven(runs: pd.DataFrame, wear_mad: pd.Series) -> pd.Series:
    """Return the pack price below which V2G is worth it; infinite if at any, NaN if at none or only above one."""
    breakeven = runs["pack_price_mad_kwh"] * runs["saved_mad"] / wear_mad.where(wear_mad > 0.0)
    # Emptier packs may spare more calendar wear than V2G adds by cycling.
    return breakeven.where(wear_mad > 0.0, np.where(runs["saved_mad"] > 0.0, np.inf, np.nan)).where(
        runs["v2g_kwh"] > 0.0
    )


def write_results(rows: pd.DataFrame) -> None:
    """Store the columns that the study needs; raise ValueError if a run of its sweep is missing or failed."""
    runs = list_swept_runs()
    completed = rows[rows["error"].isna()].set_index("id")
    missing = {run.id for run in runs} - set(completed.index)
    if missing:
        raise ValueError(f"{len(missing)} of {len(runs)} runs of {SWEEP.name} are missing or failed")
    # The order of the sweep, not that of the data set, whose rows come as their runs end.
    inputs = pd.DataFrame([{name: getattr(run.scenario, name) for name in INPUT_COLUMNS} for run in runs])
    kpis = completed[KPI_COLUMNS].reindex([run.id for run in runs]).reset_index(drop=True)
    # Eight digits: more than the page shows, and few enough that the file is the same on other machines.
    pd.concat([inputs, kpis], axis=1).to_csv(RESULTS, index=False, float_format="%.8g", lineterminator="\n")


def list_swept_runs() -> list[SweepRun]:
    """Return the runs of the study's sweep."""
    return list_sweep_runs(read_sweep(SWEEP.read_bytes()))


def price_runs(runs: pd.DataFrame, pack_price_mad_kwh: float) -> pd.DataFrame:
    """Return the runs with the net value of V2G at a pack price, and its verdict.

    Strategies do not use the pack price, so that wear is proportional to it and nothing else depends on it.
    """
    scale = pack_price_mad_kwh / runs["pack_price_mad_kwh"]
    net_mad = runs["saved_mad"] - runs["wear_mad"] * scale
    owed_mad = runs["v2g_stored_mad"] - runs["v2g_owed_wear_mad"] * scale
    is_run_open = np.array([is_open(*pair) for pair in zip(owed_mad, net_mad, strict=True)], dtype=bool)
    return runs.assign(
        net_mad=net_mad,
        raw_net_mad=runs["v2g_bill_mad"] - (runs["v2g_calendar_mad"] + runs["v2g_cyclic_mad"]) * scale,
        per_year_mad=net_mad / runs["fleet_size"] * WEEKS_PER_YEAR,
        open=is_run_open & (runs["v2g_kwh"] > 0.0),
        worth=~is_run_open & (net_mad > 0.0),
    )


def select_runs(runs: pd.DataFrame, **inputs: object) -> pd.DataFrame:
    """Return the runs with these inputs."""
    for name, value in inputs.items():
        runs = runs[runs[name] == value]
    return runs


def average_seasons(runs: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Return the mean of both weeks of each case, for a year; the battery remains an input."""
    inputs = [name for name in (*CASE_COLUMNS, "battery") if name != "start"]
    return runs.groupby(inputs, sort=False)[names].mean().reset_index()


def compute_subscriptions(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the subscription of each case under the tariff that charges for it, per vehicle.

    Returns
    -------
    ``with_kva``, ``without_kva``, ``uncontrolled_kva`` : larger needed power of both weeks, per vehicle, with and
    without V2G and under uncontrolled charging
    """
    power = select_runs(runs, tariff=DEMAND_TARIFF, battery=LAW_BATTERY)
    kva = power["needed_subscription_kva"]
    power = power.assign(
        with_kva=kva / power["fleet_size"],
        without_kva=(kva + power["needed_subscription_kva_saved_vs_without_v2g"]) / power["fleet_size"],
        uncontrolled_kva=(kva + power["needed_subscription_kva_saved_vs_uncontrolled"]) / power["fleet_size"],
    )
    inputs = [name for name in CASE_COLUMNS if name != "start"]
    # The year is billed by its highest month, so that the larger week counts, not the mean of both.
    return power.groupby(inputs, sort=False)[["with_kva", "without_kva", "uncontrolled_kva"]].max().reset_index()


def get_kva_price_mad_year() -> float:
    """Return the charge for a kVA in a year [MAD]."""
    return load_tariffs()[DEMAND_TARIFF].fixed_mad_per_kva_year
