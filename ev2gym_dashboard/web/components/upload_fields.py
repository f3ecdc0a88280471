"""Form fields for the files of a user."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import dcc, html

from ev2gym_dashboard.core.scenario import PROFILE_BOUNDS
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import N_, Translator
from ev2gym_dashboard.web.requests.upload_kinds import (
    MAX_PROFILE_VALUES,
    MAX_SPEC_BYTES,
    UPLOAD_KINDS,
)

READ_OPTION_LABELS = {
    "time_column": N_("Column of times: its heading or number"),
    "column": N_("Column: its heading, or its number from 1"),
    "unit": N_("Unit, such as W, kWh or EUR/MWh"),
    "rate": N_("Rate: MAD for one unit of the file's currency"),
    "time_zone": N_("Time zone, such as Europe/Paris"),
    "stamp": N_("A time marks"),
    "fill": N_("Single gaps"),
    "decimal": N_("Decimal mark"),
}
READ_OPTION_CHOICES = {
    "stamp": {"start": N_("the start of its step"), "end": N_("the end of its step")},
    "fill": {"no": N_("are refused"), "linear": N_("are filled by the mean of their neighbours")},
    "decimal": {".": N_("point"), ",": N_("comma")},
}


def render_profile_fields(_: Translator) -> html.Div:
    """Return the upload fields for profiles of load, prices and CO2."""
    hint = _(
        "Files as meters and markets export them: dates are aligned with those of the run, HH:MM is a typical day that "
        "repeats; at most {high} values here. A file restarts the run.",
        high=_.number(MAX_PROFILE_VALUES),
    )
    return html.Div([_render_file_fields(tuple(PROFILE_BOUNDS), hint, _), _render_read_options(_)])


def _render_read_options(_: Translator) -> html.Details:
    """Return the fields of what a user says about the next file; empty ones leave it to the file."""
    fields = []
    for name, label in READ_OPTION_LABELS.items():
        heading = html.Span(_(label), className="field-name")
        fields.append(html.Div(html.Label([heading, _render_read_option(name, _)]), className="field"))
    hint = _("They count for the next file that you choose; an empty one leaves it to the file.")
    summary, note = html.Summary(_("How series files are read")), html.P(hint, className="hint")
    return html.Details([summary, html.Div(fields, className="fields"), note], className="read-options")


def _render_read_option(name: str, _: Translator) -> dbc.Select | dbc.Input:
    if name not in READ_OPTION_CHOICES:
        return dbc.Input(id=ids.make_read_option_id(name), type="text", value="", debounce=True, autocomplete="off")
    choices = {"": N_("From the file")} | READ_OPTION_CHOICES[name]
    options = [{"value": key, "label": _(label)} for key, label in choices.items()]
    # Without a placeholder, the empty choice would be a blank field.
    placeholder = _(choices[""])
    return dbc.Select(id=ids.make_read_option_id(name), options=options, value="", placeholder=placeholder)


def render_tariff_field(_: Translator) -> html.Div:
    """Return the upload field for a tariff file."""
    hint = _(
        "TOML or JSON: seasons, days, hours and prices, or tiers; the format is in docs/tariffs.md. The file becomes "
        "the tariff and restarts the run; choosing another tariff keeps the file."
    )
    return _render_file_fields(("tariff_spec",), hint, _)


def render_sessions_field(_: Translator) -> html.Div:
    """Return the upload field for charging sessions."""
    hint = _(
        "CSV, Parquet or JSON, one row per stay: arrival, departure, energy_kwh or soc; optional: vehicle, model, "
        "capacity_kwh, power_kw, target_soc, evse; ACN-Data as it is. Times without an offset are UTC. The fleet and "
        "its EVSEs follow the file, and the run restarts at its first day."
    )
    return _render_file_fields(("sessions",), hint, _)


def render_spec_field(_: Translator) -> html.Div:
    """Return the upload field for a spec file."""
    hint = _(
        "JSON in EV2Gym's schema, one entry per model; at most {high} bytes of models here. The file "
        "replaces the catalog and restarts the run; choosing a catalog removes the file.",
        high=_.number(MAX_SPEC_BYTES),
    )
    return _render_file_fields(("catalog_spec",), hint, _)


def _render_file_fields(names: tuple[str, ...], hint: str, _: Translator) -> html.Div:
    fields = html.Div([_render_file_field(name, _) for name in names], className="fields files")
    return html.Div([fields, html.P(hint, className="hint")])


def _render_file_field(name: str, _: Translator) -> html.Div:
    kind = UPLOAD_KINDS[name]
    about = _(kind.about)
    choose = html.Span(_("Choose a file…"), className="btn btn-sm btn-outline-secondary")
    remove = html.Button(
        [_("Remove"), html.Span(about, className="visually-hidden")],
        id=ids.make_remove_file_id(name),
        type="button",
        className="btn btn-sm btn-outline-secondary remove-file",
        n_clicks=0,
    )
    # The label already opens the file dialog: with the component's click handler it would open twice.
    upload = html.Label(
        [
            html.Span(about, className="visually-hidden"),
            dcc.Upload(choose, id=ids.make_upload_id(name), disable_click=True),
        ],
        className="upload",
    )
    # Screen readers announce the new text after an upload.
    text = html.Span(id=ids.make_file_text_id(name), className="file-text live", role="status")
    unit = html.Span(f" ({kind.unit})" if kind.unit else "", className="unit")
    return html.Div(
        [
            html.Span([about, unit], className="field-name"),
            html.Div([upload, remove, text], id=ids.make_file_row_id(name), className="file-row"),
            html.Div(id=ids.make_field_issue_id(name), className="field-issue", role="alert"),
        ],
        className="field",
    )
