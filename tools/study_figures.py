"""Figures of the study, written as SVG text without a plotting library."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import pandas as pd

from tools.study_results import (
    BATTERIES,
    PACK_PRICES_MAD_KWH,
    TARIFF_NAMES,
    price_runs,
    select_runs,
)

WIDTH, HEIGHT = 900, 400
INK, GRID = "#1f2933", "#d5dbe1"
BATTERY_COLOURS = dict(zip(BATTERIES, ("#D55E00", "#CC79A7", "#0072B2", "#009E73"), strict=True))
BATTERY_DASHES = dict(zip(BATTERIES, ("", "7 3", "2 3", "9 3 2 3"), strict=True))
LOW_PRICE_MAD_KWH, HIGH_PRICE_MAD_KWH = 200.0, 1400.0


@dataclass(frozen=True)
class Panel:
    """A rectangle of the drawing [px], and the values at its edges."""

    left: float
    top: float
    width: float
    height: float
    x: tuple[float, float]
    y: tuple[float, float]

    def locate(self, x: float, y: float) -> tuple[float, float]:
        """Return the pixel coordinates of a point of the data."""
        return (
            self.left + (x - self.x[0]) / (self.x[1] - self.x[0]) * self.width,
            self.top + (self.y[1] - y) / (self.y[1] - self.y[0]) * self.height,
        )


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
    parts = [_draw_title("Net value of V2G over the battery pack price: MAD per vehicle and year, mean of all runs")]
    for number, (tariff, name) in enumerate(TARIFF_NAMES.items()):
        panel = Panel(66 + number * 283, 62, 240, 235, prices, (low, high))
        parts += _draw_frame(panel, name, [400, 800, 1200], _make_ticks(low, high, _choose_tick(high - low)))
        parts.append(_draw_line([panel.locate(panel.x[0], 0.0), panel.locate(panel.x[1], 0.0)], INK, width=1.5))
        for battery in BATTERIES:
            points = [panel.locate(*point) for point in zip(prices, means[tariff, battery], strict=True)]
            parts.append(_draw_line(points, BATTERY_COLOURS[battery], dash=BATTERY_DASHES[battery], width=2.2))
    parts.append(_draw_text(450, 332, "battery pack price [MAD/kWh]", anchor="middle"))
    return _render_svg([*parts, *_draw_legend(358)])


def draw_breakeven(runs: pd.DataFrame) -> str:
    """Draw the range of break-even pack prices, a bar per tariff and battery, with the market prices of packs."""
    shown = [(tariff, battery) for tariff in TARIFF_NAMES for battery in BATTERIES]
    panel = Panel(210, 50, 560, 270, (0.0, 4000.0), (float(len(shown)), 0.0))
    parts = [_draw_title("Pack price below which V2G is worth it: from the least to the most favourable run")]
    parts += _draw_frame(panel, "", [0, 1000, 2000, 3000, 4000], [])
    for price in PACK_PRICES_MAD_KWH.values():
        x, _ = panel.locate(price, 0.0)
        parts.append(_draw_line([(x, panel.top), (x, panel.top + panel.height)], INK, dash="4 3"))
        parts.append(_draw_text(x, panel.top - 6, str(price), anchor="middle"))
    for number, (tariff, battery) in enumerate(shown):
        _, y = panel.locate(0.0, number + 0.5)
        parts.append(_draw_text(panel.left - 8, y + 4, f"{TARIFF_NAMES[tariff]}, {battery}", anchor="end"))
        prices = select_runs(runs, tariff=tariff, battery=battery)["breakeven_pack_mad_kwh"]
        parts += _draw_range(panel, prices, y, BATTERY_COLOURS[battery])
    parts.append(_draw_text(490, 350, "battery pack price [MAD/kWh]", anchor="middle"))
    markets = ", ".join(f"{price} {name}" for name, price in PACK_PRICES_MAD_KWH.items())
    parts.append(_draw_text(490, 372, f"dashed: {markets}", anchor="middle"))
    return _render_svg(parts)


def _draw_range(panel: Panel, prices: pd.Series, y: float, colour: str) -> list[str]:
    low, high = float(prices.min()), float(prices.max())
    if not high > 0.0:
        return [_draw_text(panel.left + 6, y + 4, "at no price")]
    left, right = (panel.locate(min(max(price, 0.0), panel.x[1]), 0.0)[0] for price in (low, high))
    text = f"{max(low, 0.0):,.0f} to {'any' if math.isinf(high) else f'{high:,.0f}'}"
    return [_draw_bar(left, y - 5, right - left, 10, colour), _draw_text(right + 6, y + 4, text)]


def _choose_tick(span: float) -> float:
    return next(step for step in (10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0) if span / step <= 8.0)


def _draw_frame(panel: Panel, name: str, x_ticks: Sequence[float], y_ticks: Sequence[float]) -> list[str]:
    parts = [_draw_text(panel.left + panel.width / 2, panel.top - 10, name, anchor="middle", weight="600")]
    for tick in y_ticks:
        x, y = panel.locate(panel.x[0], tick)
        parts += [_draw_line([(x, y), (x + panel.width, y)], GRID), _draw_text(x - 6, y + 4, f"{tick:g}", anchor="end")]
    bottom = panel.top + panel.height
    for tick in x_ticks:
        x, _ = panel.locate(tick, panel.y[0])
        parts += [
            _draw_line([(x, panel.top), (x, bottom)], GRID),
            _draw_text(x, bottom + 16, f"{tick:g}", anchor="middle"),
        ]
    return parts


def _draw_legend(y: float) -> list[str]:
    parts = []
    for number, battery in enumerate(BATTERIES):
        x = 70 + number * 205
        parts.append(
            _draw_line([(x, y), (x + 34, y)], BATTERY_COLOURS[battery], dash=BATTERY_DASHES[battery], width=2.2)
        )
        parts.append(_draw_text(x + 42, y + 4, battery))
    return parts


def _make_ticks(low: float, high: float, step: float) -> list[float]:
    return [step * number for number in range(int(low // step) + 1, int(high // step) + 1)]


def _draw_title(text: str) -> str:
    return _draw_text(20, 24, text, size=15, weight="600")


def _draw_text(x: float, y: float, text: str, *, anchor: str = "start", size: int = 12, weight: str = "400") -> str:
    font = f'font-size="{size}" font-weight="{weight}" text-anchor="{anchor}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {font} fill="{INK}">{escape(text)}</text>'


def _draw_line(points: Iterable[tuple[float, float]], colour: str, *, dash: str = "", width: float = 1.0) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"{dashes}/>'


def _draw_bar(x: float, y: float, width: float, height: float, colour: str) -> str:
    size = f'width="{max(width, 2.0):.1f}" height="{height}"'
    return f'<rect x="{x:.1f}" y="{y:.1f}" {size} fill="{colour}"/>'


def _render_svg(parts: Iterable[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="system-ui, sans-serif">'
    )
    return "\n".join([head, f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>', *parts, "</svg>\n"])
