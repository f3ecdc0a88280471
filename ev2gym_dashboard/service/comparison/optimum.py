"""Optimum of a comparison: what no strategy can be below under its first seed, and the run of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.kpis import KPIS
from ev2gym_dashboard.core.optimum.objective import Objective, evaluate_objective
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.optimum.optimum import find_bound, find_optimum
from ev2gym_dashboard.service.simulation.downsampling import downsample_mean

COMPARED_KPIS = tuple(name for name, kpi in KPIS.items() if kpi.compared)
MAX_PLAN_VEHICLE_STEPS, MAX_BOUND_VEHICLE_STEPS = 7_000_000, 40_000_000
"""Work above which a comparison does without the plan, and without the bound: minutes and gigabytes."""
TIME_LIMIT_S = 60.0


@dataclass(frozen=True, eq=False)
class ComparisonOptimum:
    """The optimum on the arrivals of the first seed of a comparison.

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


def find_comparison_optimum(scenario: Scenario) -> ComparisonOptimum | None:
    """Find the optimum of a scenario with V2G: bound and plan, the bound alone, or None where that is too much work."""
    vehicle_steps = scenario.fleet_size * scenario.n_steps
    if vehicle_steps > MAX_BOUND_VEHICLE_STEPS:
        return None
    scenario = replace(scenario, v2g=True)
    if vehicle_steps > MAX_PLAN_VEHICLE_STEPS:
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


def dump_optimum(optimum: ComparisonOptimum | None) -> dict[str, Any]:
    """Return the arrays and numbers of an optimum by name; empty without one."""
    if optimum is None:
        return {}
    prices = np.array(list(asdict(optimum.objective).values()))
    scalars = np.array([optimum.bound_mad, optimum.objective_mad])
    return {
        "optimum_prices": prices,
        "optimum_mad": scalars,
        "optimum_kpis": optimum.kpi_values,
        "optimum_net_load_kw": optimum.net_load_kw,
    }


def load_optimum(arrays: Mapping[str, Floats]) -> ComparisonOptimum | None:
    """Return the optimum that `dump_optimum` returned, equal to the bit."""
    if "optimum_mad" not in arrays:
        return None
    bound_mad, objective_mad = arrays["optimum_mad"].tolist()
    objective = Objective(*arrays["optimum_prices"].tolist())
    return ComparisonOptimum(objective, bound_mad, objective_mad, arrays["optimum_kpis"], arrays["optimum_net_load_kw"])
