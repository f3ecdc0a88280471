"""Page of the vehicles: what a request chooses, and what the reply says of it in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from dash import no_update

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions.process_cache import get_session_cache
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, serialize_run
from ev2gym_dashboard.service.sessions.vehicle_query import MAX_PAGE_ROWS, VehicleQuery
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.vehicles import callbacks
from ev2gym_dashboard.web.pages.vehicles.history_table import SPAN_HEADINGS, STAY_HEADINGS
from ev2gym_dashboard.web.pages.vehicles.table import VEHICLE_COLUMNS
from ev2gym_dashboard.web.pages.vehicles.tiles import VEHICLE_TILES
from ev2gym_dashboard.web.requests.schema import MalformedRequest

RUN = RunSpec(Scenario(fleet_size=120), step=60, session="vehicles")
FIGURE = f"{ids.VEHICLE_HISTORY}.figure"


def send(run: RunSpec = RUN, *, lang: str = "en", **request: Any) -> dict[str, Any]:
    body = {"number": 1, "lang": lang, "run": serialize_run(run), **request}
    while (reply := callbacks.build_vehicles_reply(body, "build"))[ids.REPLY].get("catching_up") is not None:
        continue
    return reply


def test_the_list_is_a_page_of_rows_with_a_text_per_column() -> None:
    outputs = send(full=True)
    listed = outputs[ids.REPLY]["vehicles"]
    assert listed["state"] == "list"
    assert [row["number"] for row in listed["rows"]] == list(range(MAX_PAGE_ROWS))
    assert all(len(row["cells"]) == len(VEHICLE_COLUMNS) for row in listed["rows"])
    assert listed["pages"] == 3
    assert len(listed["models"]) == len(set(listed["models"])) > 5
    assert outputs[ids.REPLY]["texts"][ids.VEHICLES_COUNT] == "120 of 120 vehicles"
    assert outputs[FIGURE] is no_update
    assert "models" not in send()[ids.REPLY]["vehicles"]


def test_an_empty_list_says_so() -> None:
    reply = send(vehicles={"search": "no such vehicle"})[ids.REPLY]
    assert reply["vehicles"]["rows"] == []
    assert reply["texts"][ids.VEHICLES_COUNT] == "No vehicle of this run fits the search and the filters."


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_vehicle_has_its_figure_its_tiles_and_both_tables(lang: str) -> None:
    outputs = send(lang=lang, vehicles={"vehicle": "7"})
    reply = outputs[ids.REPLY]
    assert reply["vehicles"]["state"] == "vehicle"
    assert reply["vehicles"]["spans"]
    assert all(len(row["cells"]) == len(SPAN_HEADINGS) for row in reply["vehicles"]["spans"])
    assert all(len(row["cells"]) == len(STAY_HEADINGS) for row in reply["vehicles"]["stays"])
    assert all(reply["texts"][ids.make_tile_id(tile.key)] for tile in VEHICLE_TILES)
    operations = {tuple(one["location"]): one["params"]["value"] for one in outputs[FIGURE]["operations"]}
    history = read_history(7)
    soc = operations["data", 0, "y"]
    assert soc == pytest.approx([*history.soc, history.soc[-1]], abs=1e-3)
    assert len(operations["data", 0, "text"]) == len(soc) == 61
    power = [up + down for up, down in zip(operations["data", 5, "y"], operations["data", 6, "y"], strict=True)]
    assert power[:-1] == pytest.approx(history.power_kw, rel=1e-3)


def test_the_kind_of_an_evse_has_the_decimal_sign_of_the_language(french: Translator) -> None:
    shown = get_session_cache().get_vehicles_view(RUN, VehicleQuery(vehicle="7")).shown
    assert shown is not None
    (tile,) = (tile for tile in VEHICLE_TILES if tile.key == "vehicle-evse")
    assert tile.note
    assert tile.note(replace(shown, evse_name="AC 7.4 kW V2G #73"), french) == "AC 7,4 kW V2G #73"


def read_history(vehicle: int) -> Any:
    shown = get_session_cache().get_vehicles_view(RUN, VehicleQuery(vehicle=str(vehicle))).shown
    assert shown is not None
    return shown.history


def test_a_vehicle_that_the_run_does_not_have_is_named_with_those_that_it_has() -> None:
    reply = send(vehicles={"vehicle": "120"})[ids.REPLY]
    assert reply["vehicles"] == {"state": "unknown"}
    assert reply["texts"][ids.VEHICLE_TITLE] == "Vehicle 120"
    assert "the numbers 0 to 119" in reply["texts"][ids.VEHICLE_STATUS]


def test_at_the_first_step_a_vehicle_has_no_past_yet() -> None:
    outputs = send(replace(RUN, step=0, session="first"), vehicles={"vehicle": "7"})
    assert outputs[ids.REPLY]["vehicles"]["state"] == "vehicle"
    assert outputs[ids.REPLY]["vehicles"]["spans"] == []


def test_before_the_first_step_a_plugged_in_vehicle_has_no_reason() -> None:
    start = replace(RUN, step=0, session="first")
    rows = send(start, vehicles={"mode": "idle"})[ids.REPLY]["vehicles"]["rows"]
    assert rows
    assert {row["cells"][-1] for row in rows} == {"–"}
    reply = send(start, vehicles={"vehicle": str(rows[0]["number"])})[ids.REPLY]
    assert reply["texts"][ids.VEHICLE_STATUS] == "No step has been simulated yet."


@pytest.mark.parametrize(
    "vehicles",
    [
        {"mode": "flying"},
        {"reason": "none"},
        {"sort": "colour"},
        {"page": -1},
        {"page": 0.5},
        {"held": [1.5]},
        {"held": [-1]},
        {"held": list(range(51))},
        {"held": "7"},
        {"vehicle": 7},
        {"search": "x" * 201},
        {"colour": "red"},
    ],
)
def test_a_choice_that_no_page_sends_is_malformed(vehicles: dict[str, Any]) -> None:
    with pytest.raises(MalformedRequest):
        send(vehicles=vehicles)


def find_parked_vehicle() -> int:
    rows = send(vehicles={"sort": "soc", "mode": "idle"})[ids.REPLY]["vehicles"]["rows"]
    return int(rows[0]["number"])


def decide(vehicle: int, *actions: dict[str, Any], lang: str = "en") -> dict[str, Any]:
    overrides = [{"vehicle": vehicle, **action} for action in actions]
    reply: dict[str, Any] = send(lang=lang, vehicles={"vehicle": str(vehicle)}, set={"overrides": overrides})[ids.REPLY]
    return reply


def test_a_decision_for_a_vehicle_is_a_change_of_the_run_and_stands_on_the_page() -> None:
    vehicle = find_parked_vehicle()
    undecided = send(vehicles={"vehicle": str(vehicle)})[ids.REPLY]
    assert undecided["vehicles"]["decided"] == []
    assert undecided["texts"][ids.VEHICLE_DECIDED].startswith("The strategy decides.")
    reply = decide(vehicle, {"action": "charge_now"}, {"action": "no_v2g"}, {"action": "leave", "leave_min": 450})
    assert reply["vehicles"]["decided"] == ["charge_now", "no_v2g", "leave"]
    assert reply["vehicles"]["number"] == vehicle
    assert "07:30, instead of" in reply["texts"][ids.VEHICLE_DECIDED]
    assert [list(change) for change in reply["run"]["changes"]] == [["step", "overrides"]]
    run = RunSpec(RUN.scenario, step=RUN.step, session="vehicles").with_change(
        {"overrides": reply["run"]["changes"][0]["overrides"]}
    )
    listed = send(run, vehicles={"decided": "hand"})[ids.REPLY]["vehicles"]["rows"]
    assert [row["number"] for row in listed] == [vehicle]
    assert listed[0]["cells"][0] == f"{vehicle} (by hand)"


def test_a_decision_that_is_taken_back_leaves_the_vehicle_to_the_strategy() -> None:
    vehicle = find_parked_vehicle()
    reply = decide(vehicle, {"action": "no_v2g"}, {"action": "leave", "leave_min": 450}, {"action": "as_strategy"})
    assert reply["vehicles"]["decided"] == []


def test_a_vehicle_on_the_road_has_no_stay_to_decide_about() -> None:
    rows = send(vehicles={"mode": "away"})[ids.REPLY]["vehicles"]["rows"]
    reply = decide(rows[0]["number"], {"action": "charge_now"}, lang="fr")
    assert (reply["vehicles"]["decided"], reply["vehicles"]["present"]) == ([], False)
    assert "Sur la route" in reply["texts"][ids.VEHICLE_DECIDED]


def test_a_wrong_decision_is_refused_with_its_issue() -> None:
    reply = decide(0, {"action": "leave", "leave_min": 2000})
    assert not reply["ok"]
    assert len(reply["issues"]) == 1


def test_list_and_vehicle_follow_the_cursor_into_the_past() -> None:
    vehicle = find_parked_vehicle()
    past = replace(RUN, step=20)
    for choice in ({"vehicle": str(vehicle)}, {"mode": "g2v"}):
        shown = send(vehicles=choice, past_step=20)[ids.REPLY]
        expected = send(replace(past, session="past"), vehicles=choice)[ids.REPLY]
        assert shown["vehicles"].get("rows") == expected["vehicles"].get("rows")
        tiles = [ids.make_tile_id(f"vehicle-{name}") for name in ("mode", "soc", "power", "evse", "departure")]
        for name in (*tiles, ids.VEHICLE_STATUS, ids.VEHICLES_COUNT):
            assert shown["texts"].get(name) == expected["texts"].get(name)
        assert shown["texts"][ids.CURSOR_TEXT].startswith("The past:")
        assert shown["states"][ids.TIME_BAR] == "past"
        assert shown["time"] == {"first": 0, "step": 60}
        assert shown["step"] == 60


def test_the_figure_marks_the_past_step_that_is_shown() -> None:
    outputs = send(vehicles={"vehicle": "7"}, past_step=20)
    operations = {tuple(one["location"]): one["params"]["value"] for one in outputs[FIGURE]["operations"]}
    assert operations["layout", "shapes"][-1]["x0"] == "2026-12-15 21:00"


def test_a_past_step_that_a_restarted_run_has_not_reached_shows_the_present() -> None:
    reply = send(vehicles={"vehicle": "7"}, past_step=60)[ids.REPLY]
    assert reply["texts"][ids.CURSOR_TEXT] == "Shown: now"


def test_the_steps_of_a_vehicle_come_as_a_file_in_the_language_of_the_user() -> None:
    assert "file" not in send(vehicles={"vehicle": "7"})[ids.REPLY]["vehicles"]
    headings, *lines = send(lang="fr", vehicles={"vehicle": "7", "whole": True})[ids.REPLY]["vehicles"]["file"]
    assert headings == ["Heure (UTC)", "SOC (%)", "Puissance (kW)", "État", "Raison", "Cible (%)"]
    history = read_history(7)
    assert [line[0] for line in lines[:2]] == ["2026-12-15 16:00", "2026-12-15 16:15"]
    assert [line[1] for line in lines] == pytest.approx([100.0 * soc for soc in history.soc], abs=1e-4)
    assert [line[2] for line in lines] == pytest.approx(history.power_kw, abs=1e-4)
    assert all(len(line) == len(headings) for line in lines)
