"""Optimum of a comparison: what no strategy can be below under each seed, and the run of a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.kpis import KPIS
from ev2gym_dashboard.core.optimum.objective import Objective, evaluate_objective
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.optimum.optimum import find_bound, find_optimum
from ev2gym_dashboard.service.optimum.work_limits import (
    MAX_BOUND_VEHICLE_STEPS,
    MAX_PLAN_VEHICLE_STEPS,
    TIME_LIMIT_S,
)
from ev2gym_dashboard.service.simulation.downsampling import downsample_mean

COMPARED_KPIS = tuple(name for name, kpi in KPIS.items() if kpi.compared)


@dataclass(frozen=True, eq=False)
class ComparisonOptimum:
    """The optimum on the arrivals of one seed of a comparison.

    Parameters
    ----------
    objective : prices by which runs are judged, see `Objective`
    bound_mad : proven lower bound of the objective of any strategy [MAD]
    objective_mad : objective of the plan, as the engine ran it; NaN without a plan [MAD]
    kpi_values : KPIs of the plan in the order of `COMPARISON_KPIS`; NaN where it has none, or without a plan
    net_load_kw : load curve of the plan; empty without one
    """

    objective: Objective
    bound_mad: float
    objective_mad: float
    kpi_values: Floats
    net_load_kw: Floats

    @property
    def has_plan(self) -> bool:
        return bool(self.net_load_kw.size)


def is_bound_feasible(scenario: Scenario, *, seeds: int) -> bool:
    """Return whether a comparison is small enough for its bounds."""
    return scenario.fleet_size * scenario.n_steps * seeds <= MAX_BOUND_VEHICLE_STEPS


def is_plan_feasible(scenario: Scenario, *, seeds: int) -> bool:
    """Return whether a comparison is small enough for its plans."""
    return scenario.fleet_size * scenario.n_steps * seeds <= MAX_PLAN_VEHICLE_STEPS


def find_comparison_optimum(scenario: Scenario, *, plans: bool) -> ComparisonOptimum:
    """Find the optimum of a scenario with V2G: bound and plan, or the bound alone."""
    scenario = replace(scenario, v2g=True)
    if not plans:
        bound = find_bound(scenario, time_limit_s=TIME_LIMIT_S)
        none = np.full(len(COMPARED_KPIS), np.nan)
        return ComparisonOptimum(bound.objective, bound.bound_mad, np.nan, none, np.zeros(0))
    found = find_optimum(scenario, time_limit_s=TIME_LIMIT_S)
    kpis, net_load_kw = found.result.kpis, found.result.series["net_load_kw"].to_numpy()
    values = np.array([kpis.get(name, np.nan) for name in COMPARED_KPIS])
    return ComparisonOptimum(
        found.objective, found.bound_mad, found.objective_mad, values, downsample_mean(net_load_kw)
    )


def compute_distances(optimum: ComparisonOptimum, kpi_values: Floats, baseline_values: Floats) -> tuple[Floats, Floats]:
    """Return how far each variant is above the bound at most, and the share of the possible saving it has at least.

    Parameters
    ----------
    optimum : that of the same arrivals
    kpi_values, baseline_values : KPIs of each variant and of its baseline, (variants, KPIs)

    Returns
    -------
    ``(objective - bound) / |bound|`` and ``(baseline - objective) / (baseline - bound)``, each (variants,); the second
    one is NaN where nothing can be saved
    """
    objective_mad, baseline_mad = (
        np.array([evaluate_objective(optimum.objective, dict(zip(COMPARED_KPIS, row, strict=True))) for row in values])
        for values in (kpi_values, baseline_values)
    )
    possible_mad, bound_mad = baseline_mad - optimum.bound_mad, optimum.bound_mad
    above = (objective_mad - bound_mad) / abs(bound_mad) if bound_mad else np.full(len(kpi_values), np.nan)
    captured = np.full(len(kpi_values), np.nan)
    np.divide(baseline_mad - objective_mad, possible_mad, out=captured, where=possible_mad > 0.0)
    return above, captured


def dump_optima(optima: Sequence[ComparisonOptimum]) -> dict[str, Any]:
    """Return the numbers of optima by name, an entry per seed; empty without any."""
    if not optima:
        return {}
    return {
        "optimum_prices": np.array([list(asdict(optimum.objective).values()) for optimum in optima]),
        "optimum_mad": np.array([(optimum.bound_mad, optimum.objective_mad) for optimum in optima]),
        "optimum_kpis": np.array([optimum.kpi_values for optimum in optima]),
        "optimum_net_load_kw": np.array([optimum.net_load_kw for optimum in optima]),
    }


def load_optima(arrays: Mapping[str, Floats]) -> tuple[ComparisonOptimum, ...]:
    """Return the optima that `dump_optima` returned, equal to the bit."""
    if "optimum_mad" not in arrays:
        return ()
    names = ("optimum_prices", "optimum_mad", "optimum_kpis", "optimum_net_load_kw")
    seeds = zip(*(arrays[name] for name in names), strict=True)
    return tuple(
        ComparisonOptimum(Objective(*prices.tolist()), float(mad[0]), float(mad[1]), kpi_values, net_load_kw)
        for prices, mad, kpi_values, net_load_kw in seeds
    )
