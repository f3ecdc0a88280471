"""Figure of the next hours: price, peak hours, V2G, sun, and the plan of a strategy that plans."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ev2gym_dashboard import palette
from ev2gym_dashboard.service.sessions.ahead_view import AheadView, PlannedHours
from ev2gym_dashboard.service.sessions.run_view import RunView
from ev2gym_dashboard.web.components.charts import (
    FITTING_LABELS,
    FigureDict,
    format_plotly_time,
    make_area_trace,
    make_axis,
    make_figure,
    make_line_trace,
    make_price_axis,
    make_range_updates,
    make_run_axis,
    make_time_band,
    round_significant,
)
from ev2gym_dashboard.web.components.dash_patch import PatchPath, make_patch
from ev2gym_dashboard.web.i18n import Translator

HEIGHT_PX = 104
SUN, PLAN, PRICE, SHADOW_PRICE, V2G = range(5)
"""Traces of the figure."""
RIBBON_Y, RIBBON_WIDTH_PX, HEADROOM = 0.94, 7, 1.25
"""Place and width of the ribbon, and how far the axis of prices goes beyond the highest one, to leave it free."""
MIN_PRICE_RANGE_MAD_KWH = 0.1
Points = tuple[datetime, int, list[float]]
"""Time of the first value, minutes between two of them, and the values."""


def make_ahead_figure(_: Translator) -> FigureDict:
    """Return the empty figure of the next hours: powers on the left, prices on the right, V2G as a ribbon on top."""
    price = "%{{y:.4f}} MAD/kWh<extra>{name}</extra>"
    plan = make_line_trace(_("Planned load"), palette.G2V, hover=f"%{{y:,.4~r}} kW<extra>{_('Planned load')}</extra>")
    plan |= {"fill": "tozeroy", "fillcolor": f"{palette.G2V}22", "opacity": 0.75}
    plan["line"]["dash"] = "dash"
    prices = [
        make_line_trace(name, colour, hover=price.format(name=name)) | {"yaxis": "y2"}
        for name, colour in ((_("Price"), palette.PRICE), (_("Price of one more kWh"), palette.OPTIMUM))
    ]
    prices[0]["line"] |= {"width": 2, "dash": "dot"}
    data = [make_area_trace(_("Sun"), palette.SOLAR, unit="kW"), plan, *prices, _make_ribbon(_)]
    return make_figure(
        data,
        height=HEIGHT_PX,
        margin={"l": 50, "r": 46, "t": 4, "b": 20},
        # Half a day needs no dates, and a range that moves with every step no zoom.
        xaxis=make_run_axis() | {"fixedrange": True, "tickformat": "%H:%M", "tickformatstops": []} | FITTING_LABELS,
        yaxis=make_axis() | {"zeroline": True, "rangemode": "tozero", "nticks": 4},
        yaxis2=make_price_axis() | {"nticks": 4},
        yaxis3={"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True},
    )


def make_ahead_patch(view: RunView) -> FigureDict:
    """Return the data of the figure: nothing is drawn of that which is not there."""
    ahead, plan = view.ahead, view.ahead.plan
    changes: dict[PatchPath, Any] = {
        **make_range_updates([format_plotly_time(ahead.start), format_plotly_time(ahead.end)]),
        ("layout", "yaxis2", "range"): _compute_price_range(ahead),
        ("layout", "yaxis", "visible"): bool(ahead.solar_kw or plan),
        ("layout", "shapes"): [make_time_band(span.start, span.end) for span in ahead.peaks],
        ("data", V2G, "x"): [time for span in ahead.v2g_windows or () for time in _list_ribbon_times(span)],
        ("data", V2G, "y"): [y for _ in ahead.v2g_windows or () for y in (RIBBON_Y, RIBBON_Y, None)],
    }
    for trace, points in _list_points(ahead, plan).items():
        changes |= _make_point_updates(trace, *points)
    return make_patch(changes)


def _compute_price_range(ahead: AheadView) -> list[float | None]:
    """Return the range of the prices, zero included, the scale of both curves."""
    plan = ahead.plan
    prices = [0.0, *ahead.price_mad_kwh, *(select_shown(plan, plan.price_mad_kwh, ahead.end) if plan else ())]
    lowest, highest = min(prices), max(prices)
    return round_significant([lowest, lowest + HEADROOM * max(highest - lowest, MIN_PRICE_RANGE_MAD_KWH)])


def _list_points(ahead: AheadView, plan: PlannedHours | None) -> dict[int, Points]:
    planned: dict[int, Points] = {PLAN: (ahead.start, ahead.step_min, []), SHADOW_PRICE: (ahead.start, 1, [])}
    if plan is not None:
        planned = {
            PLAN: (plan.start, plan.cell_min, select_shown(plan, plan.load_kw, ahead.end)),
            SHADOW_PRICE: (plan.start, plan.cell_min, select_shown(plan, plan.price_mad_kwh, ahead.end)),
        }
    series = {SUN: ahead.solar_kw, PRICE: ahead.price_mad_kwh}
    return {trace: (ahead.start, ahead.step_min, values) for trace, values in series.items()} | planned


def select_shown(plan: PlannedHours, values: list[float], end: datetime) -> list[float]:
    """Return the values of a plan up to a time."""
    return values[: -((plan.start - end) // timedelta(minutes=plan.cell_min))]


def _make_point_updates(trace: int, start: datetime, minutes: int, values: list[float]) -> dict[PatchPath, Any]:
    return {
        ("data", trace, "x0"): format_plotly_time(start),
        ("data", trace, "dx"): minutes * 60_000,
        # The last value is drawn to the end of its step.
        ("data", trace, "y"): round_significant(values + values[-1:]) if values else [],
    }


def _make_ribbon(_: Translator) -> FigureDict:
    line = {"color": palette.V2G, "width": RIBBON_WIDTH_PX}
    hover = f"{_('V2G')}<extra></extra>"
    return {
        "type": "scatter",
        "mode": "lines",
        "name": _("V2G"),
        "x": [],
        "y": [],
        "yaxis": "y3",
        "line": line,
        "hovertemplate": hover,
    }


def _list_ribbon_times(span: Any) -> tuple[str, str, None]:
    return format_plotly_time(span.start), format_plotly_time(span.end), None
