"""Studies of the REST interface: how a request of each is parsed, and its result described."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, ValidationError, check_names
from ev2gym_dashboard.service.comparison.flexibility_request import (
    FLEXIBILITY_KEY,
    FlexibilityRequest,
    decode_flexibility,
    parse_flexibility_request,
)
from ev2gym_dashboard.service.comparison.front_request import (
    GOAL_KEY,
    FrontRequest,
    decode_front,
    make_front_request,
)
from ev2gym_dashboard.service.comparison.request import (
    PERIODS_D,
    ComparisonRequest,
    decode_comparison,
    parse_comparison_request,
)
from ev2gym_dashboard.service.comparison.result import Comparison
from ev2gym_dashboard.service.comparison.sizing import SIZED_PARTS
from ev2gym_dashboard.service.comparison.sizing_request import (
    PART_KEY,
    SIZES_KEY,
    SizingRequest,
    decode_sizing,
    make_sizing_request,
)
from ev2gym_dashboard.service.comparison.study_request import StudyRequest
from ev2gym_dashboard.service.jobs.kinds import find_kind
from ev2gym_dashboard.service.jobs.scenario_request import (
    OPTIMUM,
    RUN,
    ScenarioRequest,
    parse_optimum_request,
    parse_run_request,
)
from ev2gym_dashboard.service.optimum.goals import GOALS
from ev2gym_dashboard.service.reports.bundle import summarize_comparison
from ev2gym_dashboard.service.runtime.table_archive import decode_archive
from ev2gym_dashboard.service.scenarios.serialization import serialize_scenario
from ev2gym_dashboard.service.scenarios.site_evses import summarize_evses
from ev2gym_dashboard.service.simulation.billing import serialize_bill
from ev2gym_dashboard.service.simulation.event_log import make_event_table
from ev2gym_dashboard.service.simulation.result_file import decode_result_document

Request = ScenarioRequest | ComparisonRequest | StudyRequest | FlexibilityRequest
Document = dict[str, Any]
COMPARISON_NAMES = ("scenario", "seeds")


@dataclass(frozen=True)
class Table:
    """A table of a result: what a row of it is, and how it is read."""

    row: str
    read: Callable[[Any, bytes], pd.DataFrame]


@dataclass(frozen=True)
class Study:
    """A kind of work that the interface offers.

    Parameters
    ----------
    about : what it computes, a sentence
    stored_names : names in the stored request of its jobs, which tell it from the others
    fields : the JSON schema of each field of its request but the scenario
    tables : its tables by name
    parse : returns the request of an untrusted body
    read_document : returns the figures of a result
    """

    about: str
    stored_names: frozenset[str]
    fields: Mapping[str, Any]
    tables: Mapping[str, Table]
    parse: Callable[[Mapping[str, Any]], Request]
    read_document: Callable[[Any, bytes], Document]


def find_study(stored: Mapping[str, Any]) -> Study | None:
    """Return the study of a job's stored request; None for a job that the page alone has."""
    return next((study for study in STUDIES.values() if study.stored_names == stored.keys()), None)


def parse_stored(stored_json: str) -> tuple[Study, Request] | None:
    """Return the study and the request of a job; None for one that the page alone has."""
    stored = json.loads(stored_json)
    study = find_study(stored)
    return None if study is None else (study, find_kind(stored).parse(stored))


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


def _parse_front(body: Mapping[str, Any]) -> FrontRequest:
    return make_front_request(_parse_site(body, ("goal",)), body.get("goal", next(iter(GOALS))))


def _parse_sizing(body: Mapping[str, Any]) -> SizingRequest:
    part = body.get("part", next(iter(SIZED_PARTS)))
    return make_sizing_request(_parse_site(body, ("part", "sizes")), part, body.get("sizes"))


def _parse_flexibility(body: Mapping[str, Any]) -> FlexibilityRequest:
    if issues := check_names(body, ("scenario",)):
        raise ValidationError(issues)
    return parse_flexibility_request(_name_scenario(body, FLEXIBILITY_KEY))


def _parse_site(body: Mapping[str, Any], names: tuple[str, ...]) -> ComparisonRequest:
    """Return the comparison whose first seed a study with options of some names takes."""
    if issues := check_names(body, ("scenario", *names)):
        raise ValidationError(issues)
    return _parse_comparison({"scenario": body.get("scenario", {})})


def _name_scenario(body: Mapping[str, Any], kind: str) -> dict[str, Any]:
    return {kind: body.get("scenario", {}), **{name: value for name, value in body.items() if name != "scenario"}}


def _read_archived(name: str) -> Callable[[Any, bytes], pd.DataFrame]:
    """Return the function that decodes a table of an archive, and no other one."""
    return lambda _request, data: decode_archive(data, (name,))[1][name]


