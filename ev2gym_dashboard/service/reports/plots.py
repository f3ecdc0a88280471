"""Charts of reports, as plain objects in the schema of Plotly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.palette import BASE_LOAD, G2V, INK, LIMIT, SOC, SOLAR, V2G
from ev2gym_dashboard.service.comparison.result import COMPARISON_KPIS, TRADE_OFF_KPIS, Comparison, Variant
from ev2gym_dashboard.service.simulation.downsampling import count_steps_per_point, downsample_mean
from ev2gym_dashboard.strategies import STRATEGIES

Plot = dict[str, Any]
V2G_DASHES = {True: "solid", False: "dot"}
MIN_MARKER_PX, MAX_MARKER_PX = 9.0, 30.0


def plot_power(series: pd.DataFrame) -> Plot:
    """Plot the power of the fleet: G2V upwards, V2G downwards, and the net power."""
    times = _format_times(series)
    return _make_plot(
        "Power of the fleet",
        "kW",
        [
            _make_line("G2V", times, _downsample_column(series, "g2v_kw"), G2V) | {"fill": "tozeroy"},
            _make_line("V2G", times, -_downsample_column(series, "v2g_kw"), V2G) | {"fill": "tozeroy"},
            _make_line("Net", times, _downsample_column(series, "net_power_kw"), INK),
        ],
    )


def plot_site(series: pd.DataFrame) -> Plot:
    """Plot the load at the meter with the load without EVs, solar power and the connection limit."""
    times = _format_times(series)
    names = {
        "At the meter": ("net_load_kw", INK),
        "Without EVs": ("base_load_kw", BASE_LOAD),
        "Solar": ("solar_kw", SOLAR),
        "Connection": ("limit_kw", LIMIT),
    }
    return _make_plot(
        "Power of the site",
        "kW",
        [_make_line(label, times, _downsample_column(series, name), colour) for label, (name, colour) in names.items()],
    )


def plot_soc(series: pd.DataFrame) -> Plot:
    """Plot the mean SOC of the fleet."""
    return _make_plot(
        "Mean SOC",
        "%",
        [_make_line("Mean SOC", _format_times(series), 100.0 * _downsample_column(series, "soc_mean"), SOC)],
    )


def plot_load_curves(comparison: Comparison) -> Plot:
    """Plot the load curves under the first seed: a colour per strategy, dotted without V2G."""
    times = [time.isoformat() for time in comparison.times.tz_localize(None)]
    lines = [
        _make_line(variant.label, times, curve, get_variant_colour(variant), dash=V2G_DASHES[variant.v2g])
        for variant, curve in zip(comparison.variants, comparison.net_load_kw, strict=True)
    ]
    return _make_plot(f"Load at the meter, seed {comparison.seeds[0]}", "kW", lines)


def plot_trade_off(comparison: Comparison) -> Plot:
    """Plot the total cost against the peak, with markers sized by battery wear and the Pareto front as a line."""
    mean = comparison.mean
    cost, peak = (mean[name] for name in TRADE_OFF_KPIS)
    sizes = compute_marker_sizes_px(mean["wear_mad"].to_numpy())
    points = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": variant.label,
            "x": [float(cost[variant.label])],
            "y": [float(peak[variant.label])],
            "marker": {
                "size": float(size),
                "color": get_variant_colour(variant),
                "symbol": "circle" if variant.v2g else "circle-open",
            },
        }
        for variant, size in zip(comparison.variants, sizes, strict=True)
    ]
    front = sorted(comparison.pareto, key=lambda label: float(cost[label]))
    front_line = _make_line("Pareto front", [float(cost[label]) for label in front], peak[front].to_numpy(), INK)
    cost_kpi, peak_kpi = (COMPARISON_KPIS[name] for name in TRADE_OFF_KPIS)
    plot = _make_plot("Total cost against peak, size by battery wear", peak_kpi.unit, [*points, front_line])
    plot["layout"]["xaxis"] = {"title": {"text": f"{cost_kpi.label} [{cost_kpi.unit}]"}}
    return plot


def compute_marker_sizes_px(wear_mad: Floats) -> Floats:
    """Compute the sizes of markers that are linear in the battery wear."""
    spread = float(np.ptp(wear_mad))
    share = (wear_mad - wear_mad.min()) / spread if spread else np.zeros(len(wear_mad))
    return MIN_MARKER_PX + share * (MAX_MARKER_PX - MIN_MARKER_PX)


def get_variant_colour(variant: Variant) -> str:
    """Return the colour of the strategy of a variant."""
    return STRATEGIES[variant.strategy].colour


def _downsample_column(series: pd.DataFrame, name: str) -> Floats:
    return downsample_mean(series[name].to_numpy(dtype=float))


def _format_times(series: pd.DataFrame) -> list[str]:
    index = pd.DatetimeIndex(series.index).tz_localize(None)[:: count_steps_per_point(len(series))]
    return [time.isoformat() for time in index]


def _make_line(name: str, x: Sequence[object], y: Iterable[float], colour: str, *, dash: str = "solid") -> Plot:
    # Rounded, because the charts are a large part of the file.
    values = [round(float(value), 4) for value in y]
    line = {"color": colour, "dash": dash}
    return {"type": "scatter", "mode": "lines", "name": name, "x": list(x), "y": values, "line": line}


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
