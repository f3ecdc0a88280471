"""Requests of the page and of programs, and mutations of them, drawn at random for `bench.fuzz`."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any
from urllib.parse import quote

from flask.testing import FlaskClient

from bench.damaged_files import draw_file
from bench.mutations import mutate, mutate_text
from ev2gym_dashboard import Scenario
from ev2gym_dashboard.service.comparison.request import dump_comparison_request, make_comparison_request
from ev2gym_dashboard.service.scenarios.contents import DIGEST_KEY
from ev2gym_dashboard.service.scenarios.serialization import serialize_scenario
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec, serialize_run
from ev2gym_dashboard.service.sessions.share_link import build_share_document, encode_share_link
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.rest.openapi import API_PATH
from ev2gym_dashboard.web.rest.studies import STUDIES

UPDATE_PATH = "/_dash-update-component"
JOB_KEY, UNKNOWN_CONTENT = "0" * 64, {DIGEST_KEY: "0" * 64}
"""Key of a job, and name of a content, that nobody has put."""
PAGE_WEIGHT = 0.25
"""Weight of the callback that draws a whole page, which takes several times as long as another one."""
PATHS = (
    "/",
    "/site",
    "/compare",
    "/vehicles",
    "/scenarios",
    "/healthz",
    "/metrics",
    "/_dash-layout",
    "/assets/page.css",
    "/docs/fr/guide.html",
    "/scenario/office",
    "/_dash-component-suites/dash/dcc/async-graph.js",
    *(f"{API_PATH}/{name}" for name in ("openapi.json", "strategies", "catalogs/2024", f"jobs/{JOB_KEY}")),
    *(f"{API_PATH}/jobs/{JOB_KEY}/{name}" for name in ("result", "tables/series")),
)
HEADERS: dict[str, tuple[str, ...]] = {
    "Accept-Language": ("fr", "en;q=0.5,ar", "*", "fr;q=abc", ";;;", "x" * 9_000),
    "Accept-Encoding": ("br", "gzip;q=abc", "identity;q=0,*;q=0"),
    "Authorization": ("Basic", "Basic x", "Basic \xff", "Bearer a", 'Digest username="a'),
    "Content-Length": ("-1", "abc", "9" * 20, "5"),
    "Content-Type": ("multipart/form-data", "text/plain; charset=none", "application/json; charset=utf-7", ""),
    "Cookie": ("lang=fr", "=;=", "lang=\xff", "lang=" + "x" * 5_000),
    "If-Modified-Since": ("x", "Thu, 01 Jan 9999999 00:00:00 GMT"),
    "If-None-Match": ("*", '"a"', 'W/"', '"'),
    "Origin": ("null", "http://localhost", "http://[", "http://evil:99999999"),
    "Range": ("bytes=0-1", "bytes=-1", "bytes=9-1", "bytes=" + "9" * 20 + "-"),
    "X-Request-Id": ("\xff", "x" * 3_000, "a\tb"),
}
SCENARIO = Scenario(fleet_size=5, start="2026-11-26T00:00")
PARAMETER = "price.price_threshold_mad_kwh"
RUN = RunSpec(SCENARIO, (Change(1, (("strategy", "price"), ("params", {PARAMETER: 0.1}))),), 6, "fuzz")
SERIES_TEXT = "time,kW\n" + "".join(f"2026-11-26T{hour:02d}:00,{hour / 10}\n" for hour in range(24))
CONFIG_TEXT = (
    "timescale: 15\nsimulation_length: 96\nyear: 2026\nmonth: 11\nday: 26\nhour: 5\nnumber_of_charging_stations: 3\n"
)
PROFILE_FIELD = "base_load_profile"


def list_valid_requests() -> dict[str, list[Any]]:
    """List what a page sends, by the id of a callback's first input: the values of its inputs and states, in order."""
    run = json.loads(json.dumps(serialize_run(RUN)))
    comparison = dump_comparison_request(make_comparison_request(SCENARIO, "day", 2))
    contents = f"data:text/csv;base64,{base64.b64encode(SERIES_TEXT.encode()).decode()}"
    upload = {"name": "load.csv", "contents": contents}
    shared: dict[str, Any] = {"number": 3, "lang": "fr", "build": "fuzz"}
    held = shared | {"run": run}
    ticks = [
        held | {"steps": 1},
        held | {"steps": 2, "full": True, "fill": True, "share": True, "save": True, "kept": True},
        held | {"set": {"strategy": "peak_shaving", "v2g": False, "params": {PARAMETER: "0,2"}}},
        held | {"set": {"event": {"minutes": 60, "reduction": 0.3}}},
        held | {"scenario": {"fleet_size": "7", "pv_kwp_per_vehicle": "12,5", "start": "2026-11-26T12:00"}},
        held | {"upload": {PROFILE_FIELD: upload}, "files": {PROFILE_FIELD: "load.csv"}},
        held | {"window": "day", "past_step": 1, "basis": "fleet", "model": "Renault 5"},
        held | {"log": {"group": "v2g", "page": 0}, "past_step": 2},
        held | {"log": {"whole": True}, "alternative": "price", "steps": 1},
        held | {"vehicles": {"search": "5", "sort": "soc", "descending": True, "page": 0, "held": [0, 1]}},
        shared | {"link": encode_share_link(RUN)},
        shared | {"file": json.dumps(build_share_document(RUN)), "session": "fuzz"},
        shared | {"config": CONFIG_TEXT},
        shared | {"run": run | {"scenario": run["scenario"] | {PROFILE_FIELD: UNKNOWN_CONTENT}}},
    ]
    work = shared | {"client": "fuzz"}
    compare = [
        *(work | {"action": action, "comparison": comparison} for action in ("poll", "cancel")),
        work | {"action": "poll", "comparison": {"scenario": {PROFILE_FIELD: UNKNOWN_CONTENT}, "seeds": 1}},
        *(work | {"action": action, "run": run, "period": "week", "seeds": "3"} for action in ("plan", "start")),
    ]
    reviews = [held | {"field": PROFILE_FIELD, "upload": upload}, shared | {"config": CONFIG_TEXT}]
    optimum = [work | {"action": action, "run": run} for action in ("start", "poll", "cancel")]
    client = {"client": "0" * 32}
    front = [[1, 0, 0, comparison, comparison | client | {"front": "peak"}, {"lang": "fr"}, "peak"]]
    sizes = {"sizing": "solar", "sizes": [1.0, 2.0]}
    sizing = [[1, 0, 0, comparison, comparison | client | sizes, {"lang": "fr"}, "solar", "1; 2"]]
    single = {
        ids.COMPARE_REQUEST: compare,
        ids.OPTIMUM_REQUEST: optimum,
        ids.REVIEW_REQUEST: reviews,
        ids.ADDRESS: [{"pathname": "/site", "search": "?lang=en"}],
    } | dict.fromkeys((ids.REQUEST, ids.SITE_REQUEST, ids.VEHICLES_REQUEST, ids.REPORT_REQUEST), ticks)
    ahead = {"flexibility": comparison["scenario"]} | client
    studies = {ids.FRONT_START: front, ids.SIZING_START: sizing, ids.FLEXIBILITY_RUN: [[run, 0, 0, ahead, {}, "1"]]}
    return {store: [[value] for value in values] for store, values in single.items()} | studies


