"""Parts of all charts: axes, traces, bands, and numbers rounded to the resolution of the screen."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from math import ceil
from typing import Any

import numpy as np

from ev2gym_dashboard import palette
from ev2gym_dashboard.service.sessions.fleet_view import FleetView
from ev2gym_dashboard.service.sessions.site_view import SiteView
from ev2gym_dashboard.web import ids, theme
from ev2gym_dashboard.web.components.dash_patch import PatchPath

FigureDict = dict[str, Any]
TrendView = FleetView | SiteView
CHART_DIGITS, PRICE_DIGITS = 4, 4
"""Significant digits of a value, and decimals of a price."""
MIN_EXPONENT = -290
"""Smallest exponent that the rounding uses: the power of ten for a smaller one would overflow."""
RANGE_H = 12
MS_PER_DAY = 86_400_000
LABEL_GAP_PX = 5
FITTING_LABELS = {"ticklabeloverflow": "allow"}
"""Option of an axis whose margins hold its labels: Plotly would measure them at each drawing to hide those cut off."""
AREA_ALPHA = "55"
"""Opacity of an area below its edge, as the last two digits of its colour."""
TRANSPARENT = "rgba(0,0,0,0)"
LABEL_MARGIN_PX, MAX_LABEL_LENGTH, ELLIPSIS = 136, 20, "…"
"""Margin of an axis of names, and the length of a name that it takes in any letters."""
_PART = re.compile(r" \([^()]*\)$")
_AXIS = re.compile(r"[xy]axis\d*$")


def round_significant(values: Sequence[float | None]) -> list[float | None]:
    """Return values with `CHART_DIGITS` significant digits, which take a third of the bytes of full ones."""
    array = np.array(values, dtype=np.float64)
    # Zero has no logarithm; any positive number in its place gives zero again.
    size = np.abs(np.where(array == 0.0, 1.0, array))
    digits = CHART_DIGITS - 1 - np.maximum(np.floor(np.log10(size)), MIN_EXPONENT)
    # Division gives the double nearest to the decimal, and so its shortest text; the inverse as a factor does not.
    power = 10.0 ** np.abs(digits)
    rounded = np.where(digits >= 0.0, np.rint(array * power) / power, np.rint(array / power) * power).tolist()
    # In its shortest form in JSON; NaN, the only number unequal to itself, as null, which draws a gap.
    return [int(value) if value.is_integer() else value if value == value else None for value in rounded]  # noqa: PLR0124


def round_together(series: Sequence[Sequence[float | None]]) -> list[list[float | None]]:
    """Return several series as `round_significant` gives each, at the price of one."""
    values = iter(round_significant([value for one in series for value in one]))
    return [list(islice(values, len(one))) for one in series]


def escape_markup(name: str) -> str:
    """Return the name of a model so that Plotly shows it literally: Plotly interprets tags and entities."""
    return name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def make_label_updates(names: Sequence[str]) -> dict[PatchPath, Any]:
    """Return the labels of the bars of an axis of names, and the whole names, which a pointer shows."""
    return {
        ("data", 0, "y"): [escape_markup(label) for label in abbreviate_labels(names)],
        ("data", 0, "hovertext"): [escape_markup(name) for name in names],
    }


def abbreviate_labels(names: Sequence[str]) -> list[str]:
    """Return names for the axis of a chart: long ones lose their middle, and no two become equal.

    Both ends tell models apart: the make begins a name, its version and the part of the fleet end it.
    """
    short = [_abbreviate_label(name, ELLIPSIS) for name in names]
    seen = Counter(short)
    return [
        _abbreviate_label(name, f"{ELLIPSIS}{number}{ELLIPSIS}") if seen[label] > 1 and label != name else label
        for number, (name, label) in enumerate(zip(names, short, strict=True), start=1)
    ]


def _abbreviate_label(name: str, gap: str) -> str:
    if len(name) <= MAX_LABEL_LENGTH:
        return name
    part = _PART.search(name)
    n_tail = min(len(part[0]) if part else 0, MAX_LABEL_LENGTH // 2) or MAX_LABEL_LENGTH // 3
    return name[: MAX_LABEL_LENGTH - n_tail - len(gap)].rstrip() + gap + name[len(name) - n_tail :]


def compute_time_range(view: TrendView) -> list[str]:
    """Return the range of the time axis, see `compute_time_span`, as Plotly takes it."""
    return [format_plotly_time(time) for time in compute_time_span(view)]


def compute_time_span(view: TrendView) -> tuple[datetime, datetime]:
    """Return the first and the last time of the axis: the window, or the whole run up to the next half day."""
    axis, scenario = view.trend_axis, view.run.scenario
    start = get_trend_start(view)
    if axis.window_steps:
        end = max(view.time, start + timedelta(minutes=axis.window_steps * scenario.timestep_min))
        return start, end
    # A range that grew with each step would move the whole curve; within half a day only its end moves.
    half_days = max(1, ceil((view.time - start) / timedelta(hours=RANGE_H)))
    return start, start + timedelta(hours=RANGE_H * half_days, minutes=-1)


def get_trend_start(view: TrendView) -> datetime:
    """Return the time of the first point of the trends."""
    return view.run.scenario.get_step_time(view.trend_axis.first_step)


def get_point_min(view: TrendView) -> int:
    """Return the time from a point of the trends to the next one [min]."""
    return view.trend_axis.point_steps * view.run.scenario.timestep_min


def make_trend_updates(view: TrendView, series: list[list[float]]) -> dict[PatchPath, Any]:
    """Return the changes that draw series over time, each value to the end of its step."""
    changes: dict[PatchPath, Any] = {
        **make_range_updates(compute_time_range(view)),
        # As long as this value stays, Plotly keeps the zoom of the user: another window shows itself whole.
        ("layout", "uirevision"): f"window-{view.trend_axis.window_steps}",
    }
    x0, dx = format_plotly_time(get_trend_start(view)), get_point_min(view) * 60_000
    # The line has steps: the last value needs a second point to extend to the end of its step.
    for trace, values in enumerate(round_together([values + values[-1:] for values in series])):
        changes |= {("data", trace, "x0"): x0, ("data", trace, "dx"): dx, ("data", trace, "y"): values}
    return changes


def make_legend_states(chart: str, shown: Mapping[str, Sequence[float | None]]) -> dict[str, str]:
    """Return "on" or "off" by id of an entry of a legend: an entry of a series without any value is hidden."""
    return {ids.make_legend_id(chart, key): "on" if any(values) else "off" for key, values in shown.items()}


def list_peak_flags(view: TrendView) -> list[float | None]:
    """Return 1 for each point of the trends in peak hours, 0 for the others."""
    return [float(poste == "HP") for poste in view.trends["poste"]]


def make_peak_bands(view: TrendView) -> list[FigureDict]:
    """Return a band for each period of peak hours within the trends."""
    # An edge lies between two points of which one is in peak hours; edges alternate between start and end.
    postes = view.trends["poste"]
    edges = [
        k
        for k in range(len(postes) + 1)
        if (k > 0 and postes[k - 1] == "HP") != (k < len(postes) and postes[k] == "HP")
    ]
    spans = zip(edges[::2], edges[1::2], strict=True)
    return [
        make_rectangle(_format_point_time(view, first), _format_point_time(view, end), layer="below")
        for first, end in spans
    ]


def make_time_band(start: datetime, end: datetime) -> FigureDict:
    """Return a band between two times, as that of peak hours."""
    return make_rectangle(format_plotly_time(start), format_plotly_time(end), layer="below")


def make_rectangle(x0: str, x1: str, *, layer: str) -> FigureDict:
    """Return a rectangle over the height of a chart between two times; a line at equal ones."""
    return {
        "type": "rect",
        "xref": "x",
        "yref": "paper",
        "x0": x0,
        "x1": x1,
        "y0": 0,
        "y1": 1,
        "layer": layer,
        "fillcolor": palette.PEAK,
        "line": {"width": 1},
    }


def _format_point_time(view: TrendView, point: int) -> str:
    return format_plotly_time(get_trend_start(view) + timedelta(minutes=point * get_point_min(view)))


def format_plotly_time(time: datetime) -> str:
    return time.isoformat(" ", "minutes")[:16]


def make_pattern(shape: str, colour: str) -> FigureDict:
    """Return the pattern of an area or a bar over its own colour."""
    return {"shape": shape, "fillmode": "overlay", "fgcolor": colour, "size": 5, "solidity": 0.35}


def make_mode_marker(mode: str) -> FigureDict:
    """Return the marker of the bars of a mode, in its colour and pattern."""
    colour, shape = theme.MODE_COLOURS[mode], theme.MODE_PATTERNS[mode]
    alpha = AREA_ALPHA if shape else ""
    line = {"width": 1, "color": colour}
    return {"color": f"{colour}{alpha}", "pattern": make_pattern(shape, colour), "line": line}


def make_price_updates(trace: int, prices_mad_kwh: list[float]) -> dict[PatchPath, Any]:
    """Return the change that draws prices over time, with the decimals that the page shows of a price."""
    values = [round(price, PRICE_DIGITS) for price in prices_mad_kwh]
    return {("data", trace, "y"): values + values[-1:]}


def make_area_trace(name: str, colour: str, *, unit: str) -> FigureDict:
    """Return a series as a filled area above zero."""
    filled = {"fill": "tozeroy", "fillcolor": f"{colour}40"}
    return make_line_trace(name, colour, hover=f"%{{y:,.4~r}} {unit}<extra>{name}</extra>") | filled


def make_line_trace(name: str, colour: str, *, hover: str) -> FigureDict:
    """Return a series as a line of steps."""
    line = {"color": colour, "width": 1.4, "shape": "hv"}
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x0": 0,
        "dx": 1,
        "y": [],
        "line": line,
        "hovertemplate": hover,
    }


def make_price_axis() -> FigureDict:
    """Return the axis of the price, on the right of a chart in kW."""
    return make_axis() | {
        "overlaying": "y",
        "side": "right",
        "showgrid": False,
        "rangemode": "tozero",
        "tickmode": "auto",
        "tickformat": ".2f",
    }


def make_axis() -> FigureDict:
    """Return an axis of numbers."""
    return {
        "fixedrange": True,
        "automargin": False,
        "zeroline": False,
        "nticks": 6,
        "separatethousands": True,
        "exponentformat": "none",
    }


def make_category_axis() -> FigureDict:
    """Return the axis of named bars, the first one on top."""
    # Without the type, Plotly takes model names such as "2008" for numbers.
    labels = {"type": "category", "ticksuffix": "  ", "showgrid": False}
    return labels | {"autorange": "reversed", "fixedrange": True, "automargin": False}


def make_time_axis() -> FigureDict:
    """Return an axis of the simulated time."""
    # Without the year, which the run's clock shows, the labels of a day fit side by side on a phone.
    formats = [{"dtickrange": [None, MS_PER_DAY - 1], "value": "%H:%M\n%e %b"}]
    return {
        "type": "date",
        "fixedrange": False,
        "automargin": False,
        # The first label stays clear of the zero of the other axis.
        "ticklabelstandoff": LABEL_GAP_PX,
        "hoverformat": "%a %d %b %H:%M",
        "tickformatstops": formats,
    }


def make_run_axis() -> FigureDict:
    """Return an axis of the simulated time for a figure that waits for its run: without labels until it has a range."""
    # Plotly would write January 2000.
    return make_time_axis() | {"showticklabels": False}


def make_range_updates(time_range: list[str]) -> dict[PatchPath, Any]:
    """Return the changes that give an axis of a run its range, and with it its labels."""
    return {("layout", "xaxis", "range"): time_range, ("layout", "xaxis", "showticklabels"): True}


def make_figure(data: list[FigureDict], *, height: int, **layout: Any) -> FigureDict:
    """Return a figure with the layout that all figures share."""
    base: FigureDict = {
        "height": height,
        "autosize": True,
        "margin": {"l": 50, "r": 46, "t": 8, "b": 36},
        "paper_bgcolor": TRANSPARENT,
        "plot_bgcolor": TRANSPARENT,
        "font": {"family": "inherit", "size": 12},
        "showlegend": False,
        "hovermode": "x unified" if len(data) > 2 else "closest",
        "uirevision": "kept",
        "xaxis": make_run_axis() if len(data) > 3 else {},
    }
    axes = {name: axis | FITTING_LABELS for name, axis in (base | layout).items() if _AXIS.match(name)}
    return {"data": data, "layout": base | layout | (axes if "margin" not in layout else {})}
