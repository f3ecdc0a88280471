"""A fleet over independent sites: splits a scenario, runs one site with its shadows, and adds the sites up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import add
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from ev2gym_dashboard.core.control.power_limits import Floats
from ev2gym_dashboard.core.fleet.evse import share_out
from ev2gym_dashboard.core.kpis import kpis_of
from ev2gym_dashboard.core.scenario import MAX_SEED, DayProfiles, Scenario
from ev2gym_dashboard.core.schema import Invalid, Issue
from ev2gym_dashboard.service.simulation.battery_wear import wear_of
from ev2gym_dashboard.service.simulation.counterfactuals import SHADOWS, Beside, beside

MOST_SITES = 100_000
MEANS = ("soc_mean", "price_mad_kwh", "export_mad_kwh", "solar_kw_per_kwp")
"""The columns of the series that are means over the vehicles; the others are sums, but for the poste."""
PEAKS = {"peak_kw": "net_power_kw", "site_peak_kw": "net_load_kw"}
"""The figures that are the largest value of a column, and that column."""


@dataclass(frozen=True)
class SiteRun:
    """What is kept of a site that has run: nothing of the size of its fleet.

    Parameters
    ----------
    fleet_size : vehicles of the site
    timestep_h : length of a step [h]
    series : as in `Result`
    kpis : as `simulate` gives them, savings and the value of V2G among them
    shadow_kw : net power and net load of each shadow, by the name of the peak that they have and its own, (steps,)
    cycled_kwh : energy through the packs, for the mean cost of its wear
    """

    fleet_size: int
    timestep_h: float
    series: pd.DataFrame = field(repr=False)
    kpis: dict[str, float]
    shadow_kw: dict[tuple[str, str], Floats] = field(repr=False)
    cycled_kwh: float


@dataclass(frozen=True)
class SitesResult:
    """The sum over sites: series and figures under the names of `Result`."""

    n_sites: int
    series: pd.DataFrame = field(repr=False)
    kpis: dict[str, float]


def split(scenario: Scenario, n: int) -> tuple[Scenario, ...]:
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
        raise Invalid(issues)
    if n == 1:
        return (scenario,)
    sizes = share_out(np.ones(n), scenario.fleet_size).tolist()
    return tuple(_site(scenario, i, size) for i, size in enumerate(sizes))


def check_sites(scenario: Scenario, n: int) -> list[Issue]:
    """Return an issue if a scenario cannot be split into ``n`` sites."""
    most = min(scenario.fleet_size, MOST_SITES)
    if 1 <= n <= most:
        return []
    return [Issue("sites", "must be from 1 to {most}, the vehicles of the fleet at most", (("most", most),))]


def seed_of_site(seed: int, index: int) -> int:
    """Return the seed of the i-th site of several."""
    words = np.random.SeedSequence(seed, spawn_key=(index,)).generate_state(1, np.uint64)
    return int(words[0]) % (MAX_SEED + 1)


def run_site(scenario: Scenario) -> SiteRun:
    """Run a site with its shadows, in this thread alone: whoever runs sites side by side has a process for each."""
    runs = beside(scenario)
    for simulation in (runs.run, *runs.shadows.values()):
        simulation.engine.map_blocks = map
    runs.advance(scenario.n_steps)
    return _site_run(runs)


def total(sites: Sequence[SiteRun]) -> SitesResult:
    """Add sites up, in the order given, so that the bits do not depend on where each of them ran.

    Peaks are those of the summed series; what is a mean is weighted by what it is a mean of: vehicles, departures,
    energy.
    """
    if len(sites) == 1:
        return SitesResult(1, sites[0].series, sites[0].kpis)
    series = _total_series(sites)
    peaks = {key: _peak_kw(_sum(site.shadow_kw[key] for site in sites)) for key in sites[0].shadow_kw}
    numbers = {str(name): series[name].tolist() for name in series if name != "poste"}
    figures = kpis_of(numbers, timestep_h=sites[0].timestep_h)
    saved = {f"{peak}_saved_vs_{shadow}": peak_kw - figures[peak] for (peak, shadow), peak_kw in peaks.items()}
    kpis = {name: _total_kpi(sites, name) for name in sites[0].kpis} | figures | saved
    return SitesResult(len(sites), series, kpis | {"self_consumption": _total_kpi(sites, "self_consumption")})


def _site(scenario: Scenario, index: int, size: int) -> Scenario:
    share = size / scenario.fleet_size
    profile: DayProfiles = tuple(tuple(kw * share for kw in day) for day in scenario.base_load_profile)
    return replace(scenario, fleet_size=size, seed=seed_of_site(scenario.seed, index), base_load_profile=profile)


def _site_run(runs: Beside) -> SiteRun:
    result = runs.result()
    return SiteRun(
        fleet_size=result.scenario.fleet_size,
        timestep_h=result.scenario.timestep_h,
        series=result.series,
        kpis=result.kpis,
        shadow_kw={
            (peak, name): np.array(runs.shadows[name].engine.records.series[column])
            for peak, column in PEAKS.items()
            for name in SHADOWS
        },
        cycled_kwh=float(wear_of(runs.run.engine).cycled_kwh.sum()),
    )


def _total_series(sites: Sequence[SiteRun]) -> pd.DataFrame:
    first = sites[0].series
    columns = {
        name: first[name]
        if name == "poste"
        else _mean((site.series[name].to_numpy() for site in sites), _vehicles(sites))
        if name in MEANS
        else _sum(site.series[name].to_numpy() for site in sites)
        for name in first
    }
    return pd.DataFrame(columns, index=first.index)


Value = TypeVar("Value", float, Floats)
Weights = Callable[[SiteRun], float]
WEIGHTS: dict[str, Weights] = {
    "calendar_loss": lambda site: site.fleet_size,
    "cyclic_loss": lambda site: site.fleet_size,
    "wear_mad_kwh": lambda site: site.cycled_kwh,
    "self_consumption": lambda site: float(site.series["solar_kw"].sum()),
    "v2g_spread_mad_kwh": lambda site: site.fleet_size,
    "v2g_breakeven_mad_kwh": lambda site: site.kpis["v2g_kwh"],
}
"""The figures that are means, and what each is a mean over; what `kpis_of` finds in the summed series is not here."""


def _total_kpi(sites: Sequence[SiteRun], name: str) -> float:
    values = (site.kpis[name] for site in sites)
    return _mean(values, [WEIGHTS[name](site) for site in sites]) if name in WEIGHTS else _sum(values)


def _vehicles(sites: Sequence[SiteRun]) -> list[float]:
    return [float(site.fleet_size) for site in sites]


def _sum(values: Iterable[Value]) -> Value:
    """Add numbers or arrays one after the other; counts stay whole."""
    return reduce(add, values)


def _mean(values: Iterable[Any], weights: Sequence[float]) -> Any:
    """Return the weighted mean as the first value and a weighted difference to it, so that equal values stay as is."""
    first, *others = values
    if not others or sum(weights) == 0.0:
        return first
    return first + _sum(w * (other - first) for w, other in zip(weights[1:], others, strict=True)) / sum(weights)


def _peak_kw(net_kw: Floats) -> float:
    return float(net_kw.max()) if net_kw.size else 0.0
