"""Form fields for the files of a user."""

from __future__ import annotations

from collections.abc import Callable

from dash import dcc, html

from ev2gym_dashboard.core.scenario_options import PROFILE_BOUNDS
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.requests.upload_kinds import (
    MAX_PROFILE_VALUES,
    MAX_SPEC_BYTES,
    UPLOAD_KINDS,
)


def render_group_files(group: str, _: Translator) -> list[html.Div]:
    """Return the upload fields of a group of the form, with a hint on their files; none if it has no files."""
    names = [name for name, kind in UPLOAD_KINDS.items() if kind.group == group]
    series = tuple(name for name in names if name in PROFILE_BOUNDS)
    others = [_render_file_fields((name,), format_hint(_), _) for name, format_hint in HINTS.items() if name in names]
    return [*others, *([_render_file_fields(series, _format_series_hint(_), _)] if series else [])]


def _format_series_hint(_: Translator) -> str:
    return _(
        "Files as meters and markets export them: dates are aligned with those of the run, HH:MM is a typical day that "
        "repeats; at most {high} values here. You check how a file is read before it is used.",
        high=_.number(MAX_PROFILE_VALUES),
    )


def _format_tariff_hint(_: Translator) -> str:
    return _(
        "TOML or JSON: seasons, days, hours and prices, or tiers; the format is in docs/tariffs.md. The file becomes "
        "the tariff and restarts the run; choosing another tariff keeps the file."
    )


def _format_sessions_hint(_: Translator) -> str:
    return _(
        "CSV, Parquet or JSON, one row per stay: arrival, departure, energy_kwh or soc; optional: vehicle, model, "
        "capacity_kwh, power_kw, target_soc, evse; ACN-Data as it is. Times without an offset are UTC. The fleet and "
        "its EVSEs follow the file, and the run restarts at its first day."
    )


def _format_spec_hint(_: Translator) -> str:
    return _(
        "JSON in EV2Gym's schema, one entry per model; at most {high} bytes of models here. The file "
        "replaces the catalog and restarts the run; choosing a catalog removes the file.",
        high=_.number(MAX_SPEC_BYTES),
    )


HINTS: dict[str, Callable[[Translator], str]] = {
    "catalog_spec": _format_spec_hint,
    "sessions": _format_sessions_hint,
    "tariff_spec": _format_tariff_hint,
}
"""Hints on the files that are no series, by field."""


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
