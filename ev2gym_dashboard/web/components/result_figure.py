"""Figure of a result for notebooks: the power of the site over time, and the price."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from ev2gym_dashboard import palette

POWER_LINES = {
    "base_load_kw": ("Load without EVs", palette.BASE_LOAD),
    "solar_kw": ("PV output", palette.SOLAR),
    "g2v_kw": ("Charging (G2V)", palette.G2V),
    "v2g_kw": ("Discharging (V2G)", palette.V2G),
    "net_load_kw": ("At the meter", palette.INK),
    "limit_kw": ("Connection limit", palette.LIMIT),
}
"""Columns of the series in the order of the legend: name and colour."""
HEIGHT = 420


def make_result_figure(series: pd.DataFrame) -> go.Figure:
    """Return the series of the site in steps [kW], and the price on an axis of its own [MAD/kWh]."""
    figure = go.Figure(
        [
            _make_line(series, name, label, {"color": colour, "width": 2.5 if name == "net_load_kw" else 1.4})
            for name, (label, colour) in POWER_LINES.items()
        ]
    )
    figure.add_trace(
        _make_line(series, "price_mad_kwh", "Price", {"color": palette.PRICE, "dash": "dot", "width": 1.2}, axis="y2")
    )
    # The colours of the text come from the template that a notebook has set, dark or light.
    return figure.update_layout(
        height=HEIGHT,
        margin={"l": 60, "r": 60, "t": 30, "b": 40},
        legend={"orientation": "h", "y": -0.18},
        hovermode="x unified",
        xaxis={"title": {"text": "Time (UTC)"}},
        yaxis={"title": {"text": "Power (kW)"}},
        yaxis2={"title": {"text": "Price (MAD/kWh)"}, "overlaying": "y", "side": "right", "showgrid": False},
    )


def _make_line(series: pd.DataFrame, column: str, label: str, line: dict[str, object], axis: str = "y") -> go.Scatter:
    # A value holds from the beginning of its step to the next one.
    shape = {**line, "shape": "hv"}
    return go.Scatter(x=series.index, y=series[column].to_numpy(), name=label, line=shape, mode="lines", yaxis=axis)
