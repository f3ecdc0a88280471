"""Site view: the values that the site page shows of a run at a step, as plain Python values."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.site.exogenous import POSTES
from ev2gym_dashboard.core.site.tariff import ThresholdVerdict, check_price_threshold, find_midway_threshold
from ev2gym_dashboard.service.scenarios.tariff import list_scenario_prices
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.sessions.run_view import RunView, make_run_view
from ev2gym_dashboard.service.simulation.billing import BillLine
from ev2gym_dashboard.service.simulation.counterfactuals import CounterfactualRuns
from ev2gym_dashboard.service.simulation.downsampling import choose_bucket_steps, compute_bucket_means
from ev2gym_dashboard.service.simulation.simulation import Simulation

SITE_TREND_COLUMNS = (
    "base_load_kw",
    "solar_kw",
    "net_power_kw",
    "v2g_kw",
    "net_load_kw",
    "limit_kw",
    "price_mad_kwh",
)

PRICE_DIGITS = 4
MAX_PRICE_BANDS = 12


@dataclass(frozen=True)
class EventView:
    """A demand-response event and its effect so far; ``effect`` is empty before the event begins."""

    time: datetime
    minutes: float
    reduction: float
    effect: dict[str, float]


@dataclass(frozen=True)
class ReboundView:
    """The largest rebound after V2G so far [kW], and the time and the net load [kW] of its highest step."""

    time: datetime
    net_load_kw: float
    rebound_kw: float


@dataclass(frozen=True)
class SiteView(RunView):
    """The site of a run at a step.

    Parameters
    ----------
    run : the specification of the run
    time : UTC time at which the next step begins
    trends : means over buckets of ``trend_step_min`` since the start, by name: ``poste``, those of
        `SITE_TREND_COLUMNS`, ``without_v2g_kw`` and ``uncontrolled_kw`` (net load of the counterfactuals),
        ``cost_mad``, ``cost_without_v2g_mad``, ``cost_uncontrolled_mad``, ``co2_kg``, ``co2_without_v2g_kg`` and
        ``co2_uncontrolled_kg`` (running totals)
    trend_step_min : length of a bucket [min]
    kpis : KPIs of the run so far, with those of `SAVINGS`
    counterfactuals : KPIs of each counterfactual so far
    value : the value of V2G, by field of `V2gValue`; ``verdict`` is a key of `VALUE_VERDICTS`
    bill : the lines of the bill
    price_bands : by price of the bill, rising: ``price_mad_kwh``, ``hours``, ``g2v_kwh`` and ``v2g_kwh`` so far
    models : ``model`` and ``n_fleet``, in the order of ``per_model_mad``
    event : the last demand-response event
    rebound : the largest rebound after V2G; None without one
    threshold_verdict : whether prices exceed the threshold of the price strategy "never", "sometimes" or "always"
    suggested_threshold_mad_kwh : a threshold that some prices exceed; None if there is only one price
    """

    trends: dict[str, list[Any]]
    trend_step_min: int
    kpis: dict[str, float]
    counterfactuals: dict[str, dict[str, float]]
    value: dict[str, Any]
    bill: tuple[BillLine, ...]
    price_bands: dict[str, list[float]]
    models: dict[str, list[Any]]
    event: EventView | None
    rebound: ReboundView | None
    threshold_verdict: ThresholdVerdict
    suggested_threshold_mad_kwh: float | None


def make_site_view(run: RunSpec, runs: CounterfactualRuns) -> SiteView:
    """Return the site view of runs that have reached the run's step."""
    simulation, value = runs.simulation, runs.value
    prices_mad_kwh = list_scenario_prices(simulation.scenario)
    trends, bucket_steps = compute_site_trends(runs)
    threshold_mad_kwh = dict(simulation.params).get("price.price_threshold_mad_kwh", 1.5)
    return SiteView(
        **vars(make_run_view(run, simulation)),
        trends=trends,
        trend_step_min=bucket_steps * simulation.scenario.timestep_min,
        kpis=simulation.kpis | runs.savings | runs.peak_kpis,
        counterfactuals={name: counterfactual.kpis for name, counterfactual in runs.counterfactuals.items()},
        value=asdict(value) | {"per_model_mad": value.per_model_mad.tolist()},
        bill=simulation.bill if simulation.step else (),
        price_bands=compute_price_bands(simulation),
        models={"model": list(simulation.catalog.names), "n_fleet": simulation.fleet.counts.tolist()},
        event=make_event_view(runs),
        rebound=make_rebound_view(runs),
        threshold_verdict=check_price_threshold(prices_mad_kwh, threshold_mad_kwh),
        suggested_threshold_mad_kwh=find_midway_threshold(prices_mad_kwh),
    )