def list_valid_studies() -> dict[str, list[Any]]:
    """List what a program puts by the REST interface, by the name of the study."""
    short: dict[str, Any] = {"fleet_size": 5, "strategy": "price"}
    scenarios = serialize_scenario(SCENARIO), short, short | {PROFILE_FIELD: UNKNOWN_CONTENT}
    options: dict[str, dict[str, Any]] = {
        "comparisons": {"seeds": 2},
        "fronts": {"goal": "peak"},
        "sizings": {"part": "solar", "sizes": [0, 20]},
    }
    return {study: [{"scenario": scenario} | options.get(study, {}) for scenario in scenarios] for study in STUDIES}


def draw_requests(client: FlaskClient, random: Random) -> Iterator[dict[str, Any]]:
    """Draw mutated requests for ever: mostly values of callbacks, sometimes other parts."""
    valid, studies = list_valid_requests(), list_valid_studies()
    callbacks = [
        callback for callback in client.get("/_dash-dependencies").get_json() if not callback["clientside_function"]
    ]
    weights = [PAGE_WEIGHT if callback["inputs"][0]["id"] == ids.ADDRESS else 1.0 for callback in callbacks]
    while True:
        kind = random.choices(("value", "body", "text", "file", "study", "address"), (75, 5, 5, 5, 5, 5))[0]
        if kind == "address":
            yield draw_address(random)
        elif kind == "study":
            yield draw_study(studies, random)
        elif kind == "file":
            yield draw_upload(callbacks, random)
        else:
            (callback,) = random.choices(callbacks, weights)
            yield draw_callback(kind, callback, random.choice(valid[callback["inputs"][0]["id"]]), random)


