"""Definitions: the "?" beside a figure, which shows what it is or how it is computed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dash import html

from ev2gym_dashboard.core.kpis import KPIS
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.aria import make_aria_expanded, make_aria_label
from ev2gym_dashboard.web.i18n import Translator


def format_definition(text: str, _: Translator) -> str:
    """Return a meaning or a formula (msgid) as a sentence, with the labels of KPIs in place of their names."""

    def find_label(match: re.Match[str]) -> str:
        kpi = KPIS.get(match[1])
        return _(kpi.label) if kpi and kpi.label else match[1]

    translated = re.sub(r"`(\w+)`", find_label, _(text))
    return translated[:1].upper() + translated[1:]


def render_definition_button(heading: str, text: str, _: Translator) -> html.Button:
    """Return the "?" of a figure; a script shows its definition in the bubble."""
    data: dict[str, Any] = {"data-definition": format_definition(text, _)}
    label = make_aria_label(_("Definition: {name}", name=heading))
    return html.Button("?", type="button", className="define", **label, **make_aria_expanded(is_open=False), **data)


def render_legend_definitions(title: str, entries: Mapping[str, str], _: Translator) -> html.Button:
    """Return the "?" of a legend: the definitions (msgids) of its entries, by their text."""
    lines = [_("{name}: {text}", name=name, text=format_definition(text, _)) for name, text in entries.items()]
    data: dict[str, Any] = {"data-definition": "\n".join(lines)}
    label = make_aria_label(_("Definitions of the legend: {title}", title=title))
    return html.Button("?", type="button", className="define", **label, **make_aria_expanded(is_open=False), **data)


def render_definition_bubble() -> html.Div:
    """Return the bubble of the definitions, closed: a reader of the screen reads it out when it is filled."""
    return html.Div(id=ids.DEFINITION, className="bubble", role="status", hidden=True)
