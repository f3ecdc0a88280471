"""Layered drawings of graphs without cycles: rows from top to bottom, arrows between them, as SVG text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from operator import itemgetter

INK, LINE, PAPER = "#1f2933", "#7b8794", "#ffffff"
GAP_X, GAP_Y = 18.0, 34.0
SWEEPS = 8

Edge = tuple[str, str]
Rows = list[list[str]]


@dataclass(frozen=True)
class Box:
    """A node with its size [px] and the SVG text inside it, drawn from the top left corner (0, 0)."""

    width: float
    height: float
    content: str


WAYPOINT = Box(10.0, 0.0, "")


@dataclass(frozen=True)
class Slot:
    """The place of a box or waypoint in its row [px]: its centre, and the heights of the row and of the box."""

    x: float
    row_top: float
    row_bottom: float
    box_top: float
    box_bottom: float


@dataclass(frozen=True)
class Layout:
    """Rows of nodes and waypoints, and the path of each edge through them."""

    rows: Rows
    paths: dict[Edge, list[str]]


def reduce_edges(edges: Iterable[Edge]) -> set[Edge]:
    """Return the edges that no longer path implies (the transitive reduction)."""
    targets: dict[str, set[str]] = {}
    for source, target in edges:
        targets.setdefault(source, set()).add(target)
    return {
        (source, target)
        for source, direct in targets.items()
        for target in direct
        if not any(target in _find_reachable(other, targets) for other in direct - {target})
    }


def lay_out(nodes: Iterable[str], edges: Iterable[Edge]) -> Layout:
    """Place the nodes in rows above all of their targets, with a waypoint in each row that an edge passes.

    Within a row, the barycentres of the neighbours give the order: few lines cross, and equal graphs give equal rows.
    """
    edges = sorted(edges)
    heights = _compute_heights(sorted(nodes), edges)
    rows: Rows = [[] for _ in range(max(heights.values()) + 1)]
    for node, height in sorted(heights.items()):
        rows[-1 - height].append(node)
    paths = {edge: _list_path(edge, rows, heights) for edge in edges}
    neighbours: dict[str, list[str]] = {}
    for path in paths.values():
        for upper, lower in pairwise(path):
            neighbours.setdefault(upper, []).append(lower)
            neighbours.setdefault(lower, []).append(upper)
    for _ in range(SWEEPS):
        _sort_rows(rows, neighbours)
    return Layout(rows, paths)


def draw_layers(boxes: Mapping[str, Box], edges: Iterable[Edge]) -> Box:
    """Draw the boxes in rows, with an arrow for each edge that no longer path implies."""
    layout = lay_out(boxes, reduce_edges(edges))
    width = max(_measure_row(row, boxes) for row in layout.rows)
    slots: dict[str, Slot] = {}
    y = 0.0
    for row in layout.rows:
        height = max(boxes.get(name, WAYPOINT).height for name in row)
        slots |= dict(_make_slots(row, boxes, left=(width - _measure_row(row, boxes)) / 2.0, top=y, height=height))
        y += height + GAP_Y
    arrows = [_draw_arrow([slots[name] for name in path]) for _, path in sorted(layout.paths.items())]
    parts = [
        _move(box.content, slots[name].x - box.width / 2.0, slots[name].box_top)
        for name, box in sorted(boxes.items(), key=itemgetter(0))
    ]
    return Box(width, y - GAP_Y, "\n".join([*arrows, *parts]))


def draw_box(label: str, note: str, fill: str) -> Box:
    """Draw a node with a name and a smaller note below it."""
    width, height = 8.0 * max(len(label), 0.8 * len(note)) + 22.0, 40.0
    rect = f'<rect width="{width:.0f}" height="{height:.0f}" rx="4" fill="{fill}" stroke="{LINE}"/>'
    name = f'<text x="{width / 2:.1f}" y="17" font-size="13" font-weight="600">{escape(label)}</text>'
    small = f'<text x="{width / 2:.1f}" y="32" font-size="10">{escape(note)}</text>'
    return Box(width, height, f"{rect}{name}{small}")


def draw_frame(title: str, inside: Box, fill: str) -> Box:
    """Draw a titled frame around a drawing."""
    margin, head = 14.0, 30.0
    width, height = max(inside.width, 9.0 * len(title)) + 2 * margin, inside.height + head + margin
    rect = f'<rect width="{width:.0f}" height="{height:.0f}" rx="6" fill="{fill}" stroke="{LINE}"/>'
    name = f'<text x="{width / 2:.1f}" y="20" font-size="14" font-weight="700">{escape(title)}</text>'
    return Box(width, height, f"{rect}{name}\n{_move(inside.content, (width - inside.width) / 2.0, head)}")


def render_svg(drawing: Box, title: str) -> str:
    """Return a drawing as an SVG file."""
    margin = 16
    width, height = drawing.width + 2 * margin, drawing.height + 2 * margin
    view = f'viewBox="0 0 {width:.0f} {height:.0f}" role="img"'
    text = f'font-family="system-ui, sans-serif" text-anchor="middle" fill="{INK}"'
    arrowhead = f'<path d="M0,0 L8,4 L0,8 z" fill="{LINE}"/>'
    marker = f'<marker id="arrow" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto">{arrowhead}</marker>'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {view} {text}>',
        f"<title>{escape(title)}</title>",
        f"<defs>{marker}</defs>",
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="{PAPER}"/>',
        _move(drawing.content, margin, margin),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _find_reachable(node: str, targets: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    pending = [node]
    while pending:
        for target in targets.get(pending.pop(), set()) - reached:
            reached.add(target)
            pending.append(target)
    return reached


def _compute_heights(nodes: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    heights = dict.fromkeys(nodes, 0)
    # Each pass settles at least one more row; a graph that still changes after as many passes as nodes has a cycle.
    for _ in nodes:
        previous = dict(heights)
        for source, target in edges:
            heights[source] = max(heights[source], heights[target] + 1)
        if heights == previous:
            return heights
    raise ValueError("the graph has a cycle")


def _list_path(edge: Edge, rows: Rows, heights: Mapping[str, int]) -> list[str]:
    source, target = edge
    waypoints = [f"{source}>{target}@{height}" for height in range(heights[source] - 1, heights[target], -1)]
    for name in waypoints:
        rows[-1 - int(name.rpartition("@")[2])].append(name)
    return [source, *waypoints, target]


def _sort_rows(rows: Rows, neighbours: Mapping[str, Sequence[str]]) -> None:
    for row in (*rows, *reversed(rows)):
        places = {name: (index + 0.5) / len(other) for other in rows for index, name in enumerate(other)}
        row.sort(key=lambda name: (_compute_mean(places[n] for n in neighbours.get(name, [name])), name))


def _compute_mean(values: Iterable[float]) -> float:
    numbers = list(values)
    return sum(numbers) / len(numbers)


def _measure_row(row: Sequence[str], boxes: Mapping[str, Box]) -> float:
    return sum(boxes.get(name, WAYPOINT).width for name in row) + GAP_X * (len(row) - 1)


def _make_slots(
    row: Sequence[str], boxes: Mapping[str, Box], *, left: float, top: float, height: float
) -> Iterator[tuple[str, Slot]]:
    for name in row:
        box = boxes.get(name, WAYPOINT)
        box_top = top + (height - box.height) / 2.0
        yield name, Slot(left + box.width / 2.0, top, top + height, box_top, box_top + box.height)
        left += box.width + GAP_X


def _draw_arrow(slots: Sequence[Slot]) -> str:
    first, *passed, last = slots
    # Lines are vertical within a row and slanted only between rows, so that none runs behind a box.
    points = [(first.x, first.box_bottom), (first.x, first.row_bottom)]
    for slot in passed:
        points += [(slot.x, slot.row_top), (slot.x, slot.row_bottom)]
    points += [(last.x, last.row_top), (last.x, last.box_top)]
    text = " ".join(f"{x:.1f},{y:.1f}" for x, y in dict.fromkeys(points))
    return f'<polyline points="{text}" fill="none" stroke="{LINE}" stroke-width="1.2" marker-end="url(#arrow)"/>'


def _move(content: str, x: float, y: float) -> str:
    return f'<g transform="translate({x:.1f},{y:.1f})">{content}</g>' if content else ""
