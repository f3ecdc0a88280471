"""Figures of a comparison: load curves, and the total cost versus the peak with the Pareto set."""

from __future__ import annotations

import numpy as np

from ev2gym_dashboard import palette
from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.comparison.result import TRADE_OFF_KPIS, Comparison, Variant
from ev2gym_dashboard.service.reports.plots import compute_marker_sizes_px
from ev2gym_dashboard.service.scenarios.exogenous import make_exogenous_source
from ev2gym_dashboard.service.simulation.downsampling import downsample_mean
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web.components.charts import FigureDict, make_axis, make_figure, make_time_axis, round_significant
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.compare import optimum, table

DASH_BY_V2G = {True: "solid", False: "dot"}
SYMBOL_BY_V2G = {True: "circle", False: "square-open"}
FIGURE_HEIGHT_PX = 340
TRADE_OFF_HEIGHT_PX = 506
LINE_WIDTH_PX = 1.6
HOVER_WEAR = "%{customdata:,.4~r}"


def make_empty_load_figure(_: Translator) -> FigureDict:
    """Return the load chart before the first comparison."""
    return _layout_load_figure([], _)


def make_empty_trade_off_figure(_: Translator) -> FigureDict:
    """Return the trade-off chart before the first comparison."""
    return _layout_trade_off_figure([], _)


def make_load_figure(comparison: Comparison, _: Translator) -> FigureDict:
    """Return the load curves of the first seed and the connection limit."""
    # Plotly keeps a time as it is written only if it has no UTC offset.
    times = [time.strftime("%Y-%m-%d %H:%M") for time in comparison.times]
    curves = [
        _make_curve(
            table.format_variant_label(comparison, k, _), get_strategy_colour(variant), DASH_BY_V2G[variant.v2g]
        )
        | {
            "legendgroup": variant.strategy,
            "x": times,
            "y": round_significant(comparison.net_load_kw[k].tolist()),
        }
        for k, variant in enumerate(comparison.variants)
    ]
    if plan_kw := optimum.list_optimum_curve(comparison):
        curves.append(_make_curve(_(optimum.NAME), palette.OPTIMUM, "dashdot") | {"x": times, "y": plan_kw})
    limit_kw = compute_limit_kw(comparison.variants[0].scenario)
    limit = _make_curve(_("Connection limit"), palette.LIMIT, "dash")
    return _layout_load_figure([*curves, limit | {"x": times, "y": round_significant(limit_kw.tolist())}], _)


def get_strategy_colour(variant: Variant) -> str:
    """Return the colour of the strategy of a variant."""
    return STRATEGIES[variant.strategy].colour


def compute_limit_kw(scenario: Scenario) -> Floats:
    """Return the connection limit at the points of the load curves [kW]."""
    read_day, start = make_exogenous_source(scenario), scenario.start_time
    first = (start.hour * 60 + start.minute) // scenario.timestep_min
    # The source has whole days, and the run may begin within one: the last day is rounded up.
    days = range(-(-(first + scenario.n_steps) // scenario.steps_per_day))
    series = np.concatenate([read_day(day).limit_kw for day in days])
    return downsample_mean(series[first : first + scenario.n_steps])


def make_trade_off_figure(comparison: Comparison, _: Translator) -> FigureDict:
    """Return the total cost versus the peak: a point per variant, sized by wear, and the Pareto set as a line."""
    sizes_px = compute_marker_sizes_px(comparison.mean["wear_mad"].to_numpy())
    points = [_make_point(comparison, k, float(size_px), _) for k, size_px in enumerate(sizes_px)]
    # Drawn first, large markers do not hide small ones.
    largest_first = sorted(points, key=lambda point: -point["marker"]["size"])
    return _layout_trade_off_figure(
        [_make_pareto_line(comparison, _), *largest_first, *optimum.make_optimum_point(comparison, _)], _
    )


def _layout_load_figure(data: list[FigureDict], _: Translator) -> FigureDict:
    figure = make_figure(
        data,
        height=FIGURE_HEIGHT_PX,
        xaxis=make_time_axis(),
        yaxis=make_axis() | {"zeroline": True},
        hovermode="closest",
    )
    figure["layout"]["margin"] = {"l": 56, "r": 12, "t": 8, "b": 36}
    return figure


def _layout_trade_off_figure(data: list[FigureDict], _: Translator) -> FigureDict:
    xaxis = make_axis() | {"title": {"text": _("Total cost (MAD)")}, "nticks": 5, "showgrid": True}
    yaxis = make_axis() | {"title": {"text": _("Peak at the meter (kW)")}, "nticks": 5}
    margin = {"l": 72, "r": 18, "t": 12, "b": 48}
    return make_figure(data, height=TRADE_OFF_HEIGHT_PX, margin=margin, xaxis=xaxis, yaxis=yaxis, hovermode="closest")


def _make_curve(name: str, colour: str, dash: str) -> FigureDict:
    line = {"color": colour, "width": LINE_WIDTH_PX, "dash": dash}
    hover = f"%{{x|%a %d %b %H:%M}}: %{{y:,.4~r}} kW<extra>{name}</extra>"
    return {"type": "scatter", "mode": "lines", "name": name, "line": line, "hovertemplate": hover}


def _make_pareto_line(comparison: Comparison, _: Translator) -> FigureDict:
    total_mad, peak_kw = (comparison.mean[name] for name in TRADE_OFF_KPIS)
    front = sorted(comparison.pareto, key=lambda label: float(total_mad[label]))
    return {
        "type": "scatter",
        "mode": "lines",
        "name": _("Pareto set"),
        "x": [float(total_mad[label]) for label in front],
        "y": [float(peak_kw[label]) for label in front],
        "line": {"color": palette.COUNTERFACTUAL, "width": LINE_WIDTH_PX, "dash": "dash"},
        "hoverinfo": "skip",
    }


def _make_point(comparison: Comparison, k: int, size_px: float, _: Translator) -> FigureDict:
    variant, mean = comparison.variants[k], comparison.mean.iloc[k]
    colour, label = get_strategy_colour(variant), table.format_variant_label(comparison, k, _)
    values = _("{cost} MAD, {peak} kW, wear {wear} MAD", cost="%{x:,.6~r}", peak="%{y:,.5~r}", wear=HOVER_WEAR)
    total_mad, peak_kw = (float(mean[name]) for name in TRADE_OFF_KPIS)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": label,
        "legendgroup": variant.strategy,
        "marker": {
            "color": colour,
            "symbol": SYMBOL_BY_V2G[variant.v2g],
            "size": size_px,
            "opacity": 0.8,
            "line": {"width": 2, "color": colour},
        },
        "x": [total_mad],
        "y": [peak_kw],
        "customdata": [float(mean["wear_mad"])],
        "hovertemplate": f"{values}<extra>{label}</extra>",
    }
