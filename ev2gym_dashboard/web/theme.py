"""Options of Plotly that all figures share."""

from __future__ import annotations

from typing import Any

from ev2gym_dashboard import palette

MODE_COLOURS = {"charging": palette.G2V, "discharging": palette.V2G, "idle": palette.IDLE}
MODE_PATTERNS = {"charging": "", "discharging": "/", "idle": "."}
"""Patterns of the modes: who cannot tell their colours apart sees which is which; the legend shows the same."""
FIGURE_CONFIG: dict[str, Any] = {"displaylogo": False, "showSendToCloud": False, "responsive": True}


def build_figure_config(lang: str, *, tools: tuple[str, ...] = ()) -> Any:
    """Return the options of Plotly in a language, with the given tools on the figure."""
    mode_bar = {"modeBarButtons": [list(tools)]} if tools else {"displayModeBar": False}
    return FIGURE_CONFIG | {"locale": lang} | mode_bar
