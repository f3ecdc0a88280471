"""The figures of a report, as the plain objects that Plotly draws."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.service.comparison.result import COMPARISON_KPIS, TRADE_OFF_KPIS, Comparison
from ev2gym_dashboard.service.simulation.downsampling import count_steps_per_point, downsample_mean

Plot = dict[str, Any]
STRATEGY_PALETTE = ("#5b7a99", "#2f7fd6", "#e07b1a", "#1b8a52", "#a46fd6")
G2V_COLOUR, V2G_COLOUR, NET_COLOUR, SOLAR_COLOUR, LIMIT_COLOUR, SOC_COLOUR = (
    "#2f7fd6",
    "#e07b1a",
    "#33404d",
    "#e3b50b",
    "#cf3a33",
    "#2a9d8f",
)
V2G_DASHES = {True: "solid", False: "dot"}
MIN_MARKER_PX, MAX_MARKER_PX = 9.0, 30.0


def plot_power(series: pd.DataFrame) -> Plot:
    """Return the power of the fleet: G2V up, V2G down, and the net line."""
    times = _format_times(series)
    return _make_plot(
        "Power of the fleet",
        "kW",
        [
            _make_line("G2V", times, _downsample_column(series, "g2v_kw"), G2V_COLOUR) | {"fill": "tozeroy"},
            _make_line("V2G", times, -_downsample_column(series, "v2g_kw"), V2G_COLOUR) | {"fill": "tozeroy"},
            _make_line("Net", times, _downsample_column(series, "net_power_kw"), NET_COLOUR),
        ],
    )


def plot_site(series: pd.DataFrame) -> Plot:
    """Return the load at the meter beside what makes it and what the connection carries."""
    times = _format_times(series)
    names = {
        "At the meter": ("net_load_kw", NET_COLOUR),
        "Without EVs": ("base_load_kw", STRATEGY_PALETTE[0]),
        "Sun": ("solar_kw", SOLAR_COLOUR),
        "Connection": ("limit_kw", LIMIT_COLOUR),
    }
    return _make_plot(
        "The site",
        "kW",
        [_make_line(label, times, _downsample_column(series, name), colour) for label, (name, colour) in names.items()],
    )


def plot_soc(series: pd.DataFrame) -> Plot:
    """Return the mean SOC of the fleet."""
    return _make_plot(
        "Mean SOC",
        "%",
        [_make_line("Mean SOC", _format_times(series), 100.0 * _downsample_column(series, "soc_mean"), SOC_COLOUR)],
    )


def plot_load_curves(comparison: Comparison) -> Plot:
    """Return the load curves under the first seed: a colour per strategy, dotted without V2G."""
    times = [time.isoformat() for time in comparison.times.tz_localize(None)]
    colours = _assign_colours(comparison)
    lines = [
        _make_line(c.label, times, curve, colours[c.strategy])
        | {"line": {"color": colours[c.strategy], "dash": V2G_DASHES[c.v2g]}}
        for c, curve in zip(comparison.variants, comparison.net_load_kw, strict=True)
    ]
    return _make_plot(f"Load at the meter, seed {comparison.seeds[0]}", "kW", lines)


def plot_trade_off(comparison: Comparison) -> Plot:
    """Return the bill against the peak, the size by wear, and the Pareto set as a line."""
    mean, colours = comparison.mean, _assign_colours(comparison)
    cost, peak = (mean[name] for name in TRADE_OFF_KPIS)
    sizes = compute_marker_sizes_px(mean["wear_mad"].to_numpy())
    points = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": c.label,
            "x": [float(cost[c.label])],
            "y": [float(peak[c.label])],
            "marker": {
                "size": float(size),
                "color": colours[c.strategy],
                "symbol": "circle" if c.v2g else "circle-open",
            },
        }
        for c, size in zip(comparison.variants, sizes, strict=True)
    ]
    front = sorted(comparison.pareto, key=lambda label: float(cost[label]))
    edge = _make_line("Pareto set", [float(cost[k]) for k in front], peak[front].to_numpy(), NET_COLOUR)
    plot = _make_plot(
        "Bill against peak, size by battery wear", COMPARISON_KPIS[TRADE_OFF_KPIS[1]].unit, [*points, edge]
    )
    plot["layout"]["xaxis"] = {
        "title": {"text": f"{COMPARISON_KPIS[TRADE_OFF_KPIS[0]].label} [{COMPARISON_KPIS[TRADE_OFF_KPIS[0]].unit}]"}
    }
    return plot


def compute_marker_sizes_px(wear_mad: Floats) -> Floats:
    """Return the sizes of points by the wear that they stand for."""
    spread = float(np.ptp(wear_mad))
    share = (wear_mad - wear_mad.min()) / spread if spread else np.zeros(len(wear_mad))
    return MIN_MARKER_PX + share * (MAX_MARKER_PX - MIN_MARKER_PX)


def _assign_colours(comparison: Comparison) -> dict[str, str]:
    strategies = dict.fromkeys(c.strategy for c in comparison.variants)
    return {key: STRATEGY_PALETTE[k % len(STRATEGY_PALETTE)] for k, key in enumerate(strategies)}


def _downsample_column(series: pd.DataFrame, name: str) -> Floats:
    return downsample_mean(series[name].to_numpy(dtype=float))


def _format_times(series: pd.DataFrame) -> list[str]:
    index = pd.DatetimeIndex(series.index).tz_localize(None)[:: count_steps_per_point(len(series))]
    return [time.isoformat() for time in index]


def _make_line(name: str, x: Sequence[object], y: Iterable[float], colour: str) -> Plot:
    values = [round(float(value), 4) for value in y]
    return {"type": "scatter", "mode": "lines", "name": name, "x": list(x), "y": values, "line": {"color": colour}}


def _make_plot(title: str, unit: str, data: list[Plot]) -> Plot:
    layout = {
        "title": {"text": title},
        "height": 420,
        "yaxis": {"title": {"text": unit}},
        "legend": {"orientation": "h", "y": -0.2},
        "margin": {"l": 70, "r": 20, "t": 50, "b": 60},
        "hovermode": "closest",
    }
    return {"data": data, "layout": layout}
