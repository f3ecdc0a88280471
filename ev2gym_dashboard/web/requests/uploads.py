"""The user's own files on the page: out of an upload into the scenario, and what is said of them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

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
    """Return what the user's files are called, by the field that they are for: those kept, then those given now."""
    kept, given = _to_mapping(request.get("files")), _to_mapping(request.get("upload"))
    now = {name: _to_mapping(given.get(name)).get("name") for name in UPLOAD_KINDS}
    named = {name: now[name] or kept.get(name) for name in UPLOAD_KINDS}
    return {name: text[:MAX_FILE_NAME] for name, text in named.items() if isinstance(text, str)}


def parse_uploads(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of the scenario that a request's files set, or that are emptied where it takes one away.

    Raises
    ------
    Invalid
        With every issue, each with the field ``"<field>/<place in the file>"``.
    """
    given, names = _to_mapping(request.get("upload")), list_file_names(request)
    values: dict[str, Any] = {}
    issues = []
    for name in (name for name in UPLOAD_KINDS if name in given):
        values[name], found = _parse_upload(name, given[name])
        if found:
            refused = Issue(name, "{file} cannot be used, the run stays as it is:", (("file", names.get(name, "")),))
            issues += [refused, *(Issue(f"{name}/{one.field}", one.template, one.values) for one in found)]
    if issues:
        raise ValidationError(issues)
    return values


def select_active_files(scenario: Scenario, names: Mapping[str, str]) -> dict[str, str]:
    """Return the names of the files that a scenario has something of."""
    return {name: names[name] for name in UPLOAD_KINDS if getattr(scenario, name) and name in names}


def format_file_texts(scenario: Scenario, names: Mapping[str, str], _: Translator) -> dict[str, str]:
    """Return what is said of each file, by the id of its place."""
    return {ids.make_file_text_id(name): _format_file_text(name, scenario, names, _) for name in UPLOAD_KINDS}


def compute_file_states(scenario: Scenario) -> dict[str, str]:
    """Return which rows have a file that could be removed, by id."""
    return {ids.make_file_row_id(name): "on" if getattr(scenario, name) else "off" for name in UPLOAD_KINDS}


def _parse_upload(name: str, given: object) -> tuple[object, list[Issue]]:
    kind = UPLOAD_KINDS[name]
    if given is None:
        return kind.empty, []
    contents = _to_mapping(given).get("contents")
    if contents is None or len(str(contents)) > 2 * MAX_UPLOAD_BYTES:
        return None, [Issue("file", "must not be longer than {high} bytes here", (("high", MAX_UPLOAD_BYTES),))]
    try:
        content = base64.b64decode(str(contents).partition(",")[2], validate=True)
    except (binascii.Error, ValueError):
        return None, [Issue("file", "must be a file that the browser can read")]
    return kind.read(content)


def _format_file_text(name: str, scenario: Scenario, names: Mapping[str, str], _: Translator) -> str:
    kind = UPLOAD_KINDS[name]
    if not getattr(scenario, name):
        return _(kind.without)
    return kind.said(scenario, names.get(name) or _("A file of yours"), _)


def _to_mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
