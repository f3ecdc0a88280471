"""Figures of the study, written as SVG text without a plotting library."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import pandas as pd

from ev2gym_dashboard.strategies import STRATEGIES
from tools.study_results import PACK_PRICE_MAD_KWH, TARIFF_NAMES, select_runs

WIDTH, HEIGHT = 900, 380
INK, GRID = "#1f2933", "#d5dbe1"
STRATEGY_COLOURS = {"grid_support": "#0072B2", "peak_shaving": "#D55E00", "price": "#CC79A7", "renewable": "#009E73"}
STRATEGY_DASHES = {"grid_support": "", "peak_shaving": "7 3", "price": "2 3", "renewable": "9 3 2 3"}
LFP_PACK_PRICE_MAD_KWH = 810


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
    """Draw the mean net value over the pack price, a panel per tariff, a line per strategy."""
    means = runs.groupby(["tariff", "strategy", "pack_price_mad_kwh"])["per_vehicle_mad"].mean()
    low, high = float(means.min()) * 1.08, max(float(means.max()) * 1.3, 2.0)
    parts = [_draw_title("Net value of V2G over the battery pack price: MAD per vehicle and week, mean of all runs")]
    for number, (key, name) in enumerate(TARIFF_NAMES.items()):
        panel = Panel(60 + number * 285, 62, 245, 235, (200.0, 1090.0), (low, high))
        ticks = sorted(set(runs["pack_price_mad_kwh"]))
        parts += _draw_frame(panel, name, ticks, _make_ticks(low, high, 5.0))
        parts.append(_draw_line([panel.locate(panel.x[0], 0.0), panel.locate(panel.x[1], 0.0)], INK, width=1.5))
        for strategy, colour in STRATEGY_COLOURS.items():
            points = [panel.locate(price, float(means[key, strategy, price])) for price in ticks]
            parts.append(_draw_line(points, colour, dash=STRATEGY_DASHES[strategy], width=2.2))
            parts += [_draw_dot(*point, colour) for point in points]
    parts.append(_draw_text(450, 330, "battery pack price [MAD/kWh]", anchor="middle"))
    return _render_svg([*parts, *_draw_legend(352)])


def draw_breakeven(runs: pd.DataFrame) -> str:
    """Draw the range of break-even pack prices, a bar per tariff and strategy, with the market prices of packs."""
    shown = [(tariff, strategy) for tariff in TARIFF_NAMES for strategy in STRATEGY_COLOURS]
    panel = Panel(250, 50, 600, 262, (0.0, 1100.0), (float(len(shown)), 0.0))
    parts = [_draw_title("Pack price below which V2G is worth it: from the least to the most favourable run")]
    parts += _draw_frame(panel, "", [0, 200, 400, 600, 800, 1000], [])
    for price, label, anchor in (
        (LFP_PACK_PRICE_MAD_KWH, "LFP 2025", "end"),
        (PACK_PRICE_MAD_KWH, "mean 2025", "start"),
    ):
        x, _ = panel.locate(price, 0.0)
        parts.append(_draw_line([(x, panel.top), (x, panel.top + panel.height)], INK, dash="4 3"))
        parts.append(_draw_text(x, panel.top - 6, f"{label}: {price}", anchor=anchor))
    for number, (tariff, strategy) in enumerate(shown):
        _, y = panel.locate(0.0, number + 0.5)
        name = f"{TARIFF_NAMES[tariff]}, {STRATEGIES[strategy].name}"
        parts.append(_draw_text(panel.left - 8, y + 4, name, anchor="end"))
        prices = select_runs(runs, tariff=tariff, strategy=strategy)["breakeven_pack_mad_kwh"]
        low, high = float(prices.min()), float(prices.max())
        if high > 0.0:
            left, right = panel.locate(max(low, 0.0), 0.0)[0], panel.locate(high, 0.0)[0]
            parts.append(_draw_bar(left, y - 6, right - left, 12, STRATEGY_COLOURS[strategy]))
            parts.append(_draw_text(right + 6, y + 4, f"{low:.0f} to {high:.0f}"))
        else:
            parts.append(_draw_text(panel.left + 6, y + 4, "at no price" if high <= 0.0 else "no V2G"))
    parts.append(_draw_text(550, 350, "battery pack price [MAD/kWh]", anchor="middle"))
    return _render_svg(parts)


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
    for number, (strategy, colour) in enumerate(STRATEGY_COLOURS.items()):
        x = 90 + number * 200
        parts.append(_draw_line([(x, y), (x + 34, y)], colour, dash=STRATEGY_DASHES[strategy], width=2.2))
        parts.append(_draw_dot(x + 17, y, colour))
        parts.append(_draw_text(x + 42, y + 4, STRATEGIES[strategy].name))
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


def _draw_dot(x: float, y: float, colour: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>'


def _draw_bar(x: float, y: float, width: float, height: float, colour: str) -> str:
    size = f'width="{max(width, 2.0):.1f}" height="{height}"'
    return f'<rect x="{x:.1f}" y="{y:.1f}" {size} fill="{colour}"/>'


def _render_svg(parts: Iterable[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="system-ui, sans-serif">'
    )
    return "\n".join([head, f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>', *parts, "</svg>\n"])
