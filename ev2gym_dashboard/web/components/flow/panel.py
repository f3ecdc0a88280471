"""Panel of the energy flow, which the pages of a run share."""

from __future__ import annotations

from typing import Any

from dash import html

from ev2gym_dashboard.service.sessions.energy_flow import SUPPLIES, USES, round_energy_flow
from ev2gym_dashboard.service.sessions.run_view import RunView
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.aria import ARIA_HIDDEN
from ev2gym_dashboard.web.components.definitions import render_legend_definitions
from ev2gym_dashboard.web.components.flow.texts import FLOW_TEXTS, format_flow_texts
from ev2gym_dashboard.web.components.legend_definitions import LEGEND_DEFINITIONS
from ev2gym_dashboard.web.i18n import Translator

LOSSES = {name: texts.lost for name, texts in FLOW_TEXTS.items() if texts.lost}
"""The power that is lost or cut with a power."""


def render_flow_panel(_: Translator) -> html.Section:
    """Return the panel without its values; a script draws the picture of each reply."""
    sentence = html.Figcaption(id=ids.FLOW_TEXT, className="flow-text live")
    heading = html.H2([_("Energy flow"), html.Span(f" {_('kW, last step')}", className="unit")])
    total = html.Span([_("Site"), " ", html.Strong(id=ids.FLOW_TOTAL, className="live")], className="flow-total")
    # The grid is on both sides.
    entries = {_(FLOW_TEXTS[name].label): text for name, text in LEGEND_DEFINITIONS[ids.FLOW].items()}
    definitions = html.Div(render_legend_definitions(_("Energy flow"), entries, _), className="legend")
    head = html.Div([heading, total, definitions], className="panel-head")
    return html.Section(
        [head, html.Figure([_render_picture(_), sentence], className="flow-figure")], className="panel flow"
    )


def _render_picture(_: Translator) -> html.Div:
    # The sentence says all of the picture: a screen reader reads that alone. Dash has no elements of SVG.
    drawing = html.Div(id=ids.FLOW, className="flow-drawing")
    sides = [_render_side(SUPPLIES, _("Supply"), _), drawing, _render_side(USES, _("Use"), _)]
    return html.Div(sides, className="flow-picture", **ARIA_HIDDEN)


def _render_side(names: tuple[str, ...], heading: str, _: Translator) -> html.Div:
    return html.Div([html.Span(heading, className="unit"), *(_render_label(name, _) for name in names)])


def _render_label(name: str, _: Translator) -> html.Div:
    texts = FLOW_TEXTS[name]
    lines: list[Any] = [
        html.Span(_(texts.label), className="flow-name"),
        html.Strong(id=ids.make_flow_id(name), className="live"),
    ]
    note = [html.Span(id=ids.make_flow_id(texts.lost), className="unit")] if texts.lost else []
    return html.Div(lines + note, className=f"flow-label flow-{name.removesuffix('_kw')}")


def format_flow_fields(view: RunView, _: Translator) -> tuple[dict[str, str], dict[str, list[list[int]]]]:
    """Return the texts of the picture by id, and its widths: of each side, the powers and their losses in 0.1 kW."""
    tenths = round_energy_flow(view.flow)
    widths = {side: _list_widths(names, tenths) for side, names in (("supplies", SUPPLIES), ("uses", USES))}
    return format_flow_texts(tenths, _), widths


def _list_widths(names: tuple[str, ...], tenths: dict[str, int]) -> list[list[int]]:
    return [[tenths[name], tenths[LOSSES[name]] if name in LOSSES else 0] for name in names]
