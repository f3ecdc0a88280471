"""Studies of the REST interface: how a request of each is parsed, and its result described."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.comparison.request import (
    PERIODS_D,
    ComparisonRequest,
    decode_comparison,
    parse_comparison_request,
)
from ev2gym_dashboard.service.jobs.scenario_request import (
    OPTIMUM,
    RUN,
    ScenarioRequest,
    decode_run,
    parse_optimum_request,
    parse_run_request,
)
from ev2gym_dashboard.service.reports.bundle import summarize_comparison
from ev2gym_dashboard.service.runtime.table_archive import Tables, decode_archive
from ev2gym_dashboard.service.scenarios.serialization import serialize_scenario
from ev2gym_dashboard.service.simulation.billing import serialize_bill

Request = ScenarioRequest | ComparisonRequest
Document = dict[str, Any]


@dataclass(frozen=True)
class Study:
    """A kind of work that the interface offers.

    Parameters
    ----------
    about : what it computes, a sentence
    fields : the JSON schema of each field of its request but the scenario
    tables : names of its tables, with what a row of each is
    parse : returns the request of an untrusted body
    read : returns the document and the tables of a result
    """

    about: str
    fields: Mapping[str, Any]
    tables: Mapping[str, str]
    parse: Callable[[Mapping[str, Any]], Request]
    read: Callable[[Any, bytes], tuple[Document, Tables]]


def find_study(stored: Mapping[str, Any]) -> Study | None:
    """Return the study of a job's stored request; None for a job that the page alone has."""
    if RUN in stored:
        return STUDIES["runs"]
    if OPTIMUM in stored:
        return STUDIES["optima"]
    return STUDIES["comparisons"] if set(stored) == {"scenario", "seeds"} else None


def parse_stored(stored_json: str) -> tuple[Study, Request] | None:
    """Return the study and the request of a job; None for one that the page alone has."""
    stored = json.loads(stored_json)
    study = find_study(stored)
    if study is None:
        return None
    scenario = stored.get("scenario") or stored.get(RUN) or stored.get(OPTIMUM)
    return study, study.parse({"scenario": scenario, **{name: stored[name] for name in study.fields}})


def _parse_run(body: Mapping[str, Any]) -> ScenarioRequest:
    return parse_run_request(_name_scenario(body, RUN))


def _parse_optimum(body: Mapping[str, Any]) -> ScenarioRequest:
    return parse_optimum_request(_name_scenario(body, OPTIMUM))


def _parse_comparison(body: Mapping[str, Any]) -> ComparisonRequest:
    values = {"scenario": {}, "seeds": 1, **body}
    scenario = values["scenario"]
    if isinstance(scenario, Mapping) and scenario.get("days", Scenario().days) not in PERIODS_D.values():
        raise ValidationError([Issue("days", "must be 1, 7 or 30 for a comparison")])
    return parse_comparison_request(values)


def _name_scenario(body: Mapping[str, Any], kind: str) -> dict[str, Any]:
    return {kind: body.get("scenario", {}), **{name: value for name, value in body.items() if name != "scenario"}}


def _read_run(_request: ScenarioRequest, data: bytes) -> tuple[Document, Tables]:
    result = decode_run(data)
    document = {
        "scenario": serialize_scenario(result.scenario),
        "kpis": result.kpis,
        "ledger": result.ledger,
        "bill": serialize_bill(result.bill),
        "evses": result.evse_counts,
    }
    return document, {"series": result.series, "models": result.models, "events": result.events}


def _read_optimum(request: ScenarioRequest, data: bytes) -> tuple[Document, Tables]:
    figures, tables = decode_archive(data)
    return {"scenario": serialize_scenario(request.scenario), **figures}, tables


def _read_comparison(request: ComparisonRequest, data: bytes) -> tuple[Document, Tables]:
    comparison = decode_comparison(request, data)
    document = {"scenario": serialize_scenario(request.scenario), **summarize_comparison(comparison)}
    return document, {"variants": comparison.table, "runs": comparison.runs, "load": comparison.load}


STUDIES: dict[str, Study] = {
    "runs": Study(
        "Run a scenario and its counterfactuals (uncontrolled, without V2G).",
        {},
        {"series": "a step", "models": "a vehicle model", "events": "an event"},
        _parse_run,
        _read_run,
    ),
    "comparisons": Study(
        "Run all strategies, with V2G and without, on the same arrivals and seeds, and find the optimum.",
        {"seeds": {"type": "integer", "minimum": 1, "maximum": 50, "default": 1, "description": "Repeated over seeds"}},
        {"variants": "a strategy", "runs": "a strategy and a seed", "load": "a time of day"},
        _parse_comparison,
        _read_comparison,
    ),
    "optima": Study(
        "Find the optimum of a scenario with perfect foresight, and a proven bound of every strategy.",
        {},
        {"series": "a step"},
        _parse_optimum,
        _read_optimum,
    ),
}
"""The studies by the last part of their address."""
