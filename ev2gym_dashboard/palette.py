"""Colours: the one palette of the page, the reports and the drawings of a notebook; strategies declare their own."""

from __future__ import annotations

G2V, V2G, IDLE, WAITING = "#2f7fd6", "#cf6d10", "#7f8c9a", "#a46fd6"
SOC, PRICE, NET = "#2a9d8f", "#b3862b", "#7c8894"
CAPABLE, INCAPABLE = "#1b8a52", "#cf3a33"
PEAK = "#f4a62a"
NEUTRAL = "#5b7a99"
SOLAR, BASE_LOAD, LIMIT, COUNTERFACTUAL, INK = "#b08d00", "#5b7a99", "#cf3a33", "#7c8894", "#33404d"
EVENT = "#b0549b"
CURSOR = "#c2410c"
OPTIMUM = "#12929b"
