"""The page's scripts and the Python that they rely on name the same ids and the same functions."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from dash import Dash
from flask.testing import FlaskClient

from ev2gym_dashboard.service.datasets.paths import PLOTLY_FILE, find_assets_folder
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.requests.parsing import MAX_STEPS_PER_REQUEST
from ev2gym_dashboard.web.scripts import BASE_SCRIPTS

ROOT = Path(__file__).parents[2]
VENDORED = {"plotly-basic.min.js", "plotly-locale-ar.js", "plotly-locale-fr.js"}
SCRIPTS = {
    path.name: path.read_text(encoding="utf-8")
    for path in sorted(find_assets_folder().glob("*.js"))
    if path.name not in VENDORED
}
OWN_SCRIPTS = {*SCRIPTS, *VENDORED} - {PLOTLY_FILE}
TEXT = "\n".join(SCRIPTS.values())
IDS = json.loads(ids.to_json())


def test_the_index_carries_the_ids_for_the_scripts(client: FlaskClient) -> None:
    text = client.get("/").get_data(as_text=True)
    element = re.search(r'<script type="application/json" id="ids">(.*?)</script>', text)
    assert element
    assert json.loads(element[1]) == IDS
    assert IDS["STATUS"] == ids.STATUS


@pytest.mark.parametrize("name", sorted(set(re.findall(r"\bids\.([A-Z]\w*)", TEXT))))
def test_each_id_that_a_script_uses_is_spelled_in_python(name: str) -> None:
    assert name in IDS


@pytest.mark.parametrize("spelled", sorted({name for name in IDS.values() if "-" in name}))
def test_no_script_spells_an_id_again(spelled: str) -> None:
    assert not re.search(rf"""["'`#]{re.escape(spelled)}["'`\s\[]""", TEXT)


def test_each_function_that_dash_calls_is_offered_by_a_script(app: Dash) -> None:
    called = {tuple(function.values()) for c in app._callback_list if (function := c["clientside_function"])}
    offered = {
        (namespace, name)
        for namespace, names in re.findall(r"(?:app|dash_clientside)\.(\w+) = \{(.*?)\n?  ?\};", TEXT, re.DOTALL)
        for name in re.findall(r"(?:^|[,{\s])(\w+)(?=[,:\s]|$)", names)
    }
    assert called
    assert called <= offered


def test_no_function_takes_the_place_of_another_at_the_same_input(app: Dash) -> None:
    # Dash names a callback without outputs after its inputs alone.
    outputs = [callback["output"] for callback in app._callback_list]
    assert sorted(outputs) == sorted(set(outputs))


def test_each_script_is_loaded_once_and_those_that_others_build_on_first(client: FlaskClient) -> None:
    text = client.get("/").get_data(as_text=True)
    later = re.findall(r'<meta name="\w+-script" content="/assets/([\w.-]+\.js)', text)
    loaded = re.findall(r'<script src="(/assets/[^"]+\.js)"', text)
    bundles = [client.get(address).get_data(as_text=True) for address in loaded]
    places = {name: [bundle.find(script) for bundle in bundles] for name, script in SCRIPTS.items()}
    assert later == [PLOTLY_FILE]
    assert [max(places[name]) for name in BASE_SCRIPTS] == sorted(places[name][0] for name in BASE_SCRIPTS)
    assert all(min(found) == -1 < max(found) for found in places.values())
    assert sum(map(len, bundles)) < 1.1 * sum((find_assets_folder() / name).stat().st_size for name in OWN_SCRIPTS)


def test_the_clock_requests_at_most_the_steps_that_the_server_accepts() -> None:
    assert f"const MAX_STEPS = {MAX_STEPS_PER_REQUEST};" in SCRIPTS["clock.js"]


@pytest.mark.parametrize("name", [name for name, text in SCRIPTS.items() if "new Transport(" in text])
def test_each_transport_says_how_it_refuses_and_why_it_waits(name: str) -> None:
    assert re.search(r"new Transport\(\{.*?\brefuse\b.*?\}\)", SCRIPTS[name], re.DOTALL)
    assert "describeDelay(" in SCRIPTS[name]


def test_the_lock_of_the_javascript_tools_names_no_address() -> None:
    assert "//" not in (ROOT / "package-lock.json").read_text(encoding="utf-8")
    development = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in development.values())