def _list_events(request: ScenarioRequest, data: bytes) -> pd.DataFrame:
    return make_event_table(request.scenario, _read_archived("series")(request, data))


def _read_compared(get_table: Callable[[Comparison], pd.DataFrame]) -> Callable[[Any, bytes], pd.DataFrame]:
    return lambda request, data: get_table(decode_comparison(request, data))


def _describe_run(_request: ScenarioRequest, data: bytes) -> Document:
    fields = decode_result_document(data)
    return {
        "scenario": serialize_scenario(fields["scenario"]),
        "kpis": fields["kpis"],
        "ledger": fields["ledger"],
        "bill": serialize_bill(fields["bill"]),
        "evses": summarize_evses(fields["scenario"]).to_dict(),
    }


def _describe_optimum(request: ScenarioRequest, data: bytes) -> Document:
    return {"scenario": serialize_scenario(request.scenario), **decode_archive(data, ())[0]}


def _describe_comparison(request: ComparisonRequest, data: bytes) -> Document:
    return {
        "scenario": serialize_scenario(request.scenario),
        **summarize_comparison(decode_comparison(request, data)),
    }


def _describe_front(request: FrontRequest, data: bytes) -> Document:
    front = decode_front(request, data)
    counts = {"points": len(front.points), "rules": len(front.rules)}
    return {"scenario": serialize_scenario(front.scenario), "goal": front.goal, **counts}


def _describe_sizing(request: SizingRequest, data: bytes) -> Document:
    best = decode_sizing(request, data).best.to_dict(orient="index")
    return {"scenario": serialize_scenario(request.comparison.scenario), "part": request.part, "best": best}


def _describe_flexibility(request: FlexibilityRequest, data: bytes) -> Document:
    found = decode_flexibility(request, data)
    scenario = serialize_scenario(request.scenario)
    return {"scenario": scenario, "confidence": found.confidence, "seeds": found.seeds}


STUDIES: dict[str, Study] = {
    "runs": Study(
        "Run a scenario and its counterfactuals (uncontrolled, without V2G).",
        frozenset({RUN}),
        {},
        {
            "series": Table("a step", _read_archived("series")),
            "models": Table("a vehicle model", _read_archived("models")),
            "events": Table("an event", _list_events),
        },
        _parse_run,
        _describe_run,
    ),
    "comparisons": Study(
        "Run all strategies, with V2G and without, on the same arrivals and seeds, and find the optimum.",
        frozenset(COMPARISON_NAMES),
        {"seeds": {"type": "integer", "minimum": 1, "maximum": 50, "default": 1, "description": "Repeated over seeds"}},
        {
            "variants": Table("a strategy", _read_compared(lambda comparison: comparison.table)),
            "runs": Table("a strategy and a seed", _read_compared(lambda comparison: comparison.runs)),
            "load": Table("a time of day", _read_compared(lambda comparison: comparison.load)),
        },
        _parse_comparison,
        _describe_comparison,
    ),
    "optima": Study(
        "Find the optimum of a scenario with perfect foresight, and a proven bound of every strategy.",
        frozenset({OPTIMUM}),
        {},
        {"series": Table("a step", _read_archived("series"))},
        _parse_optimum,
        _describe_optimum,
    ),
    "fronts": Study(
        "Find the Pareto front of the bill against a goal, with perfect foresight and V2G, and place the strategies.",
        frozenset({*COMPARISON_NAMES, GOAL_KEY}),
        {"goal": {"enum": list(GOALS), "default": next(iter(GOALS)), "description": "Goal against the bill"}},
        {
            "points": Table("a point of the front", lambda request, data: decode_front(request, data).table),
            "rules": Table("a strategy", lambda request, data: decode_front(request, data).rule_table),
        },
        _parse_front,
        _describe_front,
    ),
    "sizings": Study(
        "Compute the yearly cost over the size of a part of the site, under the optimum and each strategy.",
        frozenset({*COMPARISON_NAMES, PART_KEY, SIZES_KEY}),
        {
            "part": {"enum": list(SIZED_PARTS), "default": next(iter(SIZED_PARTS)), "description": "Part of the site"},
            "sizes": {
                "type": "array",
                "items": {"type": "number", "minimum": 0},
                "description": "Sizes to try, in the unit of the part; suggested ones if left out",
            },
        },
        {"sizes": Table("a size", lambda request, data: decode_sizing(request, data).table)},
        _parse_sizing,
        _describe_sizing,
    ),
    "flexibilities": Study(
        "Find how much more and less power a fleet can promise at each hour of the first day, over 20 seeds.",
        frozenset({FLEXIBILITY_KEY}),
        {},
        {
            "promises": Table(
                "an hour, a direction and a duration", lambda request, data: decode_flexibility(request, data).table
            )
        },
        _parse_flexibility,
        _describe_flexibility,
    ),
}
"""The studies by the last part of their address."""
