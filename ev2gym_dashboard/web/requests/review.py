"""Review of a user's file: what it would set and every issue, while the run goes on as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ev2gym_dashboard.core.scenario import PROFILE_BOUNDS, Scenario
from ev2gym_dashboard.core.schema import Choice, Issue, ValidationError
from ev2gym_dashboard.service.datasets.series_file.options import SeriesReading
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.requests import parsing, uploads
from ev2gym_dashboard.web.requests.issues import format_issues
from ev2gym_dashboard.web.requests.parsing import REQUEST_FIELDS, UPLOAD_SCHEMA
from ev2gym_dashboard.web.requests.schema import RequestSchema, validate_request
from ev2gym_dashboard.web.requests.upload_kinds import UPLOAD_KINDS
from ev2gym_dashboard.web.requests.uploads import UPLOAD_HEADING

SHARED_FIELDS = ("number", "attempt", "build", "lang", "run", "scenario")
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
    """

    field: str
    file: str
    held: Scenario
    values: Mapping[str, Any]
    typed: Mapping[str, Any]
    options: Mapping[str, Any]
    reading: SeriesReading | None
    issues: tuple[Issue, ...]


def review_file(request: object) -> Review:
    """Return the review of a file; confirming it sends the same file, options and fields, with the same result.

    Raises
    ------
    MalformedRequest
        With the issues of a request that no page of this build sends.
    """
    request = validate_request(request, REVIEW_REQUEST_SCHEMA)
    field, upload = request.get("field") or next(iter(UPLOAD_KINDS)), request.get("upload") or {}
    run = parsing.parse_held_run(request) or RunSpec(Scenario())
    typed, files = request.get("scenario") or {}, {"upload": {field: upload}}
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


def list_issue_lines(review: Review, _: Translator) -> list[str]:
    """Return the issues of a review as sentences, those of the file without the name of its field."""
    # The heading that an upload has above its issues is the dialog's own.
    notes = format_issues((issue for issue in review.issues if issue.template != UPLOAD_HEADING), _)
    return [note["text"] if note["field"] == review.field else note["line"] for note in notes]
