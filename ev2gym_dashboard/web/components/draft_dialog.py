"""Draft dialog: asks, when a run is opened, about the changes that were typed before and are not applied."""

from __future__ import annotations

from dash import html

from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.aria import make_aria_labelledby
from ev2gym_dashboard.web.i18n import Translator


def render_draft_dialog(_: Translator) -> html.Dialog:
    """Return the closed dialog; a script fills in the names of the fields. Escape keeps the changes."""
    title_id = f"{ids.DRAFT_DIALOG}-title"
    drop = html.Button(_("Discard them"), id=ids.DRAFT_DROP, className="btn btn-sm btn-outline-secondary")
    keep = html.Button(_("Keep them for this run"), className="btn btn-sm btn-primary")
    content = [
        html.H2(_("Keep your changes that are not applied?"), id=title_id),
        html.P(_("They were typed before this run was opened, and it does not use them:")),
        html.P(id=ids.DRAFT_NAMES, className="draft-names"),
        # A form of this method closes its dialog without a script.
        html.Form([keep, drop], method="dialog", className="form-buttons"),
    ]
    return html.Dialog(content, id=ids.DRAFT_DIALOG, className="review keys", **make_aria_labelledby(title_id))
