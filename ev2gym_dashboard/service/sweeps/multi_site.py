"""A fleet over independent sites: splits a scenario, runs one site with its counterfactuals, and adds the sites up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import add
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.fleet.evse import apportion
from ev2gym_dashboard.core.kpis import compute_kpis
from ev2gym_dashboard.core.scenario import MAX_SEED, DayProfiles, Scenario
from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.simulation.counterfactuals import (
    COUNTERFACTUALS,
    CounterfactualRuns,
    start_counterfactual_runs,
)

MAX_SITES = 100_000
MEAN_COLUMNS = ("soc_mean", "price_mad_kwh", "export_mad_kwh", "solar_kw_per_kwp")
"""The columns of the series that are means over the vehicles; the others are sums, but for the poste."""
PEAK_COLUMNS = {"peak_kw": "net_power_kw", "site_peak_kw": "net_load_kw"}
"""The figures that are the largest value of a column, and that column."""


@dataclass(frozen=True)
class SiteSummary:
    """What is kept of a site that has run: nothing of the size of its fleet.

    Parameters
    ----------
    fleet_size : vehicles of the site
    timestep_h : length of a step [h]
    series : as in `Result`
    kpis : as `simulate` gives them, savings and the value of V2G among them
    counterfactual_kw : net power and net load of each counterfactual, by the names of its peak and of itself, (steps,)
    cycled_kwh : energy through the packs, for the mean cost of its wear
    """

    fleet_size: int
    timestep_h: float
    series: pd.DataFrame = field(repr=False)
    kpis: dict[str, float]
    counterfactual_kw: dict[tuple[str, str], Floats] = field(repr=False)
    cycled_kwh: float


@dataclass(frozen=True)
class MultiSiteResult:
    """The sum over sites: series and figures under the names of `Result`."""

    n_sites: int
    series: pd.DataFrame = field(repr=False)
    kpis: dict[str, float]


def split_scenario(scenario: Scenario, n: int) -> tuple[Scenario, ...]:
    """Split a scenario into ``n`` independent sites, each with its own meter, connection, EVSEs and random stream.

    Vehicles are shared out by the largest remainder, a load profile of the user's in proportion to them. One site is
    the scenario itself; of several the i-th has a seed of its own, which does not depend on how many there are.

    Raises
    ------
    Invalid
        If there are not as many vehicles as sites.
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
    most = min(scenario.fleet_size, MAX_SITES)
    if 1 <= n <= most:
        return []
    return [Issue("sites", "must be from 1 to {most}, the vehicles of the fleet at most", (("most", most),))]


def derive_site_seed(seed: int, index: int) -> int:
    """Return the seed of the i-th site of several."""
    words = np.random.SeedSequence(seed, spawn_key=(index,)).generate_state(1, np.uint64)
    return int(words[0]) % (MAX_SEED + 1)


def run_site(scenario: Scenario) -> SiteSummary:
    """Run a site and its counterfactuals in one thread; sites in parallel run in processes."""
    runs = start_counterfactual_runs(scenario)
    for simulation in (runs.simulation, *runs.counterfactuals.values()):
        simulation.disable_threads()
    runs.advance(scenario.n_steps)
    return _summarize_site(runs)


def aggregate_sites(sites: Sequence[SiteSummary]) -> MultiSiteResult:
    """Add sites up, in the order given, so that the bits do not depend on where each of them ran.

    Peaks are those of the summed series; what is a mean is weighted by what it is a mean of: vehicles, departures,
    energy.
    """
    if len(sites) == 1:
        return MultiSiteResult(1, sites[0].series, sites[0].kpis)
    series = _aggregate_series(sites)
    peaks = {
        key: _find_peak_kw(_add_up(site.counterfactual_kw[key] for site in sites)) for key in sites[0].counterfactual_kw
    }
    numbers = {str(name): series[name].tolist() for name in series if name != "poste"}
    figures = compute_kpis(numbers, timestep_h=sites[0].timestep_h)
    saved = {f"{peak}_saved_vs_{shadow}": peak_kw - figures[peak] for (peak, shadow), peak_kw in peaks.items()}
    kpis = {name: _aggregate_kpi(sites, name) for name in sites[0].kpis} | figures | saved
    return MultiSiteResult(len(sites), series, kpis | {"self_consumption": _aggregate_kpi(sites, "self_consumption")})


def _make_site_scenario(scenario: Scenario, index: int, size: int) -> Scenario:
    share = size / scenario.fleet_size
    profile: DayProfiles = tuple(tuple(kw * share for kw in day) for day in scenario.base_load_profile)
    return replace(scenario, fleet_size=size, seed=derive_site_seed(scenario.seed, index), base_load_profile=profile)


def _summarize_site(runs: CounterfactualRuns) -> SiteSummary:
    result = runs.result()
    return SiteSummary(
        fleet_size=result.scenario.fleet_size,
        timestep_h=result.scenario.timestep_h,
        series=result.series,
        kpis=result.kpis,
        counterfactual_kw={
            (peak, name): np.array(runs.counterfactuals[name].series(column))
            for peak, column in PEAK_COLUMNS.items()
            for name in COUNTERFACTUALS
        },
        cycled_kwh=float(runs.simulation.wear.cycled_kwh.sum()),
    )


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
MEAN_WEIGHTS: dict[str, WeightFunction] = {
    "calendar_loss": lambda site: site.fleet_size,
    "cyclic_loss": lambda site: site.fleet_size,
    "wear_mad_kwh": lambda site: site.cycled_kwh,
    "self_consumption": lambda site: float(site.series["solar_kw"].sum()),
    "v2g_spread_mad_kwh": lambda site: site.fleet_size,
    "v2g_breakeven_mad_kwh": lambda site: site.kpis["v2g_kwh"],
}
"""Figures that are means, with the weight of each site; figures of the summed series are not here."""


def _aggregate_kpi(sites: Sequence[SiteSummary], name: str) -> float:
    values = (site.kpis[name] for site in sites)
    return (
        _compute_weighted_mean(values, [MEAN_WEIGHTS[name](site) for site in sites])
        if name in MEAN_WEIGHTS
        else _add_up(values)
    )


def _list_fleet_sizes(sites: Sequence[SiteSummary]) -> list[float]:
    return [float(site.fleet_size) for site in sites]


def _add_up(values: Iterable[SumT]) -> SumT:
    """Add numbers or arrays one after the other; counts stay whole."""
    return reduce(add, values)


def _compute_weighted_mean(values: Iterable[Any], weights: Sequence[float]) -> Any:
    """Return the weighted mean as the first value and a weighted difference to it, so that equal values stay as is."""
    first, *others = values
    if not others or sum(weights) == 0.0:
        return first
    return first + _add_up(w * (other - first) for w, other in zip(weights[1:], others, strict=True)) / sum(weights)


def _find_peak_kw(net_kw: Floats) -> float:
    return float(net_kw.max()) if net_kw.size else 0.0
