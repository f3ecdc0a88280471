"""Fleet view: the values that the live page shows of a run at a step, as plain Python values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypedDict

import numpy as np

from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.fleet.evse import UNPLUGGED
from ev2gym_dashboard.service.sessions.alternative_run import AlternativeRun, AlternativeView, make_alternative_view
from ev2gym_dashboard.service.sessions.event_view import EventPage, EventQuery, make_event_page
from ev2gym_dashboard.service.sessions.plan_thresholds import PlanThresholds, summarize_thresholds
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.sessions.run_view import RunView, make_run_view, rewind_run
from ev2gym_dashboard.service.sessions.trend_axis import WHOLE_RUN, TrendAxis, make_trend_axis
from ev2gym_dashboard.service.simulation.counterfactuals import CounterfactualRuns
from ev2gym_dashboard.service.simulation.simulation import Simulation

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
CURRENT_FIGURES = {
    "n_models": "vehicle models of the catalog",
    "n_capable": "models that can discharge",
    "capable_share": "models that can discharge / all models",
    "registrations": "registrations of all models",
    "battery_mean_kwh": "mean battery capacity of the fleet's vehicles",
    "n_vehicles": "vehicles of the fleet",
    "n_away": "vehicles neither plugged in nor waiting",
    "import_kwh": "energy drawn through the EVSEs since the start (G2V)",
    "export_kwh": "energy fed back through the EVSEs since the start (V2G)",
}
"""Current figures beside those of `CURRENT_COLUMNS`: name and meaning; the unit is the suffix."""


class FleetChoice(TypedDict, total=False):
    """Choice of the parts of a fleet view.

    The window of its trends, a key of `WINDOWS_H`; events of its log; the strategy of an alternative, empty for none.
    """

    window: str
    events: EventQuery | None
    alternative: str


@dataclass(frozen=True)
class FleetView(RunView):
    """The fleet of a run at a step: its state after the steps before, and its trends since the start.

    Parameters
    ----------
    run : the specification of the run
    time : UTC time at which the next step begins
    loaded_catalog : the catalog and its source
    current : figures by name: counts and powers of the last step, price and solar output of the next one
    models : the fleet table by column
    trends : series in the window, as points of ``trend_axis``; ``poste`` is that at the time of a point
    trend_axis : the steps of the window
    soc_histogram : connected vehicles per 5 % of SOC, by mode
    reasons : vehicles per model, by reason key
    ledger : energies and the residual of their balance [kWh]
    thresholds : those of the plan by name of the model, see `summarize_thresholds`
    events : a page of the event log; None where the request asks for none
    alternative : the run under another strategy; None where the request asks for none
    """

    current: dict[str, float]
    models: dict[str, list[Any]]
    trends: dict[str, list[Any]]
    trend_axis: TrendAxis
    soc_histogram: dict[str, list[int]]
    reasons: dict[str, list[int]]
    ledger: dict[str, float]
    thresholds: dict[str, PlanThresholds]
    events: EventPage | None = None
    alternative: AlternativeView | None = None


def make_fleet_view(
    run: RunSpec,
    runs: CounterfactualRuns,
    *,
    window: str = WHOLE_RUN,
    events: EventQuery | None = None,
    alternative: AlternativeRun | None = None,
) -> FleetView:
    """Return the fleet view of runs that have reached the run's step, with the trends of a window and chosen events."""
    view = _make_view(run, runs.simulation, window, alternative)
    return replace(view, events=make_event_page(run, runs.simulation, events)) if events else view


def make_past_fleet_view(run: RunSpec, simulation: Simulation, alternative: AlternativeRun | None = None) -> FleetView:
    """Return the fleet view of a past step of a run, from a simulation that is at that step."""
    return _make_view(rewind_run(run, simulation.step), simulation, WHOLE_RUN, alternative)


def _make_view(run: RunSpec, simulation: Simulation, window: str, alternative: AlternativeRun | None) -> FleetView:
    axis, ledger = make_trend_axis(simulation, window), simulation.ledger
    return FleetView(
        **vars(make_run_view(run, simulation)),
        current=collect_current_figures(simulation, ledger),
        models=simulation.build_model_columns(),
        trends=compute_trends(simulation, axis),
        trend_axis=axis,
        soc_histogram=compute_soc_histogram(simulation),
        reasons=count_reasons(simulation),
        ledger=ledger,
        thresholds=summarize_thresholds(simulation),
        alternative=make_alternative_view(simulation, alternative, axis) if alternative else None,
    )


def collect_current_figures(simulation: Simulation, ledger: Mapping[str, float]) -> dict[str, float]:
    """Return the current figures of the fleet, and its energies since the start, by name."""
    fleet = simulation.fleet
    # Of a mixed fleet, the engine's catalog has each model once for each part.
    catalog = simulation.catalog if not simulation.scenario.parts else simulation.loaded_catalog.models
    row, (moment, _) = simulation.get_totals().to_row(), simulation.get_moment()
    n_capable = int(np.count_nonzero(catalog.v2g_capable))
    return {
        "n_models": len(catalog.names),
        "n_capable": n_capable,
        "capable_share": n_capable / len(catalog.names),
        "registrations": int(catalog.registrations.sum()),
        "battery_mean_kwh": float(fleet.counts @ fleet.capacity_kwh) / fleet.size,
        "n_vehicles": fleet.size,
        "n_away": fleet.size - row["n_connected"] - row["n_waiting"],
        "import_kwh": ledger["grid_in_kwh"],
        "export_kwh": ledger["grid_out_kwh"],
        **{name: row[name] for name in CURRENT_COLUMNS},
        # The row has the price and the sun of the last step; the page shows those of its clock.
        "price_mad_kwh": moment.price_mad_kwh,
        "solar_kw_per_kwp": moment.solar_kw_per_kwp,
    }


def compute_trends(simulation: Simulation, axis: TrendAxis) -> dict[str, list[Any]]:
    """Return the points of each series in a window."""
    trends: dict[str, list[Any]] = {name: axis.draw(simulation.series(name)) for name in TREND_COLUMNS}
    return trends | {"poste": axis.draw_postes(simulation)}


def compute_soc_histogram(simulation: Simulation) -> dict[str, list[int]]:
    """Return the number of connected vehicles per SOC bin, by mode."""
    state = simulation.state
    connected = state.code != UNPLUGGED
    # A SOC of exactly 1 belongs to the last bin.
    bins = np.minimum((state.soc[connected] * SOC_BINS).astype(np.intp), SOC_BINS - 1)
    power_kw = state.power_kw[connected]
    modes = {"charging": power_kw > 0.0, "discharging": power_kw < 0.0, "idle": power_kw == 0.0}
    return {name: np.bincount(bins[mode], minlength=SOC_BINS).tolist() for name, mode in modes.items()}


def count_reasons(simulation: Simulation) -> dict[str, list[int]]:
    """Return the number of vehicles per model, by reason; before the first step, plugged-in vehicles have none."""
    reasons = simulation.state.reason
    if simulation.step == 0:
        # The warm-up plugs vehicles in, and the first step is the first to decide.
        reasons = np.where(simulation.state.code == UNPLUGGED, reasons, len(Reason))
    counts = [np.bincount(reasons[rows], minlength=len(Reason)).tolist() for rows in simulation.fleet.slices]
    return {reason.key: [model[reason] for model in counts] for reason in Reason}
