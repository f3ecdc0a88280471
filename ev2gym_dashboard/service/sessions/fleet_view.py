"""Frame: all that the page shows of a run at a step, in plain Python values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.fleet.evse import UNPLUGGED
from ev2gym_dashboard.core.site.exogenous import POSTES
from ev2gym_dashboard.service.datasets.catalogs import LoadedCatalog
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.simulation.counterfactuals import CounterfactualRuns
from ev2gym_dashboard.service.simulation.simulation import Simulation, build_model_columns

MAX_TREND_POINTS = 300
SOC_BINS = 20
TREND_COLUMNS = (
    "g2v_kw",
    "v2g_kw",
    "net_power_kw",
    "n_charging",
    "n_discharging",
    "n_idle",
    "n_waiting",
    "soc_mean",
    "price_mad_kwh",
    "solar_kw_per_kwp",
)
CURRENT_COLUMNS = (*TREND_COLUMNS, "n_connected")


@dataclass(frozen=True)
class FleetView:
    """A run at a step: the state after steps 0..step-1, the trends since the start.

    Parameters
    ----------
    now : figures of the fleet, by name with unit: counts and powers of the last step, price and sun of the coming one
    poste : ONEE's time-of-use period of the coming step, "HP", "HPL", "HC" or "HN"
    strategy, v2g, params : what is in force
    models : the fleet table by column
    trends : series since the start as means over buckets of ``trend_step_min``; ``poste`` is that of a bucket's
        first step
    soc_histogram : connected vehicles per 5 % of SOC, by mode
    reasons : vehicles per model, by reason key
    ledger : energies and the residual of their balance [kWh]
    """

    run: RunSpec
    time: datetime
    loaded: LoadedCatalog
    now: dict[str, float]
    poste: str
    strategy: str
    v2g: bool
    params: dict[str, float]
    models: dict[str, list[Any]]
    trends: dict[str, list[Any]]
    trend_step_min: int
    soc_histogram: dict[str, list[int]]
    reasons: dict[str, list[int]]
    ledger: dict[str, float]


def make_fleet_view(run: RunSpec, runs: CounterfactualRuns) -> FleetView:
    """Draw a frame from runs that stand at the run's step."""
    simulation = runs.run
    engine = simulation.engine
    trends, bucket = compute_trends(simulation)
    return FleetView(
        run=run,
        time=simulation.time,
        loaded=simulation.loaded,
        now=collect_current_figures(simulation),
        poste=POSTES[engine.get_moment()[1]],
        strategy=simulation.strategy,
        v2g=simulation.v2g,
        params=dict(simulation.params),
        models=build_model_columns(engine),
        trends=trends,
        trend_step_min=bucket * simulation.scenario.timestep_min,
        soc_histogram=compute_soc_histogram(engine),
        reasons=count_reasons(engine),
        ledger=simulation.ledger,
    )


def collect_current_figures(simulation: Simulation) -> dict[str, float]:
    """Return the figures of the fleet now, and its energies so far."""
    catalog, fleet, energies = simulation.loaded.catalog, simulation.engine.fleet, simulation.ledger
    row, (moment, _) = simulation.engine.get_totals().to_row(), simulation.engine.get_moment()
    n_capable = int(np.count_nonzero(catalog.v2g_capable))
    return {
        "n_models": len(catalog.names),
        "n_capable": n_capable,
        "capable_share": n_capable / len(catalog.names),
        "registrations": int(catalog.registrations.sum()),
        "battery_mean_kwh": float(fleet.counts @ catalog.capacity_kwh) / fleet.size,
        "n_vehicles": fleet.size,
        "n_away": fleet.size - row["n_connected"] - row["n_waiting"],
        "import_kwh": energies["grid_in_kwh"],
        "export_kwh": energies["grid_out_kwh"],
        **{name: row[name] for name in CURRENT_COLUMNS},
        "price_mad_kwh": moment.price_mad_kwh,
        "solar_kw_per_kwp": moment.solar_kw_per_kwp,
    }


def compute_trends(simulation: Simulation) -> tuple[dict[str, list[Any]], int]:
    """Return the series since the start, as means over buckets of as many steps as needed, and that number."""
    series = simulation.engine.records.series
    bucket = choose_bucket_steps(simulation.step)
    starts = np.arange(0, simulation.step, bucket)
    trends: dict[str, list[Any]] = {name: compute_bucket_means(series[name], starts) for name in TREND_COLUMNS}
    trends["poste"] = [POSTES[int(series["poste"][k])] for k in starts]
    return trends, bucket


def compute_bucket_means(values: Sequence[float], starts: np.ndarray[Any, np.dtype[np.intp]]) -> list[float]:
    """Return the means of the stretches of ``values`` that begin at ``starts``."""
    if not len(starts):
        return []
    counts = np.diff(np.append(starts, len(values)))
    means: list[float] = (np.add.reduceat(np.asarray(values, dtype=np.float64), starts) / counts).tolist()
    return means


def compute_soc_histogram(engine: Engine) -> dict[str, list[int]]:
    """Count the connected vehicles per SOC bin and mode."""
    state = engine.state
    connected = state.code != UNPLUGGED
    bins = np.minimum((state.soc[connected] * SOC_BINS).astype(np.intp), SOC_BINS - 1)
    power_kw = state.power_kw[connected]
    modes = {"charging": power_kw > 0.0, "discharging": power_kw < 0.0, "idle": power_kw == 0.0}
    return {name: np.bincount(bins[mode], minlength=SOC_BINS).tolist() for name, mode in modes.items()}


def count_reasons(engine: Engine) -> dict[str, list[int]]:
    """Count the vehicles per reason and model."""
    counts = [np.bincount(engine.state.reason[rows], minlength=len(Reason)).tolist() for rows in engine.fleet.slices]
    return {reason.key: [model[reason] for model in counts] for reason in Reason}


def choose_bucket_steps(n_steps: int) -> int:
    """Return the smallest of 1, 2, 4, ... steps per point that keeps the points few, so that it seldom changes."""
    bucket = 1
    while n_steps > bucket * MAX_TREND_POINTS:
        bucket *= 2
    return bucket
