"""Review of a user's file: what it would set and every issue, while the run goes on as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import PROFILE_BOUNDS
from ev2gym_dashboard.core.schema import Choice, Issue, ValidationError
from ev2gym_dashboard.service.datasets.series_file.options import SeriesReading
from ev2gym_dashboard.service.scenarios.contents import ContentsMissing
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.requests import parsing, uploads
from ev2gym_dashboard.web.requests.issues import format_issues
from ev2gym_dashboard.web.requests.parsing import REQUEST_FIELDS, UPLOAD_SCHEMA
from ev2gym_dashboard.web.requests.schema import RequestSchema, validate_request
from ev2gym_dashboard.web.requests.upload_kinds import UPLOAD_KINDS
from ev2gym_dashboard.web.requests.uploads import UPLOAD_HEADING

SHARED_FIELDS = ("number", "attempt", "build", "lang", "run", "scenario", "contents", "config")
CONFIG = "config"
"""Field of a review of an EV2Gym configuration, which opens another run."""
REVIEW_REQUEST_SCHEMA = RequestSchema(
    {name: REQUEST_FIELDS[name] for name in SHARED_FIELDS}
    | {"field": Choice("", tuple(UPLOAD_KINDS), "Field that the file sets"), "upload": UPLOAD_SCHEMA}
)


@dataclass(frozen=True)
class Review:
    """A file before it is used.

    Parameters
    ----------
    field : scenario field that the file sets
    file : name of the file
    held : scenario of the run that goes on
    values : scenario fields that the file sets; empty where it cannot be read
    typed : scenario fields that the user chose with the file
    options : what the user said about the file, by name of the option
    reading : what a file of a series was taken for
    issues : every issue of the file, and of the run with it
    notes : what was taken, assumed and left out of a configuration
    """

    field: str
    file: str
    held: Scenario
    values: Mapping[str, Any]
    typed: Mapping[str, Any]
    options: Mapping[str, Any]
    reading: SeriesReading | None
    issues: tuple[Issue, ...]
    notes: tuple[Issue, ...] = ()


def review_file(request: object) -> Review:
    """Return the review of a file; confirming it sends the same file, options and fields, with the same result.

    Raises
    ------
    MalformedRequest
        With the issues of a request that no page of this build sends.
    ContentsMissing
        With the other files of the run that the server lacks, and the request does not bring.
    """
    request = dict(validate_request(request, REVIEW_REQUEST_SCHEMA))
    if request.get(CONFIG) is not None:
        return _review_config(request[CONFIG])
    field, upload = request.get("field") or next(iter(UPLOAD_KINDS)), request.get("upload") or {}
    typed, files = request.get("scenario") or {}, {"upload": {field: upload}}
    run = _parse_held_run(request | files) or RunSpec(Scenario())
    values: dict[str, Any] = {}
    issues: tuple[Issue, ...] = ()
    try:
        values = uploads.parse_uploads(files)
        parsing.restart_with_files(run, typed, values, parsing.get_request_translator(request))
    except ValidationError as invalid:
        issues = tuple(invalid.issues)
    return Review(
        field=field,
        file=uploads.list_file_names(files).get(field, ""),
        held=run.scenario,
        values=values,
        typed=typed,
        options=upload.get("options") or {},
        reading=uploads.read_series_upload(field, upload) if field in PROFILE_BOUNDS else None,
        issues=issues,
    )


def _parse_held_run(request: dict[str, Any]) -> RunSpec | None:
    try:
        return parsing.parse_held_run(request)
    except ContentsMissing as missing:
        if request.get("contents") is None:
            raise
        # The others are lost for good: without them this file can still be checked, and each be replaced in turn.
        return parsing.parse_held_run(request | {"upload": request["upload"] | dict.fromkeys(missing.digests)})


def _review_config(text: str) -> Review:
    """Return the review of an EV2Gym configuration: the fields that differ from those of a first run."""
    notes: list[Issue] = []
    values: dict[str, Any] = {}
    issues: tuple[Issue, ...] = ()
    default = Scenario()
    try:
        scenario = parsing.parse_config(text, notes=notes).scenario
        found = {field.name: getattr(scenario, field.name) for field in fields(scenario)}
        values = {name: value for name, value in found.items() if value != getattr(default, name)}
    except ValidationError as invalid:
        issues = tuple(invalid.issues)
    return Review(CONFIG, "", default, values, {}, {}, reading=None, issues=issues, notes=tuple(notes))


def list_issue_lines(review: Review, _: Translator) -> list[str]:
    """Return the issues of a review as sentences, those of the file without the name of its field."""
    # The heading that an upload has above its issues is the dialog's own.
    notes = format_issues((issue for issue in review.issues if issue.template != UPLOAD_HEADING), _)
    return [note["text"] if note["field"] == review.field else note["line"] for note in notes]
