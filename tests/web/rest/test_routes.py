"""REST interface: studies as jobs, with the numbers of Python to the bit."""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pandas as pd
import pytest
from flask.testing import FlaskClient

from ev2gym_dashboard import (
    Flexibility,
    Scenario,
    compute_pareto_front,
    compute_sizing_curve,
    run_comparison,
    simulate,
)
from ev2gym_dashboard.service.comparison import flexibility_request
from ev2gym_dashboard.service.comparison.flexibility import CONFIDENCE
from ev2gym_dashboard.service.comparison.flexibility_request import FLEXIBILITY_SEEDS
from ev2gym_dashboard.service.jobs import job_tables
from ev2gym_dashboard.service.jobs.queue import JobQueue
from ev2gym_dashboard.service.jobs.worker import JobWorker
from ev2gym_dashboard.service.runtime import table_archive
from ev2gym_dashboard.service.runtime.settings import read_server_settings
from ev2gym_dashboard.service.scenarios.contents import CONTENT_FIELDS, DIGEST_KEY
from ev2gym_dashboard.service.sessions.process_cache import get_work_places
from ev2gym_dashboard.web.app import create_app
from ev2gym_dashboard.web.rest import routes
from ev2gym_dashboard.web.rest.openapi import API_PATH
from ev2gym_dashboard.web.rest.studies import STUDIES

