"""Fleets over independent sites: split a scenario, summarize the run of a site, aggregate the sites."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import add
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.fleet.evse import apportion
from ev2gym_dashboard.core.fleet_parts import to_shares
from ev2gym_dashboard.core.kpis import KPIS, SAVING_INFIX, Aggregation, compute_kpis, find_kpi
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import MAX_SEED
from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.simulation.counterfactuals import COUNTERFACTUALS, CounterfactualRuns

MAX_SITES = 100_000
MEAN_COLUMNS = ("soc_mean", "price_mad_kwh", "export_mad_kwh", "solar_kw_per_kwp")
"""Columns of the series that are means over the vehicles; the others are sums, except for the poste."""
PEAK_COLUMNS = {name: kpi.column for name, kpi in KPIS.items() if kpi.aggregation is Aggregation.PEAK and kpi.saving}
"""Column of the series whose maximum each peak with a saving is."""
SHARED_QUANTITIES = ("subscribed_kva", "billed_peak_kva")
"""Fields that are totals of the site, which its parts share by their vehicles."""


@dataclass(frozen=True)
class SiteSummary:
    """Summary of the run of a site; it holds nothing of the size of the fleet.

    Parameters
    ----------
    fleet_size : vehicles of the site
    timestep_h : length of a step [h]
    series : as in `Result`
    kpis : as in the result of `simulate`, with savings and the value of V2G
    counterfactual_kw : column behind each peak of each counterfactual, by (KPI, counterfactual), (steps,)
    cycled_kwh : energy through the packs, the weight of the mean wear cost
    """

    fleet_size: int
    timestep_h: float
    series: pd.DataFrame = field(repr=False)
    kpis: dict[str, float]
    counterfactual_kw: dict[tuple[str, str], Floats] = field(repr=False)
    cycled_kwh: float


@dataclass(frozen=True)
class MultiSiteResult:
    """Series and KPIs over all sites, under the names of `Result`."""

    n_sites: int
    series: pd.DataFrame = field(repr=False)
    kpis: dict[str, float]


def split_scenario(scenario: Scenario, n: int) -> tuple[Scenario, ...]:
    """Split a scenario into ``n`` independent sites, each with its own meter, connection, EVSEs and random stream.

    Vehicles are apportioned by the largest remainder, and a load profile of the user in proportion to them. One site
    is the scenario itself; of several, the seed of site i depends on the scenario's seed and on i only.

    Raises
    ------
    ValidationError
        If there are fewer vehicles than sites.
    """
    issues = check_sites(scenario, n)
    if issues:
        raise ValidationError(issues)
    if n == 1:
        return (scenario,)
    sizes = apportion(np.ones(n), scenario.fleet_size).tolist()
    return tuple(_make_site_scenario(scenario, i, size) for i, size in enumerate(sizes))


def check_sites(scenario: Scenario, n: int) -> list[Issue]:
    """Return an issue if a scenario cannot be split into ``n`` sites."""
    if scenario.sessions is not None and n != 1:
        return [Issue("sites", "must be 1 with charging sessions, whose vehicles are those of one site")]
    max_sites = min(scenario.fleet_size, MAX_SITES)
    if 1 <= n <= max_sites:
        return []
    return [Issue("sites", "must be from 1 to {most}, the vehicles of the fleet at most", (("most", max_sites),))]


def derive_site_seed(seed: int, index: int) -> int:
    """Derive the seed of site ``index`` from the seed of the scenario."""
    words = np.random.SeedSequence(seed, spawn_key=(index,)).generate_state(1, np.uint64)
    return int(words[0]) % (MAX_SEED + 1)


def summarize_site(runs: CounterfactualRuns) -> SiteSummary:
    """Return the summary of the run of a site."""
    result = runs.result()
    return SiteSummary(
        fleet_size=result.scenario.fleet_size,
        timestep_h=result.scenario.timestep_h,
        series=result.series,
        kpis=result.kpis,
        counterfactual_kw={
            (peak, name): runs.counterfactuals[name].series(column).copy()
            for peak, column in PEAK_COLUMNS.items()
            for name in COUNTERFACTUALS
        },
        cycled_kwh=float(runs.simulation.wear.cycled_kwh.sum()),
    )


def aggregate_sites(sites: Sequence[SiteSummary]) -> MultiSiteResult:
    """Aggregate sites by the rule that `KPIS` declares for each KPI.

    Sums follow the order of the sites, so that the bits do not depend on where each site ran.

    Raises
    ------
    LookupError
        If a KPI of the sites has no entry in `KPIS`.
    """
    if len(sites) == 1:
        return MultiSiteResult(1, sites[0].series, sites[0].kpis)
    series = _aggregate_series(sites)
    numbers = {str(name): series[name].tolist() for name in series if name != "poste"}
    recomputed = compute_kpis(numbers, timestep_h=sites[0].timestep_h)
    peaks = {
        name: _find_peak(series[kpi.column].to_numpy())
        for name, kpi in KPIS.items()
        if kpi.aggregation is Aggregation.PEAK
    }
    return MultiSiteResult(
        len(sites), series, {name: _aggregate_kpi(sites, name, recomputed | peaks) for name in sites[0].kpis}
    )


def _make_site_scenario(scenario: Scenario, index: int, size: int) -> Scenario:
    share = size / scenario.fleet_size
    seed = derive_site_seed(scenario.seed, index)
    site = replace(scenario.with_scaled_profiles(share), fleet_size=size, seed=seed)
    totals = {name: getattr(scenario, name) for name in SHARED_QUANTITIES}
    shares = {name: total * share for name, total in totals.items() if not isinstance(total, str)}
    # Numbers of vehicles in the parts hold for the whole fleet: at a site, they are shares.
    return replace(site, **shares, parts=to_shares(scenario.fleet_parts))


def _aggregate_series(sites: Sequence[SiteSummary]) -> pd.DataFrame:
    first = sites[0].series
    columns = {
        name: first[name]
        if name == "poste"
        else _compute_weighted_mean((site.series[name].to_numpy() for site in sites), _list_fleet_sizes(sites))
        if name in MEAN_COLUMNS
        else _add_up(site.series[name].to_numpy() for site in sites)
        for name in first
    }
    return pd.DataFrame(columns, index=first.index)


SumT = TypeVar("SumT", float, Floats)
WeightFunction = Callable[[SiteSummary], float]
SITE_WEIGHTS: dict[str, WeightFunction] = {
    "fleet_size": lambda site: site.fleet_size,
    "cycled_kwh": lambda site: site.cycled_kwh,
    "cyclic_loss": lambda site: site.cycled_kwh / site.kpis["cycle_life"] if site.kpis["cycle_life"] else 0.0,
    "solar_power": lambda site: float(site.series["solar_kw"].sum()),
    "g2v_kwh": lambda site: site.kpis["g2v_kwh"],
    "v2g_kwh": lambda site: site.kpis["v2g_kwh"],
}
"""Weights of the KPIs that are means, by the name that `KPIS` declares."""


def _aggregate_kpi(sites: Sequence[SiteSummary], name: str, recomputed: Mapping[str, float]) -> float:
    kpi = find_kpi(name)
    base, _, counterfactual = name.partition(SAVING_INFIX)
    if counterfactual and kpi.aggregation is Aggregation.PEAK:
        # Sites peak at different times, so that neither their peaks nor the savings of these add up.
        return _find_peak(_add_up(site.counterfactual_kw[base, counterfactual] for site in sites)) - recomputed[base]
    values = (site.kpis[name] for site in sites)
    if counterfactual or kpi.aggregation is Aggregation.SUM:
        return _add_up(values)
    if kpi.aggregation is Aggregation.MEAN:
        return float(_compute_weighted_mean(values, [SITE_WEIGHTS[kpi.weight](site) for site in sites]))
    return recomputed[name]


def _list_fleet_sizes(sites: Sequence[SiteSummary]) -> list[float]:
    return [float(site.fleet_size) for site in sites]


def _add_up(values: Iterable[SumT]) -> SumT:
    # One after the other, in the order of the sites: NumPy's pairwise sum would give other bits.
    return reduce(add, values)


def _compute_weighted_mean(values: Iterable[Any], weights: Sequence[float]) -> Any:
    first, *others = values
    # As the first value plus a weighted difference, the mean of equal values is that value to the bit.
    if not others or sum(weights) == 0.0:
        return first
    return first + _add_up(w * (other - first) for w, other in zip(weights[1:], others, strict=True)) / sum(weights)


def _find_peak(net_kw: Floats) -> float:
    return float(net_kw.max()) if net_kw.size else 0.0
