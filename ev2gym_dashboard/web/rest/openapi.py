"""OpenAPI document of the REST interface, from the tables of fields and studies."""

from __future__ import annotations

from typing import Any

from ev2gym_dashboard import __version__
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Choice, Declaration, Quantity, Switch, list_declared
from ev2gym_dashboard.service.datasets.catalogs import CATALOGS
from ev2gym_dashboard.service.jobs.job import CANCELLED, DONE, FAILED, RUNNING, WAITING
from ev2gym_dashboard.service.scenarios.serialization import serialize_scenario
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web.rest.answers import PROBLEM_TYPE, TABLE_FORMATS
from ev2gym_dashboard.web.rest.studies import STUDIES, Study

API_PATH = "/api/v1"
OPENAPI_VERSION = "3.1.0"
JSON_TYPES: dict[type, str] = {str: "string", list: "array", dict: "object"}
Schema = dict[str, Any]


def build_openapi(root: str) -> Schema:
    """Return the document; ``root`` is the path of the interface at this server."""
    return {
        "openapi": OPENAPI_VERSION,
        "info": {"title": "EV2Gym dashboard", "version": __version__, "license": {"name": "MIT"}},
        "servers": [{"url": root}],
        "paths": _describe_studies() | _describe_jobs() | _describe_lists(),
        "components": {"schemas": {"Scenario": build_scenario_schema(), "Job": JOB_SCHEMA, "Problem": PROBLEM_SCHEMA}},
    }


def build_scenario_schema() -> Schema:
    """Return the schema of a scenario: every field with its default, bounds, unit and meaning."""
    declared, defaults = list_declared(Scenario), serialize_scenario(Scenario())
    fields = {
        name: _describe_field(declared[name]) if name in declared else _describe_value(value)
        for name, value in defaults.items()
    }
    fields["strategy"]["examples"], fields["catalog"]["examples"] = list(STRATEGIES), list(CATALOGS)
    return {"type": "object", "additionalProperties": False, "properties": fields}


JOB_SCHEMA: Schema = {
    "type": "object",
    "properties": {
        "key": {"type": "string"},
        "state": {"enum": [WAITING, RUNNING, DONE, FAILED, CANCELLED]},
        "message": {"type": "string", "description": "The state as a sentence, in the language of Accept-Language"},
        "share": {"type": "number", "minimum": 0, "maximum": 1, "description": "Share of the work that is done"},
        "jobs_ahead": {"type": "integer", "description": "Jobs that are computed before this one"},
        "links": {"type": "object", "additionalProperties": {"type": "string"}},
        "issues": {"type": "array", "items": {"type": "object"}},
    },
}
PROBLEM_SCHEMA: Schema = {
    "type": "object",
    "description": "RFC 9457",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "issues": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
CLIENT_PARAMETER: Schema = {
    "name": "client",
    "in": "query",
    "description": "Name of the client, from the address of its job, which is given up if nobody asks for it for 90 s",
    "schema": {"type": "string"},
}


def _describe_field(declaration: Declaration) -> Schema:
    schema: Schema = {"default": declaration.default, "description": declaration.about}
    if isinstance(declaration, Quantity):
        return schema | _describe_quantity(declaration)
    if isinstance(declaration, Switch):
        return schema | {"type": "boolean"}
    options = {"enum": list(declaration.options)} if isinstance(declaration, Choice) and declaration.options else {}
    return schema | {"type": "string"} | options


def _describe_quantity(quantity: Quantity) -> Schema:
    number = {"type": "integer" if quantity.integer else "number", "minimum": quantity.low, "maximum": quantity.high}
    unit = {"x-unit": quantity.unit} if quantity.unit else {}
    return unit | ({"anyOf": [number, {"enum": list(quantity.words)}]} if quantity.words else number)


def _describe_value(value: object) -> Schema:
    return {"default": value, "type": JSON_TYPES[type(value)]}


def _describe_studies() -> Schema:
    return {f"/{name}": {"post": _describe_study(name, study)} for name, study in STUDIES.items()}


def _describe_study(name: str, study: Study) -> Schema:
    scenario = {"$ref": "#/components/schemas/Scenario"}
    body = {"type": "object", "additionalProperties": False, "properties": {"scenario": scenario, **study.fields}}
    tables = ", ".join(f"{name} (a row is {table.row})" for name, table in study.tables.items())
    return {
        "operationId": f"put_{name}",
        "summary": study.about,
        "description": f"Fields that are left out have their defaults. Tables of the result: {tables}.",
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "202": _describe_answer("The job, at the address in Location", "#/components/schemas/Job"),
            **_list_problems("400", "422", "429", "503"),
        },
    }


def _describe_jobs() -> Schema:
    key = {"name": "key", "in": "path", "required": True, "schema": {"type": "string"}}
    name = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}
    form = {"name": "format", "in": "query", "schema": {"enum": list(TABLE_FORMATS), "default": "json"}}
    job = {"200": _describe_answer("The job", "#/components/schemas/Job"), **_list_problems("404", "503")}
    table = {"description": "The table", "content": {kind: {} for kind, _ in TABLE_FORMATS.values()}}
    problems = _list_problems("404", "409", "503")
    return {
        "/jobs/{key}": {
            "parameters": [key, CLIENT_PARAMETER],
            "get": {"operationId": "get_job", "summary": "State of a job", "responses": job},
            "delete": {"operationId": "cancel_job", "summary": "Cancel a job for its client", "responses": job},
        },
        "/jobs/{key}/result": {
            "parameters": [key],
            "get": {
                "operationId": "get_result",
                "summary": "Figures of a finished job",
                "responses": {"200": _describe_answer("The figures"), **problems},
            },
        },
        "/jobs/{key}/tables/{name}": {
            "parameters": [key, name, form],
            "get": {
                "operationId": "get_table",
                "summary": "A table of a finished job",
                "responses": {"200": table, **problems},
            },
        },
    }


def _describe_lists() -> Schema:
    key = {"name": "key", "in": "path", "required": True, "schema": {"enum": list(CATALOGS)}}
    found = {"200": _describe_answer("The list")}
    return {
        "/strategies": {"get": {"operationId": "list_strategies", "summary": "Strategies", "responses": found}},
        "/catalogs": {"get": {"operationId": "list_catalogs", "summary": "Vehicle catalogs", "responses": found}},
        "/catalogs/{key}": {
            "parameters": [key],
            "get": {
                "operationId": "list_models",
                "summary": "Vehicle models of a catalog",
                "responses": found | _list_problems("404"),
            },
        },
    }


def _describe_answer(description: str, schema: str = "") -> Schema:
    content = {"schema": {"$ref": schema}} if schema else {}
    return {"description": description, "content": {"application/json": content}}


def _list_problems(*statuses: str) -> Schema:
    content = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": "A problem", "content": content} for status in statuses}
