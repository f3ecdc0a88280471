"""Figure of the floors and rooms, drawn from the imports of the package: ``python -m tools.architecture_figure``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import grimp

from tools.layered_drawing import Box, Edge, draw_box, draw_frame, draw_layers, render_svg

PACKAGE = "ev2gym_dashboard"
FIGURE_FILE = Path(__file__).parents[1] / "docs" / "architecture.svg"
TITLE = "Floors and rooms of ev2gym_dashboard; an arrow points from an importing room to an imported one"
FLOOR_FILL, ROOM_FILL = "#f5f7fa", "#ffffff"


@cache
def build_import_graph() -> grimp.ImportGraph:
    """Return the import graph of the package."""
    # A cache of grimp would stay in the checkout and could outlive a moved module.
    return grimp.build_graph(PACKAGE, cache_dir=None)


def list_floors() -> list[str]:
    """Return the direct children of the package: its floors, and its single modules."""
    return sorted(name.removeprefix(f"{PACKAGE}.") for name in build_import_graph().find_children(PACKAGE))


def list_rooms(floor: str) -> list[str]:
    """Return the rooms of a floor: its packages and modules; none if it has no packages."""
    graph = build_import_graph()
    children = sorted(graph.find_children(f"{PACKAGE}.{floor}"))
    has_packages = any(graph.find_children(child) for child in children)
    return [child.removeprefix(f"{PACKAGE}.{floor}.") for child in children] if has_packages else []


def count_modules(name: str) -> int:
    """Return the number of modules in a room or floor, without its `__init__`."""
    descendants = build_import_graph().find_descendants(f"{PACKAGE}.{name}")
    return len([module for module in descendants if not build_import_graph().find_children(module)]) or 1


def find_floor_imports() -> set[Edge]:
    """Return the pairs of floors of which the first imports the second."""
    return {edge for edge in (_shorten(imports, 1) for imports in _list_imports()) if edge[0] != edge[1]}


def find_room_imports(floor: str) -> set[Edge]:
    """Return the pairs of rooms of a floor of which the first imports the second."""
    inside = f"{floor}."
    pairs = (_shorten(imports, 2) for imports in _list_imports())
    return {
        (source.removeprefix(inside), target.removeprefix(inside))
        for source, target in pairs
        if source != target and source.startswith(inside) and target.startswith(inside)
    }


def draw_floor(floor: str) -> Box:
    """Draw a floor with its rooms, or as a single box."""
    rooms = list_rooms(floor)
    if not rooms:
        return draw_box(floor, _format_count(count_modules(floor)), FLOOR_FILL)
    boxes = {room: draw_box(room, _format_count(count_modules(f"{floor}.{room}")), ROOM_FILL) for room in rooms}
    return draw_frame(f"{floor}/", draw_layers(boxes, find_room_imports(floor)), FLOOR_FILL)


def render_figure() -> str:
    """Return the figure as SVG text; the same imports give the same text."""
    floors = {floor: draw_floor(floor) for floor in list_floors()}
    return render_svg(draw_layers(floors, find_floor_imports()), TITLE)


def _list_imports() -> Iterator[Edge]:
    graph = build_import_graph()
    # The package itself only re-exports names: as a node it would import most floors and hide their order.
    for module in sorted(graph.modules - {PACKAGE}):
        for target in sorted(graph.find_modules_directly_imported_by(module) - {PACKAGE}):
            yield module, target


def _shorten(imports: Edge, depth: int) -> Edge:
    source, target = (".".join(module.split(".")[1 : depth + 1]) for module in imports)
    return source, target


def _format_count(count: int) -> str:
    return "1 module" if count == 1 else f"{count} modules"


def main() -> None:
    """Write the figure."""
    FIGURE_FILE.write_text(render_figure(), encoding="utf-8")


if __name__ == "__main__":
    main()