def draw_callback(kind: str, callback: Mapping[str, Any], values: Sequence[Any], random: Random) -> dict[str, Any]:
    """Draw a request of a callback, of which its values, its whole body or its text are mutated, by the kind."""
    body = make_body(callback, [mutate(value, random) for value in values], random)
    text = json.dumps(mutate(body, random) if kind == "body" else body)
    text = mutate_text(text, random) if kind == "text" else text
    name = callback["inputs"][0]["id"] if kind == "value" else kind
    return {"kind": name, "method": "POST", "path": UPDATE_PATH, "body": text}


def draw_upload(callbacks: Sequence[Mapping[str, Any]], random: Random) -> dict[str, Any]:
    """Draw a damaged file, to be reviewed or used."""
    store = random.choice((ids.REVIEW_REQUEST, ids.REQUEST))
    body = json.dumps(make_upload(callbacks, draw_file(random), random, store))
    return {"kind": "file", "method": "POST", "path": UPDATE_PATH, "body": body}


def make_upload(
    callbacks: Sequence[Mapping[str, Any]], named: tuple[str, str, bytes], random: Random, store: str
) -> dict[str, Any]:
    """Return the body of a request that reviews or uses a file: its field, its name and its content."""
    field, name, content = named
    file = {"name": name, "contents": f"data:;base64,{base64.b64encode(content).decode()}"}
    request: dict[str, Any] = {"number": 3, "lang": "fr", "build": "fuzz", "run": serialize_run(RUN)}
    request |= {"field": field, "upload": file} if store == ids.REVIEW_REQUEST else {"upload": {field: file}}
    callback = next(one for one in callbacks if one["inputs"][0]["id"] == store)
    return make_body(callback, [request], random)


def draw_study(studies: Mapping[str, Sequence[Any]], random: Random) -> dict[str, Any]:
    """Draw a request of a study of the REST interface."""
    study = random.choice(list(studies))
    body = json.dumps(mutate(random.choice(studies[study]), random))
    return {"kind": "study", "method": "POST", "path": f"{API_PATH}/{study}", "body": body}


def draw_address(random: Random) -> dict[str, Any]:
    """Draw an address, a method and two headers."""
    path, lang = (quote_text(mutate_text(text, random)) for text in (random.choice(PATHS), "fr"))
    headers = {name: random.choice(HEADERS[name]) for name in random.sample(list(HEADERS), 2)}
    method = random.choices(("GET", "DELETE", "HEAD", "OPTIONS", "PUT"), (6, 2, 1, 1, 1))[0]
    return {"kind": "address", "method": method, "path": f"{path}?lang={lang}", "headers": headers}


def quote_text(text: str) -> str:
    """Return a text as a part of an address; the halves of a pair of surrogates become bytes that are no UTF-8."""
    return quote(text.encode("utf-8", "surrogatepass"))


def make_body(callback: Mapping[str, Any], values: Sequence[Any], random: Random) -> dict[str, Any]:
    """Return the body of a callback's request with the values of its inputs and states, one input changed."""
    outputs = [name.rpartition(".") for name in callback["output"].strip(".").split("...")]
    properties = [{"id": id_, "property": name.partition("@")[0]} for id_, _, name in outputs]
    sources = [*callback["inputs"], *callback["state"]]
    given = [{**source, "value": value} for source, value in zip(sources, values, strict=True)]
    n_inputs = len(callback["inputs"])
    changed = random.choice(callback["inputs"])
    return {
        "output": callback["output"],
        "outputs": properties if len(properties) > 1 else properties[0],
        "inputs": given[:n_inputs],
        "state": given[n_inputs:],
        "changedPropIds": [f"{changed['id']}.{changed['property']}"],
    }
