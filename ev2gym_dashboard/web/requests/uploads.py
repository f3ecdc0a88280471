"""Uploads: parse the files of a user into fields of the scenario, and describe the files in use."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from ev2gym_dashboard.core.charging_sessions import format_time
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.requests.upload_kinds import (
    MAX_UPLOAD_BYTES,
    UPLOAD_KINDS,
)

MAX_FILE_NAME = 80
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


def format_file_texts(scenario: Scenario, names: Mapping[str, str], _: Translator) -> dict[str, str]:
    """Return the description of each file by the id of its element."""
    return {ids.make_file_text_id(name): _format_file_text(name, scenario, names, _) for name in UPLOAD_KINDS}


def compute_file_states(scenario: Scenario) -> dict[str, str]:
    """Return whether each file row has a file to remove, "on" or "off", by the id of the row."""
    return {ids.make_file_row_id(name): "on" if getattr(scenario, name) else "off" for name in UPLOAD_KINDS}


def _parse_upload(name: str, upload: object) -> tuple[object, list[Issue]]:
    kind = UPLOAD_KINDS[name]
    if upload is None:
        return kind.empty, []
    contents = _to_mapping(upload).get("contents")
    # Base64 makes a file a third longer; twice the limit is refused before it is decoded.
    if contents is None or len(str(contents)) > 2 * MAX_UPLOAD_BYTES:
        return None, [Issue("file", "must not be longer than {high} bytes here", (("high", MAX_UPLOAD_BYTES),))]
    try:
        content = base64.b64decode(str(contents).partition(",")[2], validate=True)
    except (binascii.Error, ValueError):
        return None, [Issue("file", "must be a file that the browser can read")]
    return kind.parse(content)


def _prefix_issues(name: str, file_name: str, issues: list[Issue]) -> list[Issue]:
    if not issues:
        return []
    heading = Issue(name, "{file} cannot be used; the run is unchanged:", (("file", file_name),))
    return [heading, *(Issue(f"{name}/{issue.field}", issue.template, issue.values) for issue in issues)]


def _format_file_text(name: str, scenario: Scenario, names: Mapping[str, str], _: Translator) -> str:
    kind = UPLOAD_KINDS[name]
    if not getattr(scenario, name):
        return _(kind.fallback)
    return kind.describe(scenario, names.get(name) or _("Your file"), _)


def _to_mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
