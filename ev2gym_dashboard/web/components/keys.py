"""Keys: the list of the keyboard's shortcuts, a dialog that the help menu and a key open; a script acts on them."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.aria import make_aria_labelledby
from ev2gym_dashboard.web.components.run_bar import SPEEDS_MIN_PER_S
from ev2gym_dashboard.web.i18n import N_, Translator

SHORTCUTS = (
    (N_("Space"), N_("Start or pause")),
    ("→", N_("One step")),
    (f"1 – {len(SPEEDS_MIN_PER_S)}", N_("Speed, from slow to fast")),
    ("F", N_("Full screen, and back")),
    ("?", N_("This list")),
)
"""The keys of keys.js and their meaning."""


def render_keys_dialog(_: Translator) -> html.Dialog:
    """Return the closed list, with the switch that turns the shortcuts off: a screen reader may need the keys."""
    title_id = f"{ids.KEYS}-title"
    rows: list[Any] = [html.Tr([html.Th(html.Kbd(_(key)), scope="row"), html.Td(_(text))]) for key, text in SHORTCUTS]
    content = [
        html.H2(_("Keyboard shortcuts"), id=title_id),
        html.Table(html.Tbody(rows), className="keys-list"),
        dbc.Switch(id=ids.KEYS_ON, label=_("Shortcuts on"), value=True, persistence=True, persistence_type="local"),
        html.P(_("They do nothing while a field has the focus."), className="hint"),
        # A form of this method closes its dialog without a script.
        html.Form(html.Button(_("Close"), className="btn btn-sm btn-outline-secondary"), method="dialog"),
    ]
    return html.Dialog(content, id=ids.KEYS, className="review keys", **make_aria_labelledby(title_id))
