"""Figure of one vehicle: its SOC and power over time, with its stays, its target and its thresholds."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import Any

from ev2gym_dashboard import palette
from ev2gym_dashboard.service.sessions.vehicle_view import VehicleHistory, VehicleSpan, VehiclesView
from ev2gym_dashboard.service.sessions.watched_vehicle import HISTORY_H
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.charts import (
    RANGE_H,
    TRANSPARENT,
    FigureDict,
    format_plotly_time,
    make_area_trace,
    make_axis,
    make_figure,
    make_legend_states,
    make_line_trace,
    make_range_updates,
    make_rectangle,
    make_run_axis,
    make_time_band,
    round_significant,
)
from ev2gym_dashboard.web.components.dash_patch import PatchPath, make_patch
from ev2gym_dashboard.web.i18n import Translator

HEIGHT_PX = 380
POWER_TOP, SOC_BOTTOM = 0.3, 0.37
"""Edges of the two parts of the figure, as shares of its height."""
AWAY, WAITING = "away", "waiting"


def make_history_figure(_: Translator) -> FigureDict:
    """Return the empty figure: SOC above, power below, on one axis of time."""
    names = {
        "soc": _("SOC"),
        "target": _("Target"),
        "reserve": _("V2G stops"),
        "below": _("Plan: charges below"),
        "above": _("Plan: gives back above"),
    }
    lines = {key: make_line_trace(name, "", hover=f"%{{y:.1%}}<extra>{name}</extra>") for key, name in names.items()}
    styles = {
        "soc": {"color": palette.SOC, "width": 2.2},
        "target": {"color": palette.COUNTERFACTUAL, "dash": "dash"},
        "reserve": {"color": palette.LIMIT, "dash": "dot"},
        "below": {"color": palette.G2V, "dash": "dot"},
        "above": {"color": palette.V2G, "dash": "dot"},
    }
    for key, style in styles.items():
        lines[key]["line"] |= style
    lines["soc"]["hovertemplate"] = f"%{{y:.1%}} · %{{text}}<extra>{names['soc']}</extra>"
    powers = [make_area_trace(_("G2V"), palette.G2V, unit="kW"), make_area_trace(_("V2G"), palette.V2G, unit="kW")]
    data = [*lines.values(), *(trace | {"yaxis": "y2"} for trace in powers)]
    soc_axis = {"range": [0, 1.03], "tickmode": "linear", "dtick": 0.25, "tickformat": ".0%"}
    return make_figure(
        data,
        height=HEIGHT_PX,
        margin={"l": 56, "r": 20, "t": 8, "b": 46},
        # Both parts show their values at the time under the pointer.
        hoversubplots="axis",
        # Ticks that are not seen keep the first time clear of the lowest power.
        xaxis=make_run_axis() | {"anchor": "y2", "ticks": "outside", "ticklen": 6, "tickcolor": TRANSPARENT},
        yaxis=make_axis() | soc_axis | {"domain": [SOC_BOTTOM, 1], "fixedrange": True},
        yaxis2=make_axis() | {"domain": [0, POWER_TOP], "zeroline": True, "nticks": 4, "ticksuffix": " kW"},
    )


def make_history_patch(view: VehiclesView, _: Translator) -> FigureDict:
    """Return the data of the figure of a vehicle whose past is known."""
    history = _get_history(view)
    series = _list_series(view, history)
    changes: dict[PatchPath, Any] = {
        **make_range_updates(_compute_range(view, history)),
        # Another vehicle shows itself whole.
        ("layout", "uirevision"): f"vehicle-{view.query.vehicle}",
        ("layout", "shapes"): [_make_band(span) for span in history.spans if span.mode != AWAY] + _make_cursor(view),
        ("data", 0, "text"): _repeat_last([_(reason.text) for reason in history.reasons]),
    }
    for trace, values in enumerate(series):
        changes[("data", trace, "x0")] = format_plotly_time(view.run.scenario.get_step_time(history.shown_step))
        changes[("data", trace, "dx")] = view.run.scenario.timestep_min * 60_000
        changes[("data", trace, "y")] = round_significant(_repeat_last(values))
    return make_patch(changes)


def compute_legend_states(view: VehiclesView) -> dict[str, str]:
    """Return the entries of the legend that name something on the figure."""
    if view.shown is None or view.shown.history is None:
        return {}
    history = view.shown.history
    shown = {
        "target": [target is not None for target in history.target_soc],
        "reserve": [view.shown.reserve_soc is not None],
        "below": [value is not None for value in history.charge_below_soc],
        "above": [value is not None for value in history.give_above_soc],
        "v2g": [power_kw < 0.0 for power_kw in history.power_kw],
        "stay": [mode not in (AWAY, WAITING) for mode in history.modes],
        "wait": [mode == WAITING for mode in history.modes],
    }
    return make_legend_states(ids.VEHICLE_HISTORY, shown)


def _get_history(view: VehiclesView) -> VehicleHistory:
    if view.shown is None or view.shown.history is None:
        raise ValueError("the view shows no vehicle whose past is known")
    return view.shown.history


def _list_series(view: VehiclesView, history: VehicleHistory) -> list[list[float | None]]:
    """Return the values of the traces, in their order."""
    reserve_soc = view.shown.reserve_soc if view.shown else None
    return [
        list(history.soc),
        history.target_soc,
        [reserve_soc] * len(history.soc),
        history.charge_below_soc,
        history.give_above_soc,
        [max(power_kw, 0.0) for power_kw in history.power_kw],
        [min(power_kw, 0.0) for power_kw in history.power_kw],
    ]


def _repeat_last(values: list[Any]) -> list[Any]:
    # A line of steps extends to the end of its last step only with a second point.
    return values + values[-1:]


def _compute_range(view: VehiclesView, history: VehicleHistory) -> list[str]:
    """Return the range of the axis of time, which grows by half days up to the whole window."""
    start = view.run.scenario.get_step_time(history.shown_step)
    half_days = max(1, ceil((view.time - start) / timedelta(hours=RANGE_H)))
    end = start + timedelta(hours=min(RANGE_H * half_days, HISTORY_H))
    return [format_plotly_time(start), format_plotly_time(end)]


def _make_band(span: VehicleSpan) -> FigureDict:
    band = make_time_band(span.start, span.end)
    return band | {"layer": "above"} if span.mode == WAITING else band


def _make_cursor(view: VehiclesView) -> list[FigureDict]:
    """Return the line at the past step that is shown; none at the current one."""
    if view.shown_time == view.time:
        return []
    time = format_plotly_time(view.shown_time)
    return [make_rectangle(time, time, layer="above") | {"line": {"color": palette.CURSOR, "width": 2, "dash": "dash"}}]
