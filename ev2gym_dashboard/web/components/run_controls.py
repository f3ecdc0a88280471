"""Callbacks of the controls that all pages of a run share; they run in the browser, in the scripts of assets/."""

from __future__ import annotations

from collections.abc import Mapping

from dash import ALL, ClientsideFunction, Dash, Input, Output, State

from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.requests.upload_kinds import UPLOAD_KINDS

CONTROL_INPUTS = {
    ("controls", "play"): Input(ids.PLAY, "n_clicks"),
    ("controls", "pause"): Input(ids.PAUSE, "n_clicks"),
    ("controls", "step"): Input(ids.STEP, "n_clicks"),
    ("controls", "restart"): Input(ids.RESET, "n_clicks"),
    ("controls", "setSpeed"): Input(ids.SPEED, "value"),
    ("controls", "setStrategy"): Input(ids.STRATEGY, "value"),
    ("controls", "setV2g"): Input(ids.V2G, "value"),
    ("controls", "setCatalog"): Input(ids.CATALOG, "value"),
    ("controls", "setFleetSize"): Input(ids.make_field_id("fleet_size"), "value"),
    ("controls", "applyForm"): Input(ids.APPLY, "n_clicks"),
    ("controls", "discardDrafts"): Input(ids.DISCARD, "n_clicks"),
    ("lost", "choose"): Input(ids.LOST_CHOOSE, "n_clicks"),
    ("lost", "drop"): Input(ids.LOST_DROP, "n_clicks"),
    ("share", "requestLink"): Input(ids.SHARE_LINK, "n_clicks"),
    ("share", "downloadRun"): Input(ids.SHARE_DOWNLOAD, "n_clicks"),
}


def register_run_controls(app: Dash) -> None:
    """Register the callbacks of the run bar, the form, the files and the share menu."""
    register_clientside(app, CONTROL_INPUTS)
    _register_form(app)
    _register_files(app)
    opened = [Input(ids.SHARE_OPEN, "contents"), State(ids.SHARE_OPEN, "filename")]
    app.clientside_callback(ClientsideFunction("share", "openFile"), *opened, prevent_initial_call=True)
    # The output is on the pages of a run alone: on other pages Dash does not call the function.
    app.clientside_callback(
        ClientsideFunction("live", "boot"),
        Output(ids.STATUS, "lang"),
        Input(ids.CLIENT_TEXTS, "data"),
        State(ids.SPEED, "value"),
        State(ids.BUILD, "data"),
    )


def register_clientside(app: Dash, inputs: Mapping[tuple[str, str], Input]) -> None:
    """Register functions of the scripts, by namespace and name, each for its input."""
    # They have no output: they write by `set_props`, and decide themselves whether anything changes.
    for function, source in inputs.items():
        app.clientside_callback(ClientsideFunction(*function), source, prevent_initial_call=True)


def _register_form(app: Dash) -> None:
    field_ids = State(ids.make_field_id(ALL), "id")
    app.clientside_callback(
        ClientsideFunction("form", "showReply"),
        Output(ids.make_field_id(ALL), "value"),
        Output(ids.make_parameters_id(ALL), "hidden"),
        Input(ids.REPLY, "data"),
        field_ids,
        State(ids.make_parameters_id(ALL), "id"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("controls", "setParameters"),
        Input(ids.make_field_id(ALL), "value"),
        field_ids,
        prevent_initial_call=True,
    )


def _register_files(app: Dash) -> None:
    for name in UPLOAD_KINDS:
        upload = ids.make_upload_id(name)
        chosen = [Input(upload, "contents"), State(upload, "filename"), State(upload, "id")]
        removed = [Input(ids.make_remove_file_id(name), "n_clicks"), State(upload, "id")]
        app.clientside_callback(ClientsideFunction("controls", "uploadFile"), *chosen, prevent_initial_call=True)
        app.clientside_callback(ClientsideFunction("controls", "removeFile"), *removed, prevent_initial_call=True)
