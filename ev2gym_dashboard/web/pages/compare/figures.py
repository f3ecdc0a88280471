"""The figures of a comparison: load curves over each other, and the bill against the peak with its Pareto set."""

from __future__ import annotations

import numpy as np

from ev2gym_dashboard.core.control.power_limits import Floats
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.comparison.result import TRADE_OFF, Comparison
from ev2gym_dashboard.service.reports.plots import sizes_px
from ev2gym_dashboard.service.scenarios.exogenous import surroundings_of
from ev2gym_dashboard.service.simulation.downsampling import thinned
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web import theme
from ev2gym_dashboard.web.components.charts import Figure, axis, figure, rounded, time_axis
from ev2gym_dashboard.web.i18n import Words
from ev2gym_dashboard.web.pages.compare import table

DASHES = {True: "solid", False: "dot"}
SYMBOLS = {True: "circle", False: "square-open"}


def colour_of(strategy: str) -> str:
    """Return the colour of a strategy, the same in both figures and in their legend."""
    return theme.STRATEGIES[list(STRATEGIES).index(strategy) % len(theme.STRATEGIES)]


def empty_load(_: Words) -> Figure:
    """Return the load chart before anything was compared."""
    return _load([], _)


def empty_trade_off(_: Words) -> Figure:
    """Return the trade-off chart before anything was compared."""
    return _trade_off([], _)


def load_figure(comparison: Comparison, _: Words) -> Figure:
    """Return the load curves under the first seed, and what the connection carries."""
    times = [time.strftime("%Y-%m-%d %H:%M") for time in comparison.times]
    curves = [
        _curve(table.label(comparison, k, _), colour_of(c.strategy), DASHES[c.v2g])
        | {"x": times, "y": rounded(comparison.net_load_kw[k].tolist())}
        for k, c in enumerate(comparison.contestants)
    ]
    limit = _curve(_("Connection limit"), theme.LIMIT, "dash") | {
        "x": times,
        "y": rounded(limit_kw(comparison.contestants[0].scenario).tolist()),
    }
    return _load([*curves, limit], _)


def limit_kw(scenario: Scenario) -> Floats:
    """Return what the connection carries at the points of the load curves [kW]."""
    of_day, start = surroundings_of(scenario), scenario.start_time
    first = (start.hour * 60 + start.minute) // scenario.timestep_min
    days = range(-(-(first + scenario.n_steps) // scenario.steps_per_day))
    series = np.concatenate([of_day(day).limit_kw for day in days])
    return thinned(series[first : first + scenario.n_steps])


def trade_off_figure(comparison: Comparison, _: Words) -> Figure:
    """Return the bill against the peak, a point per contestant, its size by wear, and the Pareto set as a line."""
    cost, peak = (comparison.mean[name] for name in TRADE_OFF)
    sizes = sizes_px(comparison.mean["wear_mad"].to_numpy())
    points = [
        _point(table.label(comparison, k, _), colour_of(c.strategy), SYMBOLS[c.v2g], float(sizes[k]), _)
        | {
            "x": [float(cost.iloc[k])],
            "y": [float(peak.iloc[k])],
            "customdata": [float(comparison.mean["wear_mad"].iloc[k])],
        }
        for k, c in enumerate(comparison.contestants)
    ]
    front = sorted(comparison.pareto, key=lambda name: float(cost[name]))
    edge = {
        "type": "scatter",
        "mode": "lines",
        "name": _("Pareto set"),
        "x": [float(cost[name]) for name in front],
        "y": [float(peak[name]) for name in front],
        "line": {"color": theme.SHADOW, "width": 1.6, "dash": "dash"},
        "hoverinfo": "skip",
    }
    largest_first = sorted(points, key=lambda point: -point["marker"]["size"])
    return _trade_off([edge, *largest_first], _)


def _load(data: list[Figure], _: Words) -> Figure:
    yaxis = axis() | {"zeroline": True}
    drawn = figure(data, height=theme.HEIGHTS["duel-load"], xaxis=time_axis(), yaxis=yaxis, hovermode="closest")
    drawn["layout"]["margin"] = {"l": 56, "r": 12, "t": 8, "b": 36}
    return drawn


def _trade_off(data: list[Figure], _: Words) -> Figure:
    xaxis = axis() | {"title": {"text": _("Bill (MAD)")}, "nticks": 5, "showgrid": True}
    yaxis = axis() | {"title": {"text": _("Peak at the meter (kW)")}, "nticks": 5}
    height = theme.HEIGHTS["duel-trade"]
    margin = {"l": 72, "r": 18, "t": 12, "b": 48}
    return figure(data, height=height, margin=margin, xaxis=xaxis, yaxis=yaxis, hovermode="closest")


def _curve(name: str, colour: str, dash: str) -> Figure:
    line = {"color": colour, "width": 1.6, "dash": dash}
    hover = f"%{{x|%a %d %b %H:%M}}: %{{y:,.4~r}} kW<extra>{name}</extra>"
    return {"type": "scatter", "mode": "lines", "name": name, "line": line, "hovertemplate": hover}


def _point(name: str, colour: str, symbol: str, size_px: float, _: Words) -> Figure:
    told = _("{cost} MAD, {peak} kW, wear {wear} MAD", cost="%{x:,.6~r}", peak="%{y:,.5~r}", wear="%{customdata:,.4~r}")
    marker = {"color": colour, "symbol": symbol, "size": size_px, "opacity": 0.8, "line": {"width": 2, "color": colour}}
    hover = f"{told}<extra>{name}</extra>"
    return {"type": "scatter", "mode": "markers", "name": name, "marker": marker, "hovertemplate": hover}
