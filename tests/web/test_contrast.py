"""Colours of the charts: each stands out from the page in both themes, and modes differ by pattern too."""

from __future__ import annotations

import re

import pytest

from ev2gym_dashboard import palette
from ev2gym_dashboard.service.datasets.paths import find_assets_folder
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web import theme
from ev2gym_dashboard.web.components import charts
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.site import figures

MIN_CONTRAST = 3.0
CSS = (find_assets_folder() / "page.css").read_text(encoding="utf-8")
SURFACES = re.findall(r"--surface: (#\w{6});", CSS)
SOC_LINES = re.findall(r"--soc: (#\w{6});", CSS)
# The band of the peak hours lies behind the curves, and a script gives the ink the colour of the theme's text.
BACKGROUND = {"PEAK", "INK"}
COLOURS = {
    name: colour
    for name, colour in vars(palette).items()
    if isinstance(colour, str) and re.fullmatch(r"#\w{6}", colour) and name not in BACKGROUND
} | {key: strategy.colour for key, strategy in STRATEGIES.items()}


def read_channels(colour: str) -> list[float]:
    return [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]


def compute_luminance(channels: list[float]) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def compute_contrast(first: list[float], second: list[float]) -> float:
    dark, light = sorted(map(compute_luminance, (first, second)))
    return (light + 0.05) / (dark + 0.05)


def lay_over(colour: str, alpha: float, surface: str) -> list[float]:
    return [
        alpha * top + (1 - alpha) * below
        for top, below in zip(read_channels(colour), read_channels(surface), strict=True)
    ]


@pytest.mark.parametrize("name", COLOURS)
def test_a_colour_stands_out_from_the_page_in_both_themes(name: str) -> None:
    assert len(SURFACES) == 2
    for surface in SURFACES:
        assert compute_contrast(read_channels(COLOURS[name]), read_channels(surface)) >= MIN_CONTRAST, surface


@pytest.mark.parametrize("mode", theme.MODE_COLOURS)
def test_the_line_of_the_soc_stands_out_from_the_areas_of_the_modes(mode: str) -> None:
    alpha = int(charts.AREA_ALPHA, 16) / 255
    for surface, line in zip(SURFACES, SOC_LINES, strict=True):
        area = lay_over(theme.MODE_COLOURS[mode], alpha, surface)
        assert compute_contrast(read_channels(line), area) >= MIN_CONTRAST


def test_the_modes_differ_by_pattern_too() -> None:
    assert theme.MODE_PATTERNS.keys() == theme.MODE_COLOURS.keys()
    assert len(set(theme.MODE_PATTERNS.values())) == len(theme.MODE_PATTERNS)


def test_the_bars_of_the_mean_power_by_price_differ_by_pattern_too(english: Translator) -> None:
    g2v, v2g = (bars["marker"]["pattern"]["shape"] for bars in figures.make_prices_figure(english)["data"])
    assert (g2v, v2g) == (theme.MODE_PATTERNS["charging"], theme.MODE_PATTERNS["discharging"])
    assert g2v != v2g
