"""Tiles: a figure with its heading and a note below it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dash import html

from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.definitions import render_definition_button
from ev2gym_dashboard.web.i18n import Translator

TileText = Callable[[Any, Translator], str]


@dataclass(frozen=True)
class Tile:
    """A tile: its key, heading and definition (msgids), text, note below it, and the mode that gives it its colour.

    ``difference`` is that of another strategy, where the page compares with one.
    """

    key: str
    heading: str
    text: TileText
    note: TileText | None = None
    mode: str = ""
    definition: str = ""
    difference: TileText | None = None


def render_tile(tile: Tile, _: Translator) -> html.Div:
    """Return a tile without its texts, which each reply carries."""
    values = [html.Dd(id=ids.make_tile_id(tile.key), className="tile-value live")]
    values += [html.Dd(id=ids.make_tile_note_id(tile.key), className="tile-note live")]
    if tile.difference:
        values.append(html.Dd(id=ids.make_tile_difference_id(tile.key), className="tile-difference"))
    heading: list[Any] = [_(tile.heading)]
    if tile.definition:
        heading.append(render_definition_button(_(tile.heading), tile.definition, _))
    return html.Div([html.Dt(heading), *values], className=f"tile tile-{tile.mode or 'plain'}")
