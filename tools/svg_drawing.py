"""SVG drawing: lines, texts and frames of charts as text, without a plotting library."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 900, 400
INK, GRID = "#1f2933", "#d5dbe1"


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


def choose_tick(span: float) -> float:
    return next(step for step in (10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0) if span / step <= 8.0)


def draw_frame(panel: Panel, name: str, x_ticks: Sequence[float], y_ticks: Sequence[float]) -> list[str]:
    parts = [draw_text(panel.left + panel.width / 2, panel.top - 10, name, anchor="middle", weight="600")]
    for tick in y_ticks:
        x, y = panel.locate(panel.x[0], tick)
        parts += [draw_line([(x, y), (x + panel.width, y)], GRID), draw_text(x - 6, y + 4, f"{tick:g}", anchor="end")]
    bottom = panel.top + panel.height
    for tick in x_ticks:
        x, _ = panel.locate(tick, panel.y[0])
        parts += [
            draw_line([(x, panel.top), (x, bottom)], GRID),
            draw_text(x, bottom + 16, f"{tick:g}", anchor="middle"),
        ]
    return parts


def make_ticks(low: float, high: float, step: float) -> list[float]:
    return [step * number for number in range(int(low // step) + 1, int(high // step) + 1)]


def draw_title(text: str) -> str:
    return draw_text(20, 24, text, size=15, weight="600")


def draw_text(x: float, y: float, text: str, *, anchor: str = "start", size: int = 12, weight: str = "400") -> str:
    font = f'font-size="{size}" font-weight="{weight}" text-anchor="{anchor}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {font} fill="{INK}">{escape(text)}</text>'


def draw_line(points: Iterable[tuple[float, float]], colour: str, *, dash: str = "", width: float = 1.0) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"{dashes}/>'


def draw_bar(x: float, y: float, width: float, height: float, colour: str) -> str:
    size = f'width="{max(width, 2.0):.1f}" height="{height}"'
    return f'<rect x="{x:.1f}" y="{y:.1f}" {size} fill="{colour}"/>'


def render_svg(parts: Iterable[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="system-ui, sans-serif">'
    )
    return "\n".join([head, f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>', *parts, "</svg>\n"])
