"""Colours, heights and the options that every figure shares."""

from __future__ import annotations

from typing import Any

G2V, V2G, IDLE, WAITING = "#2f7fd6", "#e07b1a", "#8a97a5", "#a46fd6"
SOC, PRICE, NET = "#2a9d8f", "#b3862b", "#7c8894"
CAPABLE, INCAPABLE = "#1b8a52", "#cf3a33"
PEAK = "#f4a62a"
NEUTRAL = "#5b7a99"
SOLAR, BASE_LOAD, LIMIT, COUNTERFACTUAL, INK = "#e3b50b", "#5b7a99", "#cf3a33", "#7c8894", "#33404d"
EVENT = "#b0549b"

MODE_COLOURS = {"charging": G2V, "discharging": V2G, "idle": IDLE}
FIGURE_HEIGHTS_PX = {"power": 286, "modes": 286, "v2g-pie": 208, "top-models": 300, "soc-histogram": 300}
FIGURE_HEIGHTS_PX |= {"site-load": 330, "site-cost": 216, "site-co2": 216, "site-prices": 172, "site-models": 232}
FIGURE_HEIGHTS_PX |= {"compare-load": 340, "compare-trade-off": 340}

STRATEGY_COLOURS = ("#5b7a99", "#2f7fd6", "#e07b1a", "#1b8a52", "#a46fd6", "#c2417c", "#2a9d8f", "#8a6d3b")

FIGURE_CONFIG: dict[str, Any] = {"displaylogo": False, "showSendToCloud": False, "responsive": True}


def build_figure_config(lang: str, *, tools: tuple[str, ...] = ()) -> Any:
    """Return Plotly's options in a language, with only the given tools on the figure."""
    shown = {"modeBarButtons": [list(tools)]} if tools else {"displayModeBar": False}
    return FIGURE_CONFIG | {"locale": lang} | shown