SMALL: dict[str, Any] = {"fleet_size": 20, "strategy": "price"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A client of a server whose jobs are computed at once, in this process."""
    path = tmp_path_factory.mktemp("jobs") / "jobs.sqlite3"
    queue = JobQueue(path, launch=lambda file, owner: JobWorker(JobQueue(file), owner).run())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routes, "open_job_queue", lambda: queue)
        # Nobody polls while a job is computed in this process, however long that takes.
        patch.setattr(job_tables, "ABANDONED_S", 3600.0)
        yield create_app().server.test_client()


def get(client: FlaskClient, address: str) -> Any:
    return client.get(address).json


def put(client: FlaskClient, study: str, **body: Any) -> Any:
    answer = client.post(f"{API_PATH}/{study}", json=body)
    assert answer.status_code == 202, answer.text
    job = get(client, answer.headers["Location"])
    assert job["state"] == "done", job
    return job


def test_a_run_has_the_numbers_of_python(client: FlaskClient) -> None:
    job, result = put(client, "runs", scenario=SMALL), simulate(Scenario(**SMALL))
    document = get(client, job["links"]["result"])
    assert document["kpis"] == result.kpis
    assert document["ledger"] == result.ledger
    parquet = client.get(job["links"]["series"] + "?format=parquet").data
    series = pd.read_parquet(BytesIO(parquet)).set_index(result.series.index.name)
    pd.testing.assert_frame_equal(series, result.series, check_freq=False, check_exact=True)
    rows = get(client, job["links"]["series"])
    assert [row["net_power_kw"] for row in rows] == result.series["net_power_kw"].tolist()
    assert [row["kind"] for row in get(client, job["links"]["events"])] == result.events["kind"].tolist()
    assert document["evses"] == result.evse_counts
    assert client.get(job["links"]["models"] + "?format=csv").text.startswith("model,")


def test_a_comparison_has_the_numbers_of_python(client: FlaskClient) -> None:
    scenario: dict[str, Any] = {"fleet_size": 5}
    job, comparison = (
        put(client, "comparisons", scenario=scenario, seeds=2),
        run_comparison(Scenario(**scenario), seeds=2),
    )
    document = get(client, job["links"]["result"])
    means = comparison.table["total_mad"].to_dict()
    assert {name: row["total_mad"] for name, row in document["kpis"].items()} == means
    assert len(get(client, job["links"]["runs"])) == 2 * len(means)


def test_an_optimum_is_not_above_its_plan(client: FlaskClient) -> None:
    job = put(client, "optima", scenario=SMALL | {"tariff": "bt_bi_horaire"})
    figures = get(client, job["links"]["result"])
    assert figures["bound_mad"] <= figures["objective_mad"]
    assert len(get(client, job["links"]["series"])) == Scenario().n_steps


def test_a_front_has_the_points_and_rules_of_python(client: FlaskClient) -> None:
    scenario: dict[str, Any] = {"fleet_size": 3, "timestep_min": 60}
    job = put(client, "fronts", scenario=scenario, goal="peak")
    front = compute_pareto_front(Scenario(**scenario), ("bill", "peak"))
    rows = get(client, job["links"]["points"])
    assert [row["bill_mad"] for row in rows] == front.table["bill_mad"].tolist()
    assert get(client, job["links"]["rules"]) == front.rule_table.to_dict(orient="records")
    document = get(client, job["links"]["result"])
    assert (document["points"], document["rules"]) == (len(front.points), len(front.rules))


def test_a_sizing_has_the_numbers_of_python(client: FlaskClient) -> None:
    scenario: dict[str, Any] = {"fleet_size": 3, "timestep_min": 60}
    job = put(client, "sizings", scenario=scenario, part="solar", sizes=[0, 20])
    curve = compute_sizing_curve(Scenario(**scenario), "solar", [0.0, 20.0])
    rows = get(client, job["links"]["sizes"])
    assert [row["optimum"] for row in rows] == curve.table["optimum"].tolist()
    assert [row["size"] for row in rows] == [0.0, 20.0]
    assert get(client, job["links"]["result"])["best"].keys() == set(curve.best.index)


def test_a_flexibility_has_its_promises(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    table = pd.DataFrame({"time": ["00:00"], "direction": ["up"], "duration_h": [1.0], "promised_kw": [7.4]})

    def find(scenario: Scenario, **_: Any) -> Flexibility:
        return Flexibility(scenario, CONFIDENCE.default, FLEXIBILITY_SEEDS, table)

    monkeypatch.setattr(flexibility_request, "compute_flexibility", find)
    job = put(client, "flexibilities", scenario=SMALL)
    assert get(client, job["links"]["promises"]) == table.to_dict(orient="records")
    document = get(client, job["links"]["result"])
    assert (document["seeds"], document["confidence"]) == (FLEXIBILITY_SEEDS, CONFIDENCE.default)


def test_a_large_table_waits_for_its_turn(client: FlaskClient) -> None:
    job = put(client, "runs", scenario=SMALL | {"days": 90.0})
    address = job["links"]["series"] + "?format=csv"
    with get_work_places().take("another client", "a run"):
        busy = client.get(address)
    assert (busy.status_code, busy.headers["Retry-After"], busy.mimetype) == (429, "1", "application/problem+json")
    assert client.get(address).status_code == 200


def test_deleting_an_unknown_job_is_not_found(client: FlaskClient) -> None:
    assert client.delete(f"{API_PATH}/jobs/none").status_code == 404


@pytest.mark.parametrize("body", [{"goal": "none"}, {"goal": []}, {"seeds": 2}])
def test_a_front_without_a_known_goal_is_refused(client: FlaskClient, body: dict[str, Any]) -> None:
    assert client.post(f"{API_PATH}/fronts", json=body).status_code == 422


@pytest.mark.parametrize("body", [{"part": "none"}, {"sizes": [-1]}, {"sizes": ["many"]}])
def test_a_sizing_without_known_part_and_sizes_is_refused(client: FlaskClient, body: dict[str, Any]) -> None:
    assert client.post(f"{API_PATH}/sizings", json=body).status_code == 422


@pytest.mark.parametrize("study", STUDIES)
@pytest.mark.parametrize("name", CONTENT_FIELDS)
def test_a_content_that_is_named_by_its_digest_is_refused_with_all_issues(
    client: FlaskClient, study: str, name: str
) -> None:
    scenario = {name: {DIGEST_KEY: "0" * 64}, "reserve_soc": -0.5}
    answer = client.post(f"{API_PATH}/{study}", json={"scenario": scenario})
    assert answer.status_code == 422
    assert {issue["field"] for issue in answer.get_json()["issues"]} == {name, "reserve_soc"}


def test_problems_and_states_are_told_in_the_language_of_the_program(client: FlaskClient) -> None:
    french = {"Accept-Language": "fr-FR,fr;q=0.9"}
    answer = client.post(f"{API_PATH}/runs", json={"scenario": {"reserve_soc": -0.5}}, headers=french)
    assert answer.get_json()["detail"] == "La demande comporte des erreurs."
    assert "-0,5" in answer.get_json()["issues"][0]["message"].replace("\u2212", "-")
    assert answer.headers["Content-Language"] == "fr"
    assert "Accept-Language" in answer.headers["Vary"]
    english = client.post(f"{API_PATH}/runs", json=[])
    assert english.get_json()["detail"].startswith("The body must be")


def test_a_table_is_decoded_without_the_others(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    job = put(client, "runs", scenario=SMALL)
    decode, decoded = table_archive._decode_table, list[bytes]()

    def note(data: bytes) -> pd.DataFrame:
        decoded.append(data)
        return decode(data)

    monkeypatch.setattr(table_archive, "_decode_table", note)
    get(client, job["links"]["models"])
    assert len(decoded) == 1
    get(client, job["links"]["result"])
    assert len(decoded) == 1


def test_equal_requests_are_one_job(client: FlaskClient) -> None:
    first, second = (put(client, "runs", scenario=SMALL | {"seed": seed}) for seed in (3, 3.0))
    assert first["key"] == second["key"]


@pytest.mark.parametrize("study", STUDIES)
def test_every_issue_of_a_request_is_told_at_once(client: FlaskClient, study: str) -> None:
    answer = client.post(f"{API_PATH}/{study}", json={"scenario": {"fleet_size": -1, "seed": -1}})
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert [issue["field"] for issue in answer.get_json()["issues"]] == ["fleet_size", "seed"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"text"', b"[" * 100_000])
def test_a_body_that_is_no_object_is_refused(client: FlaskClient, body: bytes) -> None:
    assert client.post(f"{API_PATH}/runs", data=body, content_type="application/json").status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {"scenario": []},
        {"scenario": {"unknown": 1}},
        {"other": 1},
        {"scenario": {"days": 365, "timestep": 1}},
        {"scenario": {"fleet_size": 1_000_000, "days": 365}},
        {"scenario": {"params": 3}},
    ],
)
@pytest.mark.parametrize("study", STUDIES)
def test_a_request_that_cannot_be_computed_is_refused(client: FlaskClient, study: str, body: dict[str, Any]) -> None:
    answer = client.post(f"{API_PATH}/{study}", json=body)
    assert answer.status_code == 422
    assert answer.get_json()["issues"]


@pytest.mark.parametrize(
    "path", ["jobs/none", f"jobs/{'0' * 63}%2f", f"jobs/{'0' * 64}", f"jobs/{'0' * 64}/result", "jobs/..", "none"]
)
def test_unknown_addresses_are_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(f"{API_PATH}/{path}").status_code == 404


def test_unknown_tables_and_formats_are_told(client: FlaskClient) -> None:
    job = put(client, "runs", scenario=SMALL)
    address = f"{API_PATH}/jobs/{job['key']}/tables"
    assert get(client, f"{address}/none")["detail"] == "The tables of this job are series, models, events."
    assert client.get(f"{address}/series?format=xml").status_code == 400


def test_lists_are_those_of_the_command_line(client: FlaskClient) -> None:
    assert {row["key"] for row in get(client, f"{API_PATH}/strategies")} >= {"price", "peak_shaving"}
    catalogs = get(client, f"{API_PATH}/catalogs")
    assert get(client, f"{API_PATH}/catalogs/{catalogs[0]['key']}")[0]["model"]
    assert client.get(f"{API_PATH}/catalogs/none").status_code == 404


def test_every_address_of_the_document_answers_as_it_says(client: FlaskClient) -> None:
    document = get(client, f"{API_PATH}/openapi.json")
    assert document["servers"] == [{"url": API_PATH}]
    job = put(client, "runs", scenario=SMALL)
    known = {"{key}": job["key"], "{name}": "series"}
    for path, methods in document["paths"].items():
        if "get" in methods:
            address = path.replace("{key}", "2024") if path.startswith("/catalogs") else path
            for part, value in known.items():
                address = address.replace(part, value)
            assert client.get(API_PATH + address).status_code == 200, address
    fields = document["components"]["schemas"]["Scenario"]["properties"]
    assert fields["fleet_size"]["minimum"] <= fields["fleet_size"]["default"] <= fields["fleet_size"]["maximum"]


def test_a_server_below_a_path_names_its_addresses_with_it() -> None:
    settings = read_server_settings({**os.environ, "EV2GYM_DASHBOARD_PREFIX": "/fleet/"})
    document = create_app(settings).server.test_client().get(f"{API_PATH}/openapi.json").json
    assert document["servers"] == [{"url": f"/fleet{API_PATH}"}]
