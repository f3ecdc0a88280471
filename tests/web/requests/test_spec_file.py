"""Spec file of a user on the page: it replaces the catalog, its issues are reported, and it can be removed."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard import simulate
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.datasets.catalogs import CATALOGS, USER_CATALOG, load_scenario_catalog
from ev2gym_dashboard.service.datasets.ev_specs import compact_spec, parse_catalog
from ev2gym_dashboard.service.datasets.paths import find_data_folder
from ev2gym_dashboard.service.datasets.spec_checks import LIST_FIELDS
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, parse_run, serialize_run
from ev2gym_dashboard.service.sessions.share_link import build_share_document, decode_share_link, parse_run_file
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.live import callbacks
from ev2gym_dashboard.web.requests import upload_kinds

MODEL: dict[str, Any] = {
    "number_of_registrations": 3,
    "battery_capacity": 40,
    "max_ac_charge_power": 7.4,
    "max_dc_charge_power": 50,
    "max_ac_discharge_power": 0,
    "max_dc_discharge_power": 0,
    "avg_dc_charge_power": 30,
    "ac_v2g": "no",
}
SPEC = {"<b>x</b>": MODEL | {"max_ac_discharge_power": 7.4}, "Zoé/2": MODEL}
RUN = RunSpec(Scenario(fleet_size=50, strategy="price", catalog="2023"), (), 3, "spec")
FILES = [name for choice in CATALOGS.values() for name in choice.files]


def file(models: object, name: str = "mine.json") -> dict[str, Any]:
    content = models if isinstance(models, bytes) else json.dumps(models, indent=2).encode()
    return {"name": name, "contents": f"data:application/json;base64,{b64encode(content).decode()}"}


def send(run: RunSpec = RUN, lang: str = "en", **request: Any) -> dict[str, Any]:
    return callbacks.build_live_reply({"number": 1, "lang": lang, "run": serialize_run(run), **request}, "build")


def upload(spec: Any, lang: str = "en") -> dict[str, Any]:
    reply: dict[str, Any] = send(lang=lang, restart=True, upload={"catalog_spec": spec})[ids.REPLY]
    return reply


def render_notice(run: RunSpec, lang: str = "en") -> str:
    return str(send(run, lang, full=True)[f"{ids.CATALOG_NOTICE}.children"])


def upload_run() -> RunSpec:
    return parse_run(upload(file(SPEC))["run"])


def test_a_spec_file_restarts_the_run_with_its_models_and_keeps_the_rest() -> None:
    reply = upload(file(SPEC))
    run = parse_run(reply["run"])
    assert (run.step, run.scenario.strategy, run.scenario.fleet_size, run.scenario.catalog) == (0, "price", 50, "2023")
    assert list(json.loads(run.scenario.catalog_spec)) == list(SPEC)
    assert reply["files"] == {"catalog_spec": "mine.json"}
    assert reply["force"]["catalog"] == USER_CATALOG
    assert reply["texts"][ids.make_file_text_id("catalog_spec")] == "mine.json: 2 models, 1 V2G-capable"
    assert reply["states"][ids.make_file_row_id("catalog_spec")] == "on"


def test_the_badge_and_the_table_name_the_file_and_its_models_as_text() -> None:
    reply = send(restart=True, upload={"catalog_spec": file(SPEC, "<i>mine</i>.json")})
    assert [part.children for part in reply[f"{ids.CATALOG_BADGE}.children"]] == ["<i>mine</i>.json"]
    rows = reply[f"{ids.TABLE}.rowData"]["rows"]
    assert sorted(row["model"] for row in rows) == sorted(SPEC)


def test_the_spec_file_of_an_opened_run_has_no_name(french: Translator) -> None:
    reply = send(upload_run(), lang="fr", fill=True)
    assert reply[f"{ids.CATALOG_BADGE}.children"][0].children == french("Your file")
    text = reply[ids.REPLY]["texts"][ids.make_file_text_id("catalog_spec")]
    assert text.startswith(french("Your file"))
    assert "2 modèles, compatibles V2G\u00a0: 1" in text


@pytest.mark.parametrize("scenario", [{}, {"catalog": "ev_phev"}])
def test_removing_a_spec_file_restores_the_catalog(scenario: dict[str, str]) -> None:
    names = {"catalog_spec": "mine.json"}
    reply = send(upload_run(), restart=True, scenario=scenario, upload={"catalog_spec": None}, files=names)[ids.REPLY]
    assert parse_run(reply["run"]).scenario.catalog_spec == ""
    assert reply["force"]["catalog"] == scenario.get("catalog", "2023")
    assert reply["files"] == {}
    assert reply["texts"][ids.make_file_text_id("catalog_spec")].startswith("No file")


def test_a_link_and_a_file_of_the_run_carry_the_spec_file() -> None:
    reply = send(upload_run(), share=True)[ids.REPLY]
    assert decode_share_link(reply["link"]).scenario == upload_run().scenario
    assert parse_run_file(json.dumps(build_share_document(upload_run()))).scenario == upload_run().scenario


def test_every_issue_of_a_spec_file_names_its_model_at_the_field() -> None:
    wrong = {"Zoé/2": MODEL | {"battery_capacity": -1}, "Twingo": 3, "b": MODEL | {"max_ac_charge_power": "much"}}
    reply = upload(file(wrong, "faux.json"), lang="fr")
    assert reply["ok"] is False
    assert {issue["field"] for issue in reply["issues"]} == {"catalog_spec"}
    texts = [issue["text"] for issue in reply["issues"]]
    assert texts[0].startswith("faux.json ")
    locations = [text.partition("\u00a0:")[0] for text in texts[1:]]
    assert locations == ["Zoé/2.battery_capacity", "Twingo", "b.max_ac_charge_power"]


def test_a_stored_run_with_a_wrong_spec_file_reports_it_at_the_field() -> None:
    stored_run = serialize_run(RUN)
    stored_run["scenario"]["catalog_spec"] = json.dumps({"Zoé/2": MODEL | {"battery_capacity": -1}})
    reply = callbacks.build_live_reply({"number": 1, "lang": "en", "kept": True, "run": stored_run}, "build")[ids.REPLY]
    assert [(issue["field"], issue["text"].partition(":")[0]) for issue in reply["issues"]] == [
        ("catalog_spec", "Zoé/2.battery_capacity")
    ]


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        (file(b"\xff\xfe"), "UTF-8"),
        (file(b"{"), "line 1"),
        (file([]), "must be an object with one entry per vehicle model"),
        (file({}), "from 1 to"),
        ({"name": "huge.json", "contents": None}, "not be longer than 6,000,000 bytes"),
        ({"name": "x.json", "contents": "data:;base64,***"}, "that the browser can read"),
    ],
)
def test_an_unusable_spec_file_is_explained_in_a_sentence(spec: Any, text: str) -> None:
    reply = upload(spec)
    assert text in reply["issues"][-1]["text"]
    assert reply["issues"][-1]["field"] == "catalog_spec"


def make_spec(n_models: int) -> bytes:
    """Return a spec file whose tables of efficiencies hardly compress."""
    rng = np.random.default_rng(1)
    currents = list(range(6, 34, 2))
    models = {
        f"Model {k}": MODEL
        | {"ch_current": currents}
        | {name: rng.uniform(60.0, 99.0, len(currents)).round(4).tolist() for name in LIST_FIELDS[1:]}
        for k in range(n_models)
    }
    return json.dumps(models, separators=(",", ":")).encode()


def test_the_page_limits_the_bytes_of_models_and_suggests_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    reply = upload(file(make_spec(2000)))
    assert reply["ok"] is True
    assert len(json.dumps(reply["run"])) < 10_000, "the record names the models"
    monkeypatch.setattr(upload_kinds, "MAX_SPEC_BYTES", 65_536)
    text = upload(file(make_spec(900)))["issues"][1]["text"]
    assert "65,536 bytes of models here, not " in text
    assert text.endswith("remove models, or use Python")


def test_three_hundred_models_of_open_ev_data_travel_once_in_a_few_kilobytes() -> None:
    entries = [
        {
            "brand": "Brand", "model": f"Model {k}", "usable_battery_size": 20.0 + k / 3,
            "ac_charger": {"usable_phases": 1 + k % 3, "max_power": 3.7 + k % 5}, "dc_charger": {"max_power": 50 + k},
        }
        for k in range(300)
    ]  # fmt: skip
    reply = upload(file({"data": entries}))
    assert reply["ok"] is True
    assert len(load_scenario_catalog(parse_run(reply["run"]).scenario).catalog) == 300
    assert len(json.dumps(reply["contents"])) < 12_000
    assert parse_run(serialize_run(parse_run(reply["run"]))) == parse_run(reply["run"])


def test_assumptions_and_sources_are_said_on_the_page() -> None:
    entry = {"brand": "Nissan", "model": "Leaf", "usable_battery_size": 39, "ac_charger": {"max_power": 3.6}}
    spec = {"data": [entry | {"dc_charger": {"max_power": 46}}]}
    reply = upload(file(spec))
    run = parse_run(reply["run"])
    notice = render_notice(run)
    assert "no registrations: every model counts once" in notice
    assert "does not say whether it can discharge" in notice
    sold = render_notice(replace(run, scenario=replace(run.scenario, v2g_capability="as_sold")))
    assert "V2G as sold today: 1 of 1 model." in sold
    assert "commercial in Denmark" in sold
    assert "without a discharge power in the spec file: 10 kW" in sold
    assert "does not say whether it can discharge" not in sold


@pytest.mark.parametrize("name", FILES)
def test_the_compact_text_of_a_spec_file_gives_the_same_catalog_and_is_a_fixed_point(name: str) -> None:
    content = (find_data_folder() / name).read_bytes()
    spec, issues = compact_spec(b"\xef\xbb\xbf" + content)
    assert issues == []
    assert len(spec) < len(content)
    assert compact_spec(spec.encode()) == (spec, [])
    (whole, _), (compact, _) = parse_catalog(content), parse_catalog(spec)
    assert whole is not None
    assert compact is not None
    assert whole.names == compact.names
    assert all((getattr(whole, field) == getattr(compact, field)).all() for field in vars(whole) if field != "names")


def test_the_compact_text_of_a_spec_file_gives_the_same_run() -> None:
    tables = dict(zip(LIST_FIELDS, ([6, 16], [90, 92.5], [0, 94]), strict=True))
    whole = json.dumps({name: model | tables for name, model in SPEC.items()}, indent=2)
    spec, _ = compact_spec(whole.encode())
    scenario = Scenario(fleet_size=20, days=1, catalog_spec=whole)
    assert simulate(replace(scenario, catalog_spec=spec)).kpis == simulate(scenario).kpis
