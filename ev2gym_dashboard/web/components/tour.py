"""Tour of the page: four steps for a newcomer, shown once beside the parts that they explain; a script moves it."""

from __future__ import annotations

from typing import Any

from dash import html

from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.aria import make_aria_labelledby
from ev2gym_dashboard.web.i18n import N_, Translator

STEPS = (
    (
        ".bar",
        N_("The simulation"),
        N_(
            "A fleet of electric vehicles arrives, plugs in, charges and leaves, step by step, on the charging habits "
            "of ElaadNL and a tariff of ONEE. Here you start and pause it, and choose strategy, fleet and tariff."
        ),
    ),
    (
        ".tiles",
        N_("The present step"),
        N_(
            "How many vehicles charge from the grid (G2V, blue), give energy back (V2G, orange) or stay idle (grey), "
            "and their power. Each “?” tells how a figure is computed."
        ),
    ),
    (
        ".panel-reasons",
        N_("The reasons"),
        N_(
            "Each vehicle has a reason for its power in a step: the strategy, its departure, its battery or a limit. "
            "Choose a model in the table, and they are those of its vehicles."
        ),
    ),
    (
        ".ahead",
        N_("The next hours"),
        N_(
            "Prices, sun and hours of V2G in the next hours. Let the run go on, change a setting, or open the page "
            "Compare to see which strategy costs least."
        ),
    ),
)
"""The part of the page that each step explains (selector), its title and its text (msgids)."""


def render_tour(_: Translator) -> html.Dialog:
    """Return the closed tour with all of its steps: a script shows one."""
    steps = [_render_step(number, *step, _) for number, step in enumerate(STEPS)]
    buttons = [
        html.Span(id=ids.TOUR_COUNT, className="hint"),
        _render_button(ids.TOUR_END, _("Skip"), "btn-outline-secondary"),
        _render_button(ids.TOUR_BACK, _("Back"), "btn-outline-secondary"),
        _render_button(ids.TOUR_NEXT, _("Continue"), "btn-primary"),
    ]
    content = [*steps, html.Div(buttons, className="tour-buttons")]
    last: dict[str, Any] = {"data-end": _("Done"), "data-next": _("Continue")}
    return html.Dialog(content, id=ids.TOUR, className="tour", **make_aria_labelledby(f"{ids.TOUR}-0"), **last)


def _render_step(number: int, target: str, title: str, text: str, _: Translator) -> html.Section:
    data: dict[str, Any] = {"data-target": target}
    heading = html.H2(_(title), id=f"{ids.TOUR}-{number}")
    return html.Section([heading, html.P(_(text))], hidden=True, **data)


def _render_button(name: str, text: str, style: str) -> html.Button:
    return html.Button(text, id=name, type="button", className=f"btn btn-sm {style}")
