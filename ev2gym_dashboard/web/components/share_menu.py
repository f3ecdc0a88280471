"""Share menu: makes a link or a file of the run, and opens one."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import dcc, html

from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import Translator

PLAIN_BUTTON_CLASS = "btn btn-sm btn-outline-secondary"


def render_share_menu(_: Translator, prefix: str) -> html.Details:
    """Return the closed menu of a server below a prefix; `share.js` fills in the link."""
    make = html.Button(_("Create a link"), id=ids.SHARE_LINK, className="btn btn-sm btn-primary", n_clicks=0)
    name = html.Span(_("Link to this run"), className="visually-hidden")
    # Without the clipboard, the user copies the link out of this field.
    link = html.Label([name, dbc.Input(id=ids.SHARE_TEXT, type="text", value="", readonly=True, size="sm")])
    status = html.P(id=ids.SHARE_STATUS, className="hint", role="status")
    download = html.Button(_("Download the run"), id=ids.SHARE_DOWNLOAD, className=PLAIN_BUTTON_CLASS, n_clicks=0)
    choose = html.Span(_("Open a run…"), className=PLAIN_BUTTON_CLASS)
    # With a list of endings the browser would drop another file without a word: the server says why it is none. The
    # label names the input and opens the file dialog: with the component's click handler it would open twice.
    upload = html.Label(dcc.Upload(choose, id=ids.SHARE_OPEN, disable_click=True), className="upload")
    report = dcc.Link(
        _("Report of the run"), id=ids.REPORT_OPEN, href=f"{prefix}report?lang={_.lang}", className=PLAIN_BUTTON_CLASS
    )
    files = html.Div([download, upload, report], className="share-files")
    box = [make, link, status, files]
    return html.Details(
        [html.Summary(_("Share")), html.Div(box, className="panel share-box")], id=ids.SHARE, className="share"
    )
