"""Legends of the charts of a comparison: the strategies by colour, lines and marks, and their definitions."""

from __future__ import annotations

from typing import Any

from dash import html

from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web.components.aria import ARIA_HIDDEN
from ev2gym_dashboard.web.components.definitions import render_legend_definitions
from ev2gym_dashboard.web.components.legend_definitions import LEGEND_DEFINITIONS
from ev2gym_dashboard.web.i18n import Translator


def list_strategy_keys(_: Translator) -> list[tuple[str, str]]:
    """Return the strategies by key with their names."""
    return [(key, _(strategy.name)) for key, strategy in STRATEGIES.items()]


def render_strategy_legend(chart: str, title: str, keys: list[tuple[str, str]], _: Translator) -> html.Div:
    """Return the entries of the legend of a chart, and the "?" that defines those that are no strategies."""
    entries = {text: LEGEND_DEFINITIONS[chart][key] for key, text in keys if key not in STRATEGIES}
    items = [_render_legend_item(key, text) for key, text in keys]
    return html.Div([*items, render_legend_definitions(title, entries, _)], className="legend")


def _render_legend_item(key: str, text: str) -> html.Span:
    # By its strategy, the script hides an entry that is not in the figure.
    strategy: dict[str, Any] = {"data-strategy": key} if key in STRATEGIES else {}
    return html.Span([_render_legend_key(key), text], className="legend-item", **strategy)


def _render_legend_key(key: str) -> html.Span:
    if key in STRATEGIES:
        return html.Span(className="key", style={"background": STRATEGIES[key].colour}, **ARIA_HIDDEN)
    return html.Span(className=f"key key-{key}", **ARIA_HIDDEN)
