"""docs/architecture.md and its figure agree with the imports of the package."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.architecture_figure import (
    FIGURE_FILE,
    build_import_graph,
    find_floor_imports,
    find_room_imports,
    list_floors,
    list_rooms,
    render_figure,
)
from tools.layered_drawing import Edge, lay_out

TEXT = FIGURE_FILE.with_suffix(".md").read_text(encoding="utf-8")
CONTRIBUTING = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")
ROOMS = sorted(
    f"{floor}/{room}"
    for floor in list_floors()
    for room in list_rooms(floor)
    if build_import_graph().find_children(f"ev2gym_dashboard.{floor}.{room}")
)


def test_the_figure_agrees_with_the_code() -> None:
    assert FIGURE_FILE.read_text(encoding="utf-8") == render_figure(), "update with python -m tools.architecture_figure"


def test_the_figure_names_every_floor_and_every_room() -> None:
    names = set(re.findall(r">([\w]+)/?</text>", FIGURE_FILE.read_text(encoding="utf-8")))
    assert set(list_floors()) <= names
    assert {room.partition("/")[2] for room in ROOMS} <= names


@pytest.mark.parametrize("edges", [find_floor_imports(), *map(find_room_imports, list_floors())])
def test_no_two_rooms_import_each_other(edges: set[Edge]) -> None:
    lay_out({name for edge in edges for name in edge} or {"alone"}, edges)


@pytest.mark.parametrize("room", [room for room in ROOMS if not room.startswith("integrations/")])
def test_the_page_describes_every_room(room: str) -> None:
    assert f"| `{room}/` | " in TEXT


@pytest.mark.parametrize("room", ROOMS)
def test_contributing_lists_every_room_at_its_floor(room: str) -> None:
    floor, _, name = room.partition("/")
    (row,) = [line for line in CONTRIBUTING.splitlines() if line.startswith(f"| `ev2gym_dashboard/{floor}/`")]
    assert f"`{name}/`" in row
