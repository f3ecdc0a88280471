"""Layered drawings: rows follow the edges, and arrows pass no box."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from tools.layered_drawing import draw_box, draw_frame, draw_layers, lay_out, reduce_edges, render_svg

CHAIN = {("a", "b"), ("b", "c"), ("a", "c")}


def test_an_edge_that_a_longer_path_implies_is_omitted() -> None:
    assert reduce_edges(CHAIN) == {("a", "b"), ("b", "c")}


def test_each_node_is_in_a_row_above_its_targets() -> None:
    assert lay_out({"a", "b", "c", "d"}, {("a", "b"), ("b", "c")}).rows == [["a"], ["b"], ["c", "d"]]


def test_an_edge_that_passes_a_row_has_a_waypoint_in_it() -> None:
    layout = lay_out({"a", "b", "c"}, CHAIN)
    source, waypoint, target = layout.paths["a", "c"]
    assert (source, target) == ("a", "c")
    assert waypoint in layout.rows[1]


def test_a_cycle_is_refused() -> None:
    with pytest.raises(ValueError, match="cycle"):
        lay_out({"a", "b"}, {("a", "b"), ("b", "a")})


def test_the_drawing_is_valid_svg_with_an_arrow_per_edge_and_escaped_text() -> None:
    boxes = {name: draw_box(name, "<1 & 2>", "#ffffff") for name in "abc"}
    svg = render_svg(draw_frame("floor", draw_layers(boxes, CHAIN), "#eeeeee"), "A & B")
    root = ET.fromstring(svg)
    assert len(root.findall(".//{http://www.w3.org/2000/svg}polyline")) == 2
    assert len(re.findall("&lt;1 &amp; 2&gt;", svg)) == len(boxes)


def test_equal_graphs_give_equal_drawings() -> None:
    boxes = {name: draw_box(name, "", "#ffffff") for name in "abc"}
    assert draw_layers(boxes, CHAIN) == draw_layers(dict(reversed(boxes.items())), sorted(CHAIN, reverse=True))
