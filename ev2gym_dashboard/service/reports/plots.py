"""The figures of a report, as the plain objects that Plotly draws."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ev2gym_dashboard.core.control.power_limits import Floats
from ev2gym_dashboard.service.comparison.result import FIGURES, TRADE_OFF, Comparison
from ev2gym_dashboard.service.simulation.downsampling import steps_together, thinned

Plot = dict[str, Any]
COLOURS = ("#5b7a99", "#2f7fd6", "#e07b1a", "#1b8a52", "#a46fd6")
G2V, V2G, NET, SUN, LIMIT, SOC = "#2f7fd6", "#e07b1a", "#33404d", "#e3b50b", "#cf3a33", "#2a9d8f"
DASHES = {True: "solid", False: "dot"}
SMALLEST_PX, LARGEST_PX = 9.0, 30.0


def power_plot(series: pd.DataFrame) -> Plot:
    """Return the power of the fleet: G2V up, V2G down, and the net line."""
    times = _times(series)
    return _plot(
        "Power of the fleet",
        "kW",
        [
            _line("G2V", times, _thin(series, "g2v_kw"), G2V) | {"fill": "tozeroy"},
            _line("V2G", times, -_thin(series, "v2g_kw"), V2G) | {"fill": "tozeroy"},
            _line("Net", times, _thin(series, "net_power_kw"), NET),
        ],
    )


def site_plot(series: pd.DataFrame) -> Plot:
    """Return the load at the meter beside what makes it and what the connection carries."""
    times = _times(series)
    names = {
        "At the meter": ("net_load_kw", NET),
        "Without EVs": ("base_load_kw", COLOURS[0]),
        "Sun": ("solar_kw", SUN),
        "Connection": ("limit_kw", LIMIT),
    }
    return _plot(
        "The site",
        "kW",
        [_line(label, times, _thin(series, name), colour) for label, (name, colour) in names.items()],
    )


def soc_plot(series: pd.DataFrame) -> Plot:
    """Return the mean SOC of the fleet."""
    return _plot("Mean SOC", "%", [_line("Mean SOC", _times(series), 100.0 * _thin(series, "soc_mean"), SOC)])


def load_plot(comparison: Comparison) -> Plot:
    """Return the load curves under the first seed: a colour per strategy, dotted without V2G."""
    times = [time.isoformat() for time in comparison.times.tz_localize(None)]
    colours = _colours(comparison)
    lines = [
        _line(c.label, times, curve, colours[c.strategy])
        | {"line": {"color": colours[c.strategy], "dash": DASHES[c.v2g]}}
        for c, curve in zip(comparison.contestants, comparison.net_load_kw, strict=True)
    ]
    return _plot(f"Load at the meter, seed {comparison.seeds[0]}", "kW", lines)


def trade_off_plot(comparison: Comparison) -> Plot:
    """Return the bill against the peak, the size by wear, and the Pareto set as a line."""
    mean, colours = comparison.mean, _colours(comparison)
    cost, peak = (mean[name] for name in TRADE_OFF)
    sizes = sizes_px(mean["wear_mad"].to_numpy())
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
        for c, size in zip(comparison.contestants, sizes, strict=True)
    ]
    front = sorted(comparison.pareto, key=lambda label: float(cost[label]))
    edge = _line("Pareto set", [float(cost[k]) for k in front], peak[front].to_numpy(), NET)
    plot = _plot("Bill against peak, size by battery wear", FIGURES[TRADE_OFF[1]].unit, [*points, edge])
    plot["layout"]["xaxis"] = {"title": {"text": f"{FIGURES[TRADE_OFF[0]].label} [{FIGURES[TRADE_OFF[0]].unit}]"}}
    return plot


def sizes_px(wear_mad: Floats) -> Floats:
    """Return the sizes of points by the wear that they stand for."""
    spread = float(np.ptp(wear_mad))
    share = (wear_mad - wear_mad.min()) / spread if spread else np.zeros(len(wear_mad))
    return SMALLEST_PX + share * (LARGEST_PX - SMALLEST_PX)


def _colours(comparison: Comparison) -> dict[str, str]:
    strategies = dict.fromkeys(c.strategy for c in comparison.contestants)
    return {key: COLOURS[k % len(COLOURS)] for k, key in enumerate(strategies)}


def _thin(series: pd.DataFrame, name: str) -> Floats:
    return thinned(series[name].to_numpy(dtype=float))


def _times(series: pd.DataFrame) -> list[str]:
    index = pd.DatetimeIndex(series.index).tz_localize(None)[:: steps_together(len(series))]
    return [time.isoformat() for time in index]


def _line(name: str, x: Sequence[object], y: Iterable[float], colour: str) -> Plot:
    values = [round(float(value), 4) for value in y]
    return {"type": "scatter", "mode": "lines", "name": name, "x": list(x), "y": values, "line": {"color": colour}}


def _plot(title: str, unit: str, data: list[Plot]) -> Plot:
    layout = {
        "title": {"text": title},
        "height": 420,
        "yaxis": {"title": {"text": unit}},
        "legend": {"orientation": "h", "y": -0.2},
        "margin": {"l": 70, "r": 20, "t": 50, "b": 60},
        "hovermode": "closest",
    }
    return {"data": data, "layout": layout}
