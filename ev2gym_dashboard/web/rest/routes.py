"""Routes of the REST interface: studies are put as jobs, whose state, result and tables are read by their key."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from functools import cache, partial, wraps
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from dash import Dash
from flask import Response, request
from werkzeug.routing import BaseConverter

from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.datasets.catalogs import CATALOGS
from ev2gym_dashboard.service.jobs.job import CANCELLED, DONE, FAILED, UNKNOWN, Job
from ev2gym_dashboard.service.jobs.queue import QueueFull, open_job_queue
from ev2gym_dashboard.service.reports.listings import list_model_rows, list_strategies
from ev2gym_dashboard.service.sessions.request_place import PlaceMissing, require_place
from ev2gym_dashboard.web.components.job_states import REST_TEXTS, describe_state
from ev2gym_dashboard.web.i18n import N_
from ev2gym_dashboard.web.middleware.request_places import BUSY_MESSAGE, RETRY_AFTER_S
from ev2gym_dashboard.web.middleware.security import read_request_body
from ev2gym_dashboard.web.rest.answers import (
    TABLE_FORMATS,
    encode_json,
    format_program_issues,
    get_program_translator,
    make_json,
    make_problem,
    make_table_answer,
    name_language,
)
from ev2gym_dashboard.web.rest.openapi import API_PATH, build_openapi
from ev2gym_dashboard.web.rest.studies import STUDIES, Request, Study, find_study, parse_stored

CLIENT = re.compile("[A-Za-z0-9-]{1,64}")
NO_OBJECT = N_("The body must be a JSON object, with Content-Type: application/json.")
NO_JOB = N_("There is no such job: its result may have been dropped. Put it again.")
NOT_DONE = N_("The job has no result ({state}): ask for its state until it is done.")
UNKNOWN_FORMAT = N_("The format must be one of {names}.")
UNKNOWN_TABLE = N_("The tables of this job are {names}.")
UNKNOWN_CATALOG = N_("The catalogs are {names}.")
TABLE_S_PER_BYTE = 4e-7
"""CPU time of a table as JSON, by the length of the result that holds it [s/B]; CSV takes less."""
NOTHING = N_("Nothing is at {path}.")
INVALID = N_("The request has issues.")
QUEUE_FULL = N_("Too many jobs wait: try again when one is done.")
NO_FILE = N_("The file of the jobs cannot be used now: try again.")
View = Callable[..., Response]


class JobKeyConverter(BaseConverter):
    """Key of a job in an address."""

    regex = "[0-9a-f]{64}"


def add_rest(app: Dash, prefix: str) -> None:
    """Add the routes to the server; ``prefix`` is the path of the server in the addresses of its visitors."""
    root = prefix.rstrip("/") + API_PATH
    app.server.url_map.converters["job"] = JobKeyConverter
    add_route = partial(_add_route, app)
    add_route("openapi.json", "GET", lambda: Response(_encode_openapi(root), content_type="application/json"))
    add_route("strategies", "GET", lambda: make_json(list_strategies()))
    add_route("catalogs", "GET", lambda: make_json([{"key": k, "label": c.label} for k, c in CATALOGS.items()]))
    add_route("catalogs/<key>", "GET", serve_catalog)
    for name, study in STUDIES.items():
        add_route(name, "POST", partial(put_study, study, root))
    add_route("jobs/<job:key>", "GET", partial(serve_job, root))
    add_route("jobs/<job:key>", "DELETE", partial(cancel_job, root))
    add_route("jobs/<job:key>/result", "GET", serve_result)
    add_route("jobs/<job:key>/tables/<name>", "GET", serve_table)
    add_route("<path:path>", "GET", _refuse_path)
    add_route("jobs/<path:path>", "DELETE", _refuse_path)


@cache
def _encode_openapi(root: str) -> str:
    return encode_json(build_openapi(root))


def _refuse_path(path: str) -> Response:
    return make_problem(HTTPStatus.NOT_FOUND, NOTHING, path=path)


def serve_catalog(key: str) -> Response:
    """Return the vehicle models of a catalog, a row each."""
    if key not in CATALOGS:
        return make_problem(HTTPStatus.NOT_FOUND, UNKNOWN_CATALOG, names=", ".join(CATALOGS))
    return make_json(list_model_rows(key))


def put_study(study: Study, root: str) -> Response:
    """Put the job of a study, unless it waits, runs or is done already; return its state."""
    body = read_request_body()
    if not isinstance(body, dict):
        return make_problem(HTTPStatus.BAD_REQUEST, NO_OBJECT)
    wanted, client = study.parse(body), _read_client() or uuid4().hex
    job = open_job_queue().submit(wanted.key, wanted.canonical_json, client)
    return _describe_job(job, wanted.key, client, root, HTTPStatus.ACCEPTED)


def serve_job(root: str, key: str) -> Response:
    """Return the state of a job; its client is noted as one that waits for it."""
    client = _read_client() or uuid4().hex
    return _describe_job(open_job_queue().poll(key, client), key, client, root)


def cancel_job(root: str, key: str) -> Response:
    """Cancel a job for its client; it goes on where others wait for it."""
    client = _read_client()
    return _describe_job(open_job_queue().cancel(key, client), key, client, root)


def serve_result(key: str) -> Response:
    """Return the document of a finished job."""
    return _serve_finished(key, lambda study, wanted, data: make_json(study.read_document(wanted, data)))


def serve_table(key: str, name: str) -> Response:
    """Return a table of a finished job, as JSON, CSV or Parquet."""
    form = request.args.get("format", "json")
    if form not in TABLE_FORMATS:
        return make_problem(HTTPStatus.BAD_REQUEST, UNKNOWN_FORMAT, names=", ".join(TABLE_FORMATS))

    def serve(study: Study, wanted: Request, data: bytes) -> Response:
        require_place(TABLE_S_PER_BYTE * len(data))
        if name not in study.tables:
            return make_problem(HTTPStatus.NOT_FOUND, UNKNOWN_TABLE, names=", ".join(study.tables))
        return make_table_answer(study.tables[name].read(wanted, data), form)

    return _serve_finished(key, serve)


def _serve_finished(key: str, serve: Callable[[Study, Request, bytes], Response]) -> Response:
    queue = open_job_queue()
    stored, data = queue.read_request(key), queue.read_result(key)
    found = parse_stored(stored) if stored is not None else None
    if found is None:
        return make_problem(HTTPStatus.NOT_FOUND, NO_JOB)
    if data is None:
        sentence = describe_state(queue.poll(key, uuid4().hex), REST_TEXTS, get_program_translator())
        return make_problem(HTTPStatus.CONFLICT, NOT_DONE, state=sentence)
    return serve(*found, data)


def _describe_job(job: Job, key: str, client: str, root: str, status: HTTPStatus = HTTPStatus.OK) -> Response:
    if job.state == UNKNOWN:
        return make_problem(HTTPStatus.NOT_FOUND, NO_JOB)
    _, address = get_program_translator(), f"{root}/jobs/{key}"
    message = describe_state(job, REST_TEXTS, _, done=_("Done in {took} s.", took=_.number(job.duration_s, 1)))
    document: dict[str, Any] = {"key": key, "state": job.state, "message": message}
    document |= {"share": job.share, "jobs_ahead": job.n_ahead, "links": {"self": f"{address}?client={client}"}}
    if job.state == DONE:
        document["links"] |= _list_result_links(key, address)
    if job.state == FAILED:
        document["issues"] = format_program_issues(job.issues, _)
    headers = {} if job.state in {DONE, FAILED, CANCELLED} else {"Retry_After": "1"}
    return name_language(make_json(document, status, Location=document["links"]["self"], **headers), _)


def _list_result_links(key: str, address: str) -> dict[str, str]:
    study = find_study(json.loads(open_job_queue().read_request(key) or "{}"))
    tables = {name: f"{address}/tables/{name}" for name in study.tables} if study else {}
    return {"result": f"{address}/result", **tables}


def _read_client() -> str:
    name = request.args.get("client", "")
    return name if CLIENT.fullmatch(name) else ""


def _add_route(app: Dash, path: str, method: str, view: View) -> None:
    endpoint = f"api {method} {path}"
    app.server.add_url_rule(f"{API_PATH}/{path}", endpoint, _answer_problems(view), methods=[method])


def _answer_problems(view: View) -> View:
    """Return a view that answers the problems of a request as such."""

    @wraps(getattr(view, "func", view))
    def answer(**arguments: str) -> Response:
        try:
            return view(**arguments)
        except ValidationError as error:
            return make_problem(HTTPStatus.UNPROCESSABLE_ENTITY, INVALID, error.issues)
        except QueueFull:
            return make_problem(HTTPStatus.TOO_MANY_REQUESTS, QUEUE_FULL)
        except PlaceMissing:
            problem = make_problem(HTTPStatus.TOO_MANY_REQUESTS, BUSY_MESSAGE)
            problem.headers["Retry-After"] = RETRY_AFTER_S
            return problem
        except sqlite3.Error:
            return make_problem(HTTPStatus.SERVICE_UNAVAILABLE, NO_FILE)

    return answer
