"""Site view: the values that the site page shows of a run at a step, as plain Python values."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.site.tariff import ThresholdVerdict, check_price_threshold, find_midway_threshold
from ev2gym_dashboard.service.scenarios.tariff import list_scenario_prices
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.sessions.run_view import RunView, make_run_view, rewind_run
from ev2gym_dashboard.service.sessions.trend_axis import WHOLE_RUN, TrendAxis, make_trend_axis
from ev2gym_dashboard.service.simulation.billing import BillLine
from ev2gym_dashboard.service.simulation.counterfactuals import CounterfactualRuns
from ev2gym_dashboard.service.simulation.needed_connection import UnlimitedRun
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
    trends : series in the window as points of ``trend_axis``, by name: ``poste``, those of `SITE_TREND_COLUMNS`,
        ``net_and_v2g_kw`` (their sum), ``without_v2g_kw`` and ``uncontrolled_kw`` (net load of the counterfactuals),
        ``cost_mad``, ``cost_without_v2g_mad``, ``cost_uncontrolled_mad``, ``co2_kg``, ``co2_without_v2g_kg`` and
        ``co2_uncontrolled_kg`` (running totals since the start)
    trend_axis : the steps of the window
    has_had_sun : whether the panels of the site have produced anything since the start
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
    trend_axis: TrendAxis
    has_had_sun: bool
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


def make_site_view(run: RunSpec, runs: CounterfactualRuns, *, window: str = WHOLE_RUN) -> SiteView:
    """Return the site view of runs that have reached the run's step, with the trends of a window."""
    simulation, value = runs.simulation, runs.value
    prices_mad_kwh = list_scenario_prices(simulation.scenario)
    axis = make_trend_axis(simulation, window)
    threshold_mad_kwh = dict(simulation.params).get("price.price_threshold_mad_kwh", 1.5)
    return SiteView(
        **vars(make_run_view(run, simulation)),
        trends=compute_site_trends(runs, axis),
        trend_axis=axis,
        has_had_sun=simulation.totals.sums["solar_kw"] > 0.0,
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


def make_past_site_view(
    run: RunSpec, past: CounterfactualRuns, unlimited: UnlimitedRun, *, window: str = WHOLE_RUN
) -> SiteView:
    """Return the site view of a past step of a run.

    Parameters
    ----------
    past : the runs at that step
    unlimited : the run without the limit of its connection, which may be further
    """
    return make_site_view(rewind_run(run, past.step), replace(past, unlimited=unlimited), window=window)


def compute_site_trends(runs: CounterfactualRuns, axis: TrendAxis) -> dict[str, list[Any]]:
    """Return the points of each series of the site in a window."""
    simulation = runs.simulation
    trends: dict[str, list[Any]] = {name: axis.draw(simulation.series(name)) for name in SITE_TREND_COLUMNS}
    # The sum of two minima is no minimum: the upper edge of the V2G band is a series of its own.
    window = simulation.select(axis.first_step, axis.end_step)
    trends["net_and_v2g_kw"] = axis.draw_window(window["net_load_kw"] + window["v2g_kw"])
    for name, counterfactual in runs.counterfactuals.items():
        trends[f"{name}_kw"] = axis.draw(counterfactual.series("net_load_kw"))
        trends[f"cost_{name}_mad"] = axis.draw(counterfactual.get_running_total("cost_mad"))
        trends[f"co2_{name}_kg"] = axis.draw(counterfactual.get_running_total("co2_kg"))
    trends["cost_mad"] = axis.draw(simulation.get_running_total("cost_mad"))
    trends["co2_kg"] = axis.draw(simulation.get_running_total("co2_kg"))
    trends["without_event_kw"] = _draw_load_without_event(runs, axis)
    return trends | {"poste": axis.draw_postes(simulation)}


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
    levels = simulation.fold_bill("price_levels", partial(_total_levels, simulation), _join_levels)
    n_levels, totals = len(levels), np.array([levels[price] for price in sorted(levels)]).reshape(-1, 4)
    # Levels are ranks, so each band holds about as many prices as the others, however unevenly they lie.
    band = np.arange(n_levels) * min(n_levels, MAX_PRICE_BANDS) // max(n_levels, 1)
    steps, price_sum, g2v_kw, v2g_kw = (np.bincount(band, column) for column in totals.T)
    timestep_h = simulation.scenario.timestep_h
    return {
        "price_mad_kwh": (price_sum / steps).tolist(),
        "hours": (steps * timestep_h).tolist(),
        "g2v_kwh": (g2v_kw * timestep_h).tolist(),
        "v2g_kwh": (v2g_kw * timestep_h).tolist(),
    }


def _total_levels(simulation: Simulation, first: int, end: int) -> dict[float, Floats]:
    """Return number of steps, and sums of price, G2V and V2G, (4,), by rounded price of the bill."""
    prices_mad_kwh, series = simulation.billed_prices_mad_kwh[first:end], simulation.select(first, end)
    levels, level = np.unique(prices_mad_kwh.round(PRICE_DIGITS), return_inverse=True)
    weights = (None, prices_mad_kwh, series["g2v_kw"], series["v2g_kw"])
    totals = np.stack([np.bincount(level, values, len(levels)) for values in weights], axis=1)
    return dict(zip(levels.tolist(), totals, strict=True))


def _join_levels(earlier: dict[float, Floats], later: dict[float, Floats]) -> dict[float, Floats]:
    return earlier | {price: earlier.get(price, 0.0) + totals for price, totals in later.items()}


def _draw_load_without_event(runs: CounterfactualRuns, axis: TrendAxis) -> list[float | None]:
    """Return the net load of the run without its event, None outside the tracked steps [kW]."""
    event = runs.event_counterfactual
    if event is None:
        return [None] * axis.n_points
    load_kw, first_step = np.full(runs.simulation.step, np.nan), event.event_steps.start
    load_kw[first_step : first_step + len(event.net_load_kw)] = event.net_load_kw
    return [None if np.isnan(kw) else kw for kw in axis.draw(load_kw)]
