"""Uploads: parse the files of a user into fields of the scenario, and describe the files in use."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ev2gym_dashboard.core.charging_sessions import format_time
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import PROFILE_BOUNDS
from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.datasets.series_file.options import ReadOptions, SeriesReading, parse_options
from ev2gym_dashboard.service.datasets.series_file.table import XLSX_MAGIC
from ev2gym_dashboard.service.sessions.request_place import require_place
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import N_, Translator, format_template
from ev2gym_dashboard.web.requests.upload_kinds import (
    MAX_UPLOAD_BYTES,
    UPLOAD_KINDS,
    read_profile_upload,
)

MAX_FILE_NAME = 80
READING_S_PER_BYTE, WORKBOOK_S = 1e-6, 1.0
"""CPU time of reading a file, of which a series takes half [s/B], and of a workbook, which is always dear [s]."""
UPLOAD_HEADING = N_("{file} cannot be used; the run is unchanged:")
UPLOAD_LABELS = {name: kind.about for name, kind in UPLOAD_KINDS.items()}


def list_file_names(request: Mapping[str, Any]) -> dict[str, str]:
    """Return the names of the user's files by scenario field: those of this upload before those stored earlier."""
    stored, uploads = _to_mapping(request.get("files")), _to_mapping(request.get("upload"))
    new = {name: _to_mapping(uploads.get(name)).get("name") for name in UPLOAD_KINDS}
    names = {name: new[name] or stored.get(name) for name in UPLOAD_KINDS}
    # The browser sends the names with each request: they stay short.
    return {name: text[:MAX_FILE_NAME] for name, text in names.items() if isinstance(text, str)}


def parse_uploads(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the scenario fields that the files of a request set; a removed file empties its field.

    Raises
    ------
    ValidationError
        With every issue, each with the field ``"<field>/<location in the file>"``.
    """
    uploads, names = _to_mapping(request.get("upload")), list_file_names(request)
    values: dict[str, Any] = {}
    issues: list[Issue] = []
    for name in (name for name in UPLOAD_KINDS if name in uploads):
        values[name], file_issues = _parse_upload(name, uploads[name])
        issues += _prefix_issues(name, names.get(name, ""), file_issues)
    if issues:
        raise ValidationError(issues)
    if sessions := values.get("sessions"):
        # The run moves to the sessions: outside of their dates there is none.
        values["start"] = f"{format_time(sessions.find_span_s()[0])[:10]}T00:00"
    return values


def select_active_files(scenario: Scenario, names: Mapping[str, str]) -> dict[str, str]:
    """Return the names of the files that a scenario uses."""
    return {name: names[name] for name in UPLOAD_KINDS if getattr(scenario, name) and name in names}


def format_file_texts(
    scenario: Scenario, names: Mapping[str, str], _: Translator, notes: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the description of each file by the id of its element, with the notes on new ones."""
    texts = {name: _format_file_text(name, scenario, names, _) for name in UPLOAD_KINDS}
    return {ids.make_file_text_id(name): text + (notes or {}).get(name, "") for name, text in texts.items()}


def format_upload_notes(request: Mapping[str, Any], _: Translator) -> dict[str, str]:
    """Return what the new series files of a request were taken for, as sentences by field."""
    uploads = _to_mapping(request.get("upload"))
    return {name: _format_notes(name, uploads[name], _) for name in PROFILE_BOUNDS if uploads.get(name)}


def read_series_upload(name: str, upload: object) -> SeriesReading | None:
    """Return the reading of an uploaded series; None for an upload that cannot be decoded, or for wrong options."""
    content = _decode_upload(upload)
    options, issues = parse_read_options(_to_mapping(_to_mapping(upload).get("options")))
    return None if issues or isinstance(content, Issue) else read_profile_upload(name, content, options)


def format_reading_notes(reading: SeriesReading | None, _: Translator) -> list[str]:
    """Return what a series file was taken for, as sentences."""
    return [format_template(note.template, dict(note.values), _) for note in (reading.notes if reading else ())]


def _format_notes(name: str, upload: object, _: Translator) -> str:
    return "".join(f" · {note}" for note in format_reading_notes(read_series_upload(name, upload), _))


def compute_file_states(scenario: Scenario) -> dict[str, str]:
    """Return whether each file row has a file to remove, "on" or "off", by the id of the row."""
    return {ids.make_file_row_id(name): "on" if getattr(scenario, name) else "off" for name in UPLOAD_KINDS}


def _parse_upload(name: str, upload: object) -> tuple[object, list[Issue]]:
    kind = UPLOAD_KINDS[name]
    if upload is None:
        return kind.empty, []
    content = _decode_upload(upload)
    if isinstance(content, Issue):
        return None, [content]
    options, issues = parse_read_options(_to_mapping(_to_mapping(upload).get("options")))
    return (None, issues) if issues else kind.parse(content, options)


def _decode_upload(upload: object) -> bytes | Issue:
    contents = _to_mapping(upload).get("contents")
    # Base64 makes a file a third longer; twice the limit is refused before it is decoded.
    if contents is None or len(str(contents)) > 2 * MAX_UPLOAD_BYTES:
        return Issue("file", "must not be longer than {high} bytes here", (("high", MAX_UPLOAD_BYTES),))
    try:
        content = base64.b64decode(str(contents).partition(",")[2], validate=True)
    except (binascii.Error, ValueError):
        return Issue("file", "must be a file that the browser can read")
    # A short workbook may hold any number of cells.
    require_place(WORKBOOK_S if content.startswith(XLSX_MAGIC) else READING_S_PER_BYTE * len(content))
    return content


def parse_read_options(values: Mapping[str, Any]) -> tuple[ReadOptions, list[Issue]]:
    """Return the options of reading that a user typed, and their issues."""
    typed = {name: value for name, value in values.items() if value != ""}
    rate = typed.get("rate")
    if isinstance(rate, str):
        # Without the language of the page: a rate has either decimal mark and no thousands.
        with suppress(ValueError):
            typed["rate"] = float(rate.replace(",", "."))
    return parse_options(typed)


def _prefix_issues(name: str, file_name: str, issues: list[Issue]) -> list[Issue]:
    if not issues:
        return []
    heading = Issue(name, UPLOAD_HEADING, (("file", file_name),))
    return [heading, *(Issue(f"{name}/{issue.field}", issue.template, issue.values) for issue in issues)]


def _format_file_text(name: str, scenario: Scenario, names: Mapping[str, str], _: Translator) -> str:
    kind = UPLOAD_KINDS[name]
    if not getattr(scenario, name):
        return _(kind.fallback)
    return kind.describe(scenario, names.get(name) or _("Your file"), _)


def _to_mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
