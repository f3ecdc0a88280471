"""Plain elements: trees of HTML that no callback knows become one component of Dash, which `plain-elements.js` draws.

Dash gives each of its components wrappers and subscriptions, for which a page of a thousand elements makes a browser
wait longer than for the elements themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

HTML = "dash_html_components"
PLAIN = {"namespace": "ev2gym_dashboard", "type": "PlainElements"}
NO_ATTRIBUTES = ("children", "n_clicks")


def join_elements(node: Any, bound_ids: Collection[str]) -> Any:
    """Return a layout of plain objects in which each tree of elements without a bound id is one component.

    The children of that component are the other components between the elements; its template is a node: a text, the
    number of a child, or a list of the tag, its attributes and the nodes within.
    """
    if isinstance(node, list):
        return [join_elements(child, bound_ids) for child in node]
    if not isinstance(node, dict):
        return node
    if _is_plain(node, bound_ids):
        children: list[Any] = []
        template = _make_template(node, bound_ids, children)
        return {**PLAIN, "props": {"template": template, "children": children}}
    props = {
        name: join_elements(value, bound_ids) if name == "children" else value for name, value in node["props"].items()
    }
    return node | {"props": props}


def _is_plain(node: Mapping[str, Any], bound_ids: Collection[str]) -> bool:
    id_ = node["props"].get("id")
    # Callbacks match ids that are mappings by pattern.
    return node["namespace"] == HTML and not isinstance(id_, dict) and id_ not in bound_ids


def _make_template(node: Any, bound_ids: Collection[str], children: list[Any]) -> Any:
    if not isinstance(node, dict):
        return str(node)
    if not _is_plain(node, bound_ids):
        children.append(join_elements(node, bound_ids))
        return len(children) - 1
    attributes = {name: value for name, value in node["props"].items() if name not in NO_ATTRIBUTES}
    nodes = [_make_template(child, bound_ids, children) for child in _list_children(node)]
    return [node["type"].lower(), attributes, *nodes]


def _list_children(node: Mapping[str, Any]) -> list[Any]:
    children = node["props"].get("children")
    return children if isinstance(children, list) else [] if children is None else [children]
