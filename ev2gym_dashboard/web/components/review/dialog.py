"""Layout of the dialog: empty until a file is chosen; the script `review.js` opens and closes it."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html

from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.aria import make_aria_labelledby
from ev2gym_dashboard.web.components.panels import render_graph
from ev2gym_dashboard.web.components.review.figures import make_empty_figure
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.requests.review_choices import CHOICE_LABELS, CHOICE_PARTS, TYPED_CHOICES


def render_review_dialog(_: Translator) -> html.Dialog:
    """Return the closed dialog."""
    name = html.Span(id=ids.REVIEW_FILE, className="unit")
    # With the focus on the title, a screen reader begins with it.
    title = html.H2([_("Check the file"), " ", name], id=ids.REVIEW_TITLE, tabIndex=-1)
    hint = _("The simulation goes on unchanged until you use the file; it then starts a new run.")
    body = [
        html.Div(id=ids.REVIEW_STATUS, className="status", role="status"),
        html.Div(id=ids.REVIEW_ISSUES, role="alert"),
        # What the file was taken for comes first: on a phone, the choices alone would fill the screen.
        html.Div(id=ids.REVIEW_CONTENT),
        render_graph(ids.REVIEW_CHART, make_empty_figure(), _),
        html.Div(_render_choices(_), id=ids.REVIEW_CHOICES, className="fields review-choices"),
    ]
    confirm = html.Button(
        _("Use this file"),
        id=ids.REVIEW_CONFIRM,
        type="button",
        className="btn btn-sm btn-primary",
        n_clicks=0,
        disabled=True,
    )
    cancel = html.Button(
        _("Cancel"), id=ids.REVIEW_CANCEL, type="button", className="btn btn-sm btn-outline-secondary", n_clicks=0
    )
    buttons = html.Div([html.P(hint, className="hint"), cancel, confirm], className="review-buttons")
    return html.Dialog(
        [title, html.Div(body, className="review-body"), buttons],
        id=ids.REVIEW,
        className="review",
        **make_aria_labelledby(ids.REVIEW_TITLE),
    )


def _render_choices(_: Translator) -> list[html.Div]:
    return [
        html.Div(
            html.Label([html.Span(_(label), className="field-name"), _render_choice(name, _)]),
            id=ids.make_choice_field_id(name),
            className="field",
            hidden=True,
        )
        for name, label in CHOICE_LABELS.items()
    ]


def _render_choice(name: str, _: Translator) -> dbc.Select | dbc.Input:
    choice_id = ids.make_choice_id(CHOICE_PARTS[name], name)
    if name in TYPED_CHOICES:
        # Each key would otherwise read the file again.
        return dbc.Input(
            id=choice_id, type="text", inputmode="decimal", value="", debounce=True, autocomplete="off", size="sm"
        )
    return dbc.Select(id=choice_id, options=[], value="", placeholder=_("Choose…"), size="sm")
