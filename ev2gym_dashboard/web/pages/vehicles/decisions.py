"""Decisions of the user for one vehicle: its buttons, and in words what holds."""

from __future__ import annotations

from typing import Any

from dash import html

from ev2gym_dashboard.core.control.overrides import AS_STRATEGY, CHARGE_NOW, LEAVE, NO_V2G
from ev2gym_dashboard.service.sessions.vehicle_list import VehicleRow
from ev2gym_dashboard.service.sessions.vehicle_view import VehiclesView
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.aria import make_aria_label, make_aria_pressed
from ev2gym_dashboard.web.i18n import N_, Translator

ACTION_NAMES = {
    CHARGE_NOW: N_("Charge now"),
    NO_V2G: N_("Never V2G"),
    LEAVE: N_("Leaves at"),
    AS_STRATEGY: N_("As the strategy"),
}
NEEDS = {CHARGE_NOW: "stay", NO_V2G: "", LEAVE: "time", AS_STRATEGY: "decision"}
"""Condition under which the script enables the button of an action."""


def render_decisions(_: Translator) -> html.Div:
    """Return the buttons; a script shows which of them are pressed, and sends the decision."""
    released, set_label = make_aria_pressed(is_pressed=False), make_aria_label(_("Set the departure"))
    buttons = [_render_button(action, _(ACTION_NAMES[action]), **released) for action in (CHARGE_NOW, NO_V2G)]
    issue: dict[str, Any] = {"data-issue": _("Enter a time of day such as 07:30.")}
    time = html.Span(id=ids.VEHICLE_LEAVE, title=_("Time of the departure"), className="decide-time", **issue)
    leave = html.Span(
        [html.Span(_(ACTION_NAMES[LEAVE])), time, _render_button(LEAVE, _("Set"), **set_label)],
        className="decide-leave",
    )
    back = _render_button(AS_STRATEGY, _(ACTION_NAMES[AS_STRATEGY]))
    group = html.Div(
        [html.Span(_("Decide"), className="control-name"), *buttons, leave, back],
        id=ids.VEHICLE_DECIDE,
        className="decide",
        role="group",
        **make_aria_label(_("Decide for this vehicle")),
    )
    return html.Div([group, html.P(id=ids.VEHICLE_DECIDED, className="hint", role="status")])


def _render_button(action: str, text: str, **aria: Any) -> html.Button:
    data: dict[str, Any] = {"data-action": action, "data-needs": NEEDS[action]}
    return html.Button(text, type="button", className="btn btn-sm btn-outline-secondary", **data, **aria)


def format_decision_texts(view: VehiclesView, _: Translator) -> dict[str, str]:
    """Return the sentences on what the user has decided for the vehicle, by id."""
    return {} if view.shown is None else {ids.VEHICLE_DECIDED: _describe(view.shown.present, _)}


def _describe(row: VehicleRow, _: Translator) -> str:
    decisions = row.decisions
    sentences = [_("Charges now, until it leaves.")] if decisions.charges_now else []
    sentences += [_("No V2G, until you take it back.")] if decisions.bars_v2g else []
    if decisions.planned_departure and row.departure:
        time, planned = _.day_and_time(row.departure), _.day_and_time(decisions.planned_departure)
        sentences.append(_("Leaves {time}, instead of {planned}.", time=time, planned=planned))
    if not sentences:
        sentences = [
            _("The strategy decides. A decision holds from the next step on, and is kept in the run and its links.")
        ]
    if row.departure is None:
        sentences.append(_("On the road: there is no stay to charge or to end now."))
    return " ".join(sentences)


def build_decisions(view: VehiclesView) -> dict[str, Any]:
    """Return what the script shows: the number of the vehicle, what holds for it, and whether it is there."""
    if view.shown is None:
        return {}
    row = view.shown.present
    return {"number": row.number, "decided": row.decisions.actions, "present": row.departure is not None}
