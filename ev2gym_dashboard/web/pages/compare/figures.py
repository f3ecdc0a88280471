"""The figures of a comparison: load curves over each other, and the bill against the peak with its Pareto set."""

from __future__ import annotations

import numpy as np

from ev2gym_dashboard import palette
from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.comparison.result import TRADE_OFF_KPIS, Comparison
from ev2gym_dashboard.service.reports.plots import compute_marker_sizes_px
from ev2gym_dashboard.service.scenarios.exogenous import make_exogenous_source
from ev2gym_dashboard.service.simulation.downsampling import downsample_mean
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web.components.charts import FigureDict, make_axis, make_figure, make_time_axis, round_significant
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.compare import table

FIGURE_HEIGHT_PX = 340
DASH_BY_V2G = {True: "solid", False: "dot"}
SYMBOL_BY_V2G = {True: "circle", False: "square-open"}


def get_strategy_colour(strategy: str) -> str:
    """Return the colour of a strategy, the same in both figures and in their legend."""
    return STRATEGIES[strategy].colour


def make_empty_load_figure(_: Translator) -> FigureDict:
    """Return the load chart before anything was compared."""
    return _layout_load_figure([], _)


def make_empty_trade_off_figure(_: Translator) -> FigureDict:
    """Return the trade-off chart before anything was compared."""
    return _layout_trade_off_figure([], _)


def make_load_figure(comparison: Comparison, _: Translator) -> FigureDict:
    """Return the load curves under the first seed, and what the connection carries."""
    times = [time.strftime("%Y-%m-%d %H:%M") for time in comparison.times]
    curves = [
        _make_curve(table.format_variant_label(comparison, k, _), get_strategy_colour(c.strategy), DASH_BY_V2G[c.v2g])
        | {"x": times, "y": round_significant(comparison.net_load_kw[k].tolist())}
        for k, c in enumerate(comparison.variants)
    ]
    limit = _make_curve(_("Connection limit"), palette.LIMIT, "dash") | {
        "x": times,
        "y": round_significant(compute_limit_kw(comparison.variants[0].scenario).tolist()),
    }
    return _layout_load_figure([*curves, limit], _)


def compute_limit_kw(scenario: Scenario) -> Floats:
    """Return what the connection carries at the points of the load curves [kW]."""
    of_day, start = make_exogenous_source(scenario), scenario.start_time
    first = (start.hour * 60 + start.minute) // scenario.timestep_min
    days = range(-(-(first + scenario.n_steps) // scenario.steps_per_day))
    series = np.concatenate([of_day(day).limit_kw for day in days])
    return downsample_mean(series[first : first + scenario.n_steps])


def make_trade_off_figure(comparison: Comparison, _: Translator) -> FigureDict:
    """Return the bill against the peak, a point per contestant, its size by wear, and the Pareto set as a line."""
    cost, peak = (comparison.mean[name] for name in TRADE_OFF_KPIS)
    sizes = compute_marker_sizes_px(comparison.mean["wear_mad"].to_numpy())
    points = [
        _make_point(
            table.format_variant_label(comparison, k, _),
            get_strategy_colour(c.strategy),
            SYMBOL_BY_V2G[c.v2g],
            float(sizes[k]),
            _,
        )
        | {
            "x": [float(cost.iloc[k])],
            "y": [float(peak.iloc[k])],
            "customdata": [float(comparison.mean["wear_mad"].iloc[k])],
        }
        for k, c in enumerate(comparison.variants)
    ]
    front = sorted(comparison.pareto, key=lambda name: float(cost[name]))
    edge = {
        "type": "scatter",
        "mode": "lines",
        "name": _("Pareto set"),
        "x": [float(cost[name]) for name in front],
        "y": [float(peak[name]) for name in front],
        "line": {"color": palette.COUNTERFACTUAL, "width": 1.6, "dash": "dash"},
        "hoverinfo": "skip",
    }
    largest_first = sorted(points, key=lambda point: -point["marker"]["size"])
    return _layout_trade_off_figure([edge, *largest_first], _)


def _layout_load_figure(data: list[FigureDict], _: Translator) -> FigureDict:
    yaxis = make_axis() | {"zeroline": True}
    drawn = make_figure(data, height=FIGURE_HEIGHT_PX, xaxis=make_time_axis(), yaxis=yaxis, hovermode="closest")
    drawn["layout"]["margin"] = {"l": 56, "r": 12, "t": 8, "b": 36}
    return drawn


def _layout_trade_off_figure(data: list[FigureDict], _: Translator) -> FigureDict:
    xaxis = make_axis() | {"title": {"text": _("Bill (MAD)")}, "nticks": 5, "showgrid": True}
    yaxis = make_axis() | {"title": {"text": _("Peak at the meter (kW)")}, "nticks": 5}
    height = FIGURE_HEIGHT_PX
    margin = {"l": 72, "r": 18, "t": 12, "b": 48}
    return make_figure(data, height=height, margin=margin, xaxis=xaxis, yaxis=yaxis, hovermode="closest")


def _make_curve(name: str, colour: str, dash: str) -> FigureDict:
    line = {"color": colour, "width": 1.6, "dash": dash}
    hover = f"%{{x|%a %d %b %H:%M}}: %{{y:,.4~r}} kW<extra>{name}</extra>"
    return {"type": "scatter", "mode": "lines", "name": name, "line": line, "hovertemplate": hover}


def _make_point(name: str, colour: str, symbol: str, size_px: float, _: Translator) -> FigureDict:
    told = _("{cost} MAD, {peak} kW, wear {wear} MAD", cost="%{x:,.6~r}", peak="%{y:,.5~r}", wear="%{customdata:,.4~r}")
    marker = {"color": colour, "symbol": symbol, "size": size_px, "opacity": 0.8, "line": {"width": 2, "color": colour}}
    hover = f"{told}<extra>{name}</extra>"
    return {"type": "scatter", "mode": "markers", "name": name, "marker": marker, "hovertemplate": hover}
