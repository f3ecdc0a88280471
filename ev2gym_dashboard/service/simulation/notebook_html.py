"""HTML of a result in a notebook: its KPIs, and its power over time as SVG."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Protocol

import numpy as np
import pandas as pd

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.kpis import KPIS
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.palette import G2V, V2G
from ev2gym_dashboard.service.simulation.downsampling import downsample_max

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 720, 220, 56, 24, 8
MAX_SVG_POINTS = 600
"""About a point per pixel of the width."""


class DisplayableResult(Protocol):
    """The part of a result that a notebook shows."""

    @property
    def scenario(self) -> Scenario: ...
    @property
    def series(self) -> pd.DataFrame: ...
    @property
    def kpis(self) -> dict[str, float]: ...


def render_html(result: DisplayableResult) -> str:
    """Return a result as HTML: a heading, the chart and the KPIs."""
    scenario, series = result.scenario, result.series
    summary = (
        f"{scenario.fleet_size:,} vehicles, {scenario.strategy}, {len(series)} steps of {scenario.timestep_min} min"
    )
    heading = f"<p><strong>{escape(summary)}</strong>, from {escape(scenario.start)} UTC</p>"
    return f'<div style="max-width: {WIDTH}px">{heading}{render_power_svg(series)}{render_kpi_table(result.kpis)}</div>'


def render_kpi_table(kpis: Mapping[str, float]) -> str:
    """Return the labelled KPIs as a table."""
    rows = (
        f'<tr><th scope="row" style="text-align: left">{escape(kpi.label)}</th>'
        f'<td style="text-align: right">{kpis[name] * (100.0 if kpi.share else 1.0):,.1f}</td>'
        f'<td style="text-align: left">{"%" if kpi.share else escape(kpi.unit)}</td></tr>'
        for name, kpi in KPIS.items()
        if kpi.label and name in kpis
    )
    return '<table style="color: inherit"><tbody>' + "".join(rows) + "</tbody></table>"


def render_power_svg(series: pd.DataFrame) -> str:
    """Return a chart of charging (upwards) and V2G (downwards) over time as SVG."""
    if series.empty:
        return "<p>No step was run yet.</p>"
    # SVG needs no network, unlike a chart of Plotly; its texts have the colour of the page, dark or light.
    charging_kw, discharging_kw = (
        downsample_max(series[name].to_numpy(np.float64), MAX_SVG_POINTS) for name in ("g2v_kw", "v2g_kw")
    )
    # A run without any power has an axis too.
    high, low = max(float(charging_kw.max()), 1e-9), -float(discharging_kw.max())
    y = {value: TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low) for value in (high, 0.0, low)}
    scale = (y[low] - y[high]) / (high - low)
    areas = _render_area(y[0.0] - charging_kw * scale, y[0.0], G2V)
    areas += _render_area(y[0.0] + discharging_kw * scale, y[0.0], V2G)
    # A label closer than its own height to that of zero would cover it.
    ticks = "".join(
        f'<text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{value:,.0f}</text>'
        f'<path d="M{LEFT} {at:.1f}H{WIDTH}" stroke="currentColor" stroke-opacity="0.25"/>'
        for value, at in y.items()
        if value == 0.0 or abs(at - y[0.0]) > 12.0
    )
    summary = f"Power in kW: charging up to {high:,.0f}, V2G up to {-low:,.0f}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(summary, quote=True)}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" width="100%" fill="currentColor" font-size="12" font-family="sans-serif">'
        f"<title>{escape(summary)}</title>{areas}{ticks}{_render_time_axis(series)}</svg>"
        f'<p><span style="color: {G2V}">■</span> charging (G2V) '
        f'<span style="color: {V2G}">■</span> discharging (V2G) [kW], UTC</p>'
    )


def _render_area(y: Floats, base: float, colour: str) -> str:
    x = np.linspace(LEFT, WIDTH, len(y) + 1)
    steps = "".join(f"V{at:.1f}H{right:.1f}" for at, right in zip(y, x[1:], strict=True))
    return f'<path d="M{LEFT} {base:.1f}{steps}V{base:.1f}Z" fill="{colour}"/>'


def _render_time_axis(series: pd.DataFrame) -> str:
    first, last = (f"{time:%Y-%m-%d %H:%M}" for time in (series.index[0], series.index[-1]))
    y = HEIGHT - 6
    return (
        f'<text x="{LEFT}" y="{y}">{escape(first)}</text>'
        f'<text x="{WIDTH}" y="{y}" text-anchor="end">{escape(last)}</text>'
    )
