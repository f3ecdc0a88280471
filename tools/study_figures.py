"""Figures of the study, written as SVG text without a plotting library."""

from __future__ import annotations

import math

import pandas as pd

from tools.study_results import (
    BATTERIES,
    PACK_PRICES_MAD_KWH,
    TARIFF_NAMES,
    price_runs,
    select_runs,
)
from tools.svg_drawing import (
    INK,
    Panel,
    choose_tick,
    draw_bar,
    draw_frame,
    draw_line,
    draw_text,
    draw_title,
    make_ticks,
    render_svg,
)

BATTERY_COLOURS = dict(zip(BATTERIES, ("#D55E00", "#CC79A7", "#0072B2", "#009E73"), strict=True))
BATTERY_DASHES = dict(zip(BATTERIES, ("", "7 3", "2 3", "9 3 2 3"), strict=True))
LOW_PRICE_MAD_KWH, HIGH_PRICE_MAD_KWH = 200.0, 1400.0


def draw_net_value(runs: pd.DataFrame) -> str:
    """Draw the mean net value over the pack price, a panel per tariff, a line per battery."""
    prices = (LOW_PRICE_MAD_KWH, HIGH_PRICE_MAD_KWH)
    means = {
        (tariff, battery): [
            float(price_runs(select_runs(runs, tariff=tariff, battery=battery), price)["per_year_mad"].mean())
            for price in prices
        ]
        for tariff in TARIFF_NAMES
        for battery in BATTERIES
    }
    values = [value for line in means.values() for value in line]
    low, high = min(values) * 1.08, max(max(values) * 1.2, 20.0)
    parts = [draw_title("Net value of V2G over the battery pack price: MAD per vehicle and year, mean of all runs")]
    for number, (tariff, name) in enumerate(TARIFF_NAMES.items()):
        panel = Panel(66 + number * 283, 62, 240, 235, prices, (low, high))
        parts += draw_frame(panel, name, [400, 800, 1200], make_ticks(low, high, choose_tick(high - low)))
        parts.append(draw_line([panel.locate(panel.x[0], 0.0), panel.locate(panel.x[1], 0.0)], INK, width=1.5))
        for battery in BATTERIES:
            points = [panel.locate(*point) for point in zip(prices, means[tariff, battery], strict=True)]
            parts.append(draw_line(points, BATTERY_COLOURS[battery], dash=BATTERY_DASHES[battery], width=2.2))
    parts.append(draw_text(450, 332, "battery pack price [MAD/kWh]", anchor="middle"))
    return render_svg([*parts, *_draw_legend(358)])


def draw_breakeven(runs: pd.DataFrame) -> str:
    """Draw the range of break-even pack prices, a bar per tariff and battery, with the market prices of packs."""
    shown = [(tariff, battery) for tariff in TARIFF_NAMES for battery in BATTERIES]
    panel = Panel(210, 50, 560, 270, (0.0, 4000.0), (float(len(shown)), 0.0))
    parts = [draw_title("Pack price below which V2G is worth it: from the least to the most favourable run")]
    parts += draw_frame(panel, "", [0, 1000, 2000, 3000, 4000], [])
    for price in PACK_PRICES_MAD_KWH.values():
        x, _ = panel.locate(price, 0.0)
        parts.append(draw_line([(x, panel.top), (x, panel.top + panel.height)], INK, dash="4 3"))
        parts.append(draw_text(x, panel.top - 6, str(price), anchor="middle"))
    for number, (tariff, battery) in enumerate(shown):
        _, y = panel.locate(0.0, number + 0.5)
        parts.append(draw_text(panel.left - 8, y + 4, f"{TARIFF_NAMES[tariff]}, {battery}", anchor="end"))
        prices = select_runs(runs, tariff=tariff, battery=battery)["breakeven_pack_mad_kwh"]
        parts += _draw_range(panel, prices, y, BATTERY_COLOURS[battery])
    parts.append(draw_text(490, 350, "battery pack price [MAD/kWh]", anchor="middle"))
    markets = ", ".join(f"{price} {name}" for name, price in PACK_PRICES_MAD_KWH.items())
    parts.append(draw_text(490, 372, f"dashed: {markets}", anchor="middle"))
    return render_svg(parts)


def _draw_range(panel: Panel, prices: pd.Series, y: float, colour: str) -> list[str]:
    low, high = float(prices.min()), float(prices.max())
    if not high > 0.0:
        return [draw_text(panel.left + 6, y + 4, "at no price")]
    left, right = (panel.locate(min(max(price, 0.0), panel.x[1]), 0.0)[0] for price in (low, high))
    text = f"{max(low, 0.0):,.0f} to {'any' if math.isinf(high) else f'{high:,.0f}'}"
    return [draw_bar(left, y - 5, right - left, 10, colour), draw_text(right + 6, y + 4, text)]


def _draw_legend(y: float) -> list[str]:
    parts = []
    for number, battery in enumerate(BATTERIES):
        x = 70 + number * 205
        parts.append(
            draw_line([(x, y), (x + 34, y)], BATTERY_COLOURS[battery], dash=BATTERY_DASHES[battery], width=2.2)
        )
        parts.append(draw_text(x + 42, y + 4, battery))
    return parts
