"""Sizing: the yearly cost over the size of a part of the site, under the optimum and under each strategy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ev2gym_dashboard.core.optimum.objective import evaluate_objective
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, Quantity, ValidationError, check_key
from ev2gym_dashboard.service.comparison.cases import OptimumTask, run_task
from ev2gym_dashboard.service.comparison.optimum import ComparisonOptimum
from ev2gym_dashboard.service.comparison.result import COMPARISON_KPIS
from ev2gym_dashboard.service.comparison.runner import list_variants, run_comparison
from ev2gym_dashboard.service.execution.worker_pool import WorkerPool, run_serially
from ev2gym_dashboard.service.scenarios.validation import check_scenario
from ev2gym_dashboard.service.simulation.investment import DAYS_PER_YEAR, compute_capex, compute_present_value_factor
from ev2gym_dashboard.service.simulation.progress import Progress, ignore_progress

BOUND, OPTIMUM = "bound", "optimum"
MAX_VALUES = 100
SIZE = Quantity(0.0, "", 0.0, 1e10, "Size to try")
SOLAR_CAPEX = Quantity(
    9000.0, "MAD/kWp", 0.0, 1e6, "Assumption: price of PV with its installation; no public price of Morocco was found"
)


@dataclass(frozen=True)
class SizedPart:
    """A part of a site: unit, what its size means, and the function that sets it."""

    unit: str
    about: str
    resize: Callable[[Scenario, float], Scenario]


def _resize_connection(scenario: Scenario, size: float) -> Scenario:
    return replace(scenario, limit_kw_per_vehicle=size * scenario.power_factor / scenario.fleet_size)


SUBSCRIBED = "subscribed"
SIZED_PARTS = {
    SUBSCRIBED: SizedPart("kVA", "subscribed power", lambda s, size: replace(s, subscribed_kva=size)),
    "connection": SizedPart("kVA", "connection of the site", _resize_connection),
    "solar": SizedPart("kWp", "PV", lambda s, size: replace(s, pv_kwp_per_vehicle=size / s.fleet_size)),
    "bidirectional": SizedPart(
        "", "bidirectional EVSEs", lambda s, size: replace(s, bidirectional_share=size / max(s.n_evse, 1))
    ),
}


N_SUGGESTED, SUGGESTED_DIGITS = 7, 2
"""Sizes that are tried where none are given, and their significant digits."""
CONNECTION_SHARES = {SUBSCRIBED: (0.1, 1.0), "connection": (0.5, 1.4)}
"""Lowest and highest size that is tried, as shares of the connection of the site."""
SOLAR_FACTOR, SOLAR_KWP_PER_VEHICLE = 2.0, 4.0
"""Highest PV that is tried, as a multiple of that of the site, or of some kWp per vehicle where it has none."""


@dataclass(frozen=True, eq=False)
class SizingCurve:
    """Yearly cost over the size of a part.

    Parameters
    ----------
    part : key of `SIZED_PARTS`
    table : a row per size, rising; columns ``bound``, ``optimum``, and one per strategy and V2G switch [MAD/year]
    """

    part: str
    table: pd.DataFrame

    @property
    def best(self) -> pd.DataFrame:
        """Cheapest size of each column, the smallest of equal ones, and its yearly cost [MAD/year]."""
        sizes = self.table.idxmin()
        return pd.DataFrame({"size": sizes, "cost_mad_year": self.table.min()}).rename_axis("variant")


def compute_sizing_curve(
    scenario: Scenario,
    part: str,
    sizes: Sequence[float],
    *,
    solar_capex_mad_kwp: float = SOLAR_CAPEX.default,
    workers: WorkerPool | None = None,
    progress: Progress = ignore_progress,
) -> SizingCurve:
    """Compute the yearly cost of a site over the size of a part, under the optimum and under every strategy.

    Parameters
    ----------
    scenario : the site, with its prices of EVSEs and connection, lifetime and discount rate
    part : key of `SIZED_PARTS`
    sizes : sizes to try, in the unit of the part
    solar_capex_mad_kwp : price of PV with its installation [MAD/kWp]
    workers : processes that share the runs
    progress : called with the share that is done, 0 to 1

    Raises
    ------
    ValidationError
        With every issue of scenario, part, sizes and price.

    Notes
    -----
    The yearly cost is the objective of the run, scaled to a year, and the capital of EVSEs, connection and PV over
    their lifetime. The run stands for the year: a day of winter sizes PV too small. All sizes have the same arrivals.
    """
    sites = make_sites(scenario, part, sizes, solar_capex_mad_kwp)
    tasks = [OptimumTask(site, plans=True) for site in sites.values()]
    run_tasks = run_serially if workers is None else workers.run
    found = run_tasks(run_task, tasks, total=sum(task.n_steps for task in tasks), progress=lambda x: progress(x / 2.0))
    comparison = run_comparison(_list_runs(sites), workers=workers, progress=lambda x: progress((1.0 + x) / 2.0))
    by_label = dict(zip(comparison.labels, comparison.kpi_values[:, 0].tolist(), strict=True))
    rows: dict[float, dict[str, float]] = {}
    for (size, site), optimum in zip(sites.items(), found, strict=True):
        if not isinstance(optimum, ComparisonOptimum):
            continue
        compute = _YearlyCost(site, solar_capex_mad_kwp)
        rows[size] = {BOUND: compute(optimum.bound_mad), OPTIMUM: compute(optimum.objective_mad)}
        for variant in list_variants(site):
            if values := by_label.get(_label_run(size, variant.label)):
                kpis = dict(zip(COMPARISON_KPIS, values, strict=True))
                rows[size][variant.label] = compute(evaluate_objective(optimum.objective, kpis))
    return SizingCurve(part, pd.DataFrame.from_dict(rows, orient="index").rename_axis("size"))


def _list_runs(sites: Mapping[float, Scenario]) -> dict[str, Scenario]:
    return {_label_run(size, v.label): v.scenario for size, site in sites.items() for v in list_variants(site)}


def _label_run(size: float, label: str) -> str:
    return f"{size:g} {label}"


@dataclass(frozen=True)
class _YearlyCost:
    """The yearly cost of a site, from the cost of its run."""

    site: Scenario
    solar_capex_mad_kwp: float

    def __call__(self, run_mad: float) -> float:
        capex = compute_capex(self.site)
        solar_mad = self.site.pv_kwp_per_vehicle * self.site.fleet_size * self.solar_capex_mad_kwp
        capital_mad = capex["evse_capex_mad"] + capex["connection_capex_mad"] + solar_mad
        runs_per_year = DAYS_PER_YEAR * self.site.steps_per_day / self.site.n_steps
        return run_mad * runs_per_year + capital_mad / compute_present_value_factor(self.site)


def suggest_sizes(scenario: Scenario, part: str) -> tuple[float, ...]:
    """Return the sizes of a part that are tried where none are given, rising, around that of the site."""
    if part == "bidirectional":
        sizes = np.rint(np.linspace(0.0, scenario.n_evse, N_SUGGESTED)).tolist()
    elif part == "solar":
        per_vehicle = scenario.pv_kwp_per_vehicle or SOLAR_KWP_PER_VEHICLE
        sizes = np.linspace(0.0, SOLAR_FACTOR * per_vehicle * scenario.fleet_size, N_SUGGESTED).tolist()
    else:
        connection_kva = scenario.limit_kw_per_vehicle * scenario.fleet_size / scenario.power_factor
        sizes = (np.linspace(*CONNECTION_SHARES[part], N_SUGGESTED) * connection_kva).tolist()
    return tuple(dict.fromkeys(size if part == "bidirectional" else _round_size(size) for size in sizes))


def _round_size(size: float) -> float:
    return float(f"{size:.{SUGGESTED_DIGITS}g}")


def check_sizes(name: str, sizes: Sequence[object]) -> list[Issue]:
    """Return the issues of sizes under the name of their argument."""
    if not 0 < len(sizes) <= MAX_VALUES:
        return [Issue(name, "must be 1 to {high} numbers", (("high", MAX_VALUES),))]
    return list(dict.fromkeys(issue for size in sizes for issue in SIZE.check(name, size)))


def make_sites(
    scenario: Scenario, part: object, sizes: Sequence[float], solar_capex: object = SOLAR_CAPEX.default
) -> dict[float, Scenario]:
    """Return the sites by size, rising; raise `ValidationError` with every issue."""
    issues = check_scenario(scenario) + check_key("part", part, tuple(SIZED_PARTS))
    issues += SOLAR_CAPEX.check("solar_capex_mad_kwp", solar_capex)
    issues += check_sizes("sizes", sizes)
    if part == "bidirectional" and scenario.evses:
        issues.append(Issue("evses", "must be empty: the number of bidirectional EVSEs is found by their share"))
    if issues:
        raise ValidationError(list(dict.fromkeys(issues)))
    resize = SIZED_PARTS[str(part)].resize
    sites = {float(size): resize(replace(scenario, v2g=True), float(size)) for size in sorted(set(sizes))}
    wrong = [replace(issue, field="sizes") for site in sites.values() for issue in check_scenario(site)]
    if wrong:
        raise ValidationError(list(dict.fromkeys(wrong)))
    return sites
