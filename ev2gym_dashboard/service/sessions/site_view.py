"""SiteFrame: all that the page shows of the site at a step, in plain Python values."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np

from ev2gym_dashboard.core.site.exogenous import POSTES
from ev2gym_dashboard.core.site.tariff import ThresholdVerdict, check_price_threshold, find_midway_threshold
from ev2gym_dashboard.service.scenarios.tariff import list_scenario_prices
from ev2gym_dashboard.service.sessions.fleet_view import choose_bucket_steps, compute_bucket_means
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.sessions.run_view import RunView, make_run_view
from ev2gym_dashboard.service.simulation.billing import BillLine
from ev2gym_dashboard.service.simulation.counterfactuals import CounterfactualRuns
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
    """A demand-response event, and what it did so far; ``effect`` is empty before it has begun."""

    time: datetime
    minutes: float
    reduction: float
    effect: dict[str, float]


@dataclass(frozen=True)
class SiteView(RunView):
    """The site of a run at a step.

    Parameters
    ----------
    trends : means over buckets of ``trend_step_min`` since the start, by name: ``poste``, those of
        `SITE_TREND_COLUMNS`, ``without_v2g_kw`` and ``uncontrolled_kw`` (net load of the counterfactuals),
        ``cost_mad``, ``cost_without_v2g_mad``, ``cost_uncontrolled_mad``, ``co2_kg``, ``co2_without_v2g_kg`` and
        ``co2_uncontrolled_kg`` (all so far)
    kpis : figures of the run so far, with those of `SAVINGS`
    counterfactuals : the same figures of each shadow
    value : what V2G is worth, by name as in `Value`; ``verdict`` is a key of `VALUE_VERDICTS`
    bill : the lines of the bill
    price_bands : by price, rising: ``price_mad_kwh``, ``hours``, ``g2v_kwh`` and ``v2g_kwh`` of the run so far
    event : the last demand-response event that has been called for
    models : ``model`` and ``n_fleet``, the order of ``per_model_mad``
    threshold_verdict : whether the price threshold of the price strategy is exceeded "never", "sometimes" or "always"
    suggested_threshold_mad_kwh : a threshold that means something under these prices, if there is one
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
    threshold_verdict: ThresholdVerdict
    suggested_threshold_mad_kwh: float | None


def make_site_view(run: RunSpec, runs: CounterfactualRuns) -> SiteView:
    """Draw the site from runs that stand at the run's step."""
    ours = runs.simulation
    prices = list_scenario_prices(ours.scenario)
    trends, bucket = compute_site_trends(runs)
    value = asdict(runs.value) | {"per_model_mad": runs.value.per_model_mad.tolist()}
    threshold_mad_kwh = dict(ours.params).get("price.price_threshold_mad_kwh", 1.5)
    return SiteView(
        **vars(make_run_view(run, ours)),
        trends=trends,
        trend_step_min=bucket * ours.scenario.timestep_min,
        kpis=ours.kpis | runs.savings,
        counterfactuals={name: shadow.kpis for name, shadow in runs.counterfactuals.items()},
        value=value,
        bill=ours.bill if ours.step else (),
        price_bands=compute_price_bands(ours),
        models={"model": list(ours.engine.catalog.names), "n_fleet": ours.engine.fleet.counts.tolist()},
        event=make_event_view(runs),
        threshold_verdict=check_price_threshold(prices, threshold_mad_kwh),
        suggested_threshold_mad_kwh=find_midway_threshold(prices),
    )


def compute_site_trends(runs: CounterfactualRuns) -> tuple[dict[str, list[Any]], int]:
    """Return the series of the site since the start, in buckets of as many steps as needed, and that number."""
    ours, series = runs.simulation, runs.simulation.engine.records.series
    bucket = choose_bucket_steps(ours.step)
    starts = np.arange(0, ours.step, bucket)
    ends = np.minimum(starts + bucket, ours.step) - 1
    trends: dict[str, list[Any]] = {name: compute_bucket_means(series[name], starts) for name in SITE_TREND_COLUMNS}
    for name, shadow in runs.counterfactuals.items():
        trends[f"{name}_kw"] = compute_bucket_means(shadow.engine.records.series["net_load_kw"], starts)
        trends[f"cost_{name}_mad"] = _compute_running_total(shadow, "cost_mad")[ends].tolist()
        trends[f"co2_{name}_kg"] = _compute_running_total(shadow, "co2_kg")[ends].tolist()
    trends["cost_mad"] = _compute_running_total(ours, "cost_mad")[ends].tolist()
    trends["co2_kg"] = _compute_running_total(ours, "co2_kg")[ends].tolist()
    trends["without_event_kw"] = _compute_load_without_event(runs, starts)
    trends["poste"] = [POSTES[int(series["poste"][k])] for k in starts]
    return trends, bucket


def make_event_view(runs: CounterfactualRuns) -> EventView | None:
    """Return the demand-response event that the run has been given, and what it did so far."""
    scenario = runs.simulation.scenario
    steps = scenario.event_steps
    if not steps:
        return None
    begun = (
        runs.event_counterfactual
        if runs.event_counterfactual and runs.event_counterfactual.event_steps == steps
        else None
    )
    effect = begun.compute_effect(runs.simulation) if begun else {}
    return EventView(scenario.get_step_time(steps.start), scenario.event_minutes, scenario.event_reduction, effect)


def compute_price_bands(simulation: Simulation) -> dict[str, list[float]]:
    """Return the energy through the EVSEs and the time at each price, or at each of a few bands of many prices."""
    series, timestep_h = simulation.engine.records.series, simulation.scenario.timestep_h
    prices = np.asarray(series["price_mad_kwh"], dtype=np.float64)
    levels, level = np.unique(prices.round(PRICE_DIGITS), return_inverse=True)
    band = level * min(len(levels), MAX_PRICE_BANDS) // max(len(levels), 1)
    steps = np.bincount(band)
    return {
        "price_mad_kwh": (np.bincount(band, prices) / steps).tolist(),
        "hours": (steps * timestep_h).tolist(),
        "g2v_kwh": (np.bincount(band, series["g2v_kw"]) * timestep_h).tolist(),
        "v2g_kwh": (np.bincount(band, series["v2g_kw"]) * timestep_h).tolist(),
    }


def _compute_load_without_event(
    runs: CounterfactualRuns, starts: np.ndarray[tuple[int], np.dtype[np.intp]]
) -> list[float | None]:
    """Return the net load of the run without its event at the buckets, as far as it was followed [kW]."""
    if runs.event_counterfactual is None:
        return [None] * len(starts)
    series = np.full(runs.simulation.step, np.nan)
    first, values = runs.event_counterfactual.event_steps.start, runs.event_counterfactual.net_load_kw
    series[first : first + len(values)] = values
    return [None if np.isnan(mean) else mean for mean in compute_bucket_means(series.tolist(), starts)]


def _compute_running_total(simulation: Simulation, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.cumsum(simulation.settlement[name])