def compute_site_trends(runs: CounterfactualRuns) -> tuple[dict[str, list[Any]], int]:
    """Return the trends of the site since the start as means over buckets, and the number of steps per bucket."""
    simulation = runs.simulation
    bucket_steps = choose_bucket_steps(simulation.step)
    starts = np.arange(0, simulation.step, bucket_steps)
    trends: dict[str, list[Any]] = {
        name: compute_bucket_means(simulation.series(name), starts).tolist() for name in SITE_TREND_COLUMNS
    }
    # A running total is shown as of the end of its bucket, so that its last point is the total so far.
    ends = np.minimum(starts + bucket_steps, simulation.step) - 1
    for name, counterfactual in runs.counterfactuals.items():
        trends[f"{name}_kw"] = compute_bucket_means(counterfactual.series("net_load_kw"), starts).tolist()
        trends[f"cost_{name}_mad"] = _compute_running_total(counterfactual, "cost_mad")[ends].tolist()
        trends[f"co2_{name}_kg"] = _compute_running_total(counterfactual, "co2_kg")[ends].tolist()
    trends["cost_mad"] = _compute_running_total(simulation, "cost_mad")[ends].tolist()
    trends["co2_kg"] = _compute_running_total(simulation, "co2_kg")[ends].tolist()
    trends["without_event_kw"] = _compute_load_without_event(runs, starts)
    postes = simulation.series("poste")
    trends["poste"] = [POSTES[int(postes[step])] for step in starts]
    return trends, bucket_steps


def make_event_view(runs: CounterfactualRuns) -> EventView | None:
    """Return the last demand-response event of the run and its effect so far; None without one."""
    scenario, tracked = runs.simulation.scenario, runs.event_counterfactual
    steps = scenario.event_steps
    if not steps:
        return None
    # Until the event begins, the counterfactual is that of the event before it.
    effect = runs.event_effect if tracked and tracked.event_steps == steps else {}
    return EventView(scenario.get_step_time(steps.start), scenario.event_minutes, scenario.event_reduction, effect)


def make_rebound_view(runs: CounterfactualRuns) -> ReboundView | None:
    """Return the largest rebound after V2G so far; None without one."""
    simulation, rebound = runs.simulation, runs.rebound
    if rebound.step is None:
        return None
    load_kw = float(simulation.series("net_load_kw")[rebound.step])
    return ReboundView(simulation.scenario.get_step_time(rebound.step), load_kw, rebound.rebound_kw)


def compute_price_bands(simulation: Simulation) -> dict[str, list[float]]:
    """Return energy through the EVSEs and time per price, or per band of prices where there are many, by column."""
    prices_mad_kwh = simulation.billed_prices_mad_kwh
    levels, level = np.unique(prices_mad_kwh.round(PRICE_DIGITS), return_inverse=True)
    # Levels are ranks, so each band holds about as many prices as the others, however unevenly they lie.
    band = level * min(len(levels), MAX_PRICE_BANDS) // max(len(levels), 1)
    steps, timestep_h = np.bincount(band), simulation.scenario.timestep_h
    return {
        "price_mad_kwh": (np.bincount(band, prices_mad_kwh) / steps).tolist(),
        "hours": (steps * timestep_h).tolist(),
        "g2v_kwh": (np.bincount(band, simulation.series("g2v_kw")) * timestep_h).tolist(),
        "v2g_kwh": (np.bincount(band, simulation.series("v2g_kw")) * timestep_h).tolist(),
    }


def _compute_load_without_event(runs: CounterfactualRuns, starts: NDArray[np.intp]) -> list[float | None]:
    """Return the net load of the run without its event per bucket, None outside the tracked steps [kW]."""
    event = runs.event_counterfactual
    if event is None:
        return [None] * len(starts)
    load_kw = np.full(runs.simulation.step, np.nan)
    first_step = event.event_steps.start
    load_kw[first_step : first_step + len(event.net_load_kw)] = event.net_load_kw
    return [None if np.isnan(mean_kw) else mean_kw for mean_kw in compute_bucket_means(load_kw, starts).tolist()]


def _compute_running_total(simulation: Simulation, name: str) -> Floats:
    return np.cumsum(simulation.settlement[name])
