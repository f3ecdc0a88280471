"""Replays in and out: the same stays, at the same EVSEs, with the same batteries; EV2Gym itself is not needed."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard import Result, Scenario, read_sessions, simulate
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.integrations.ev2gym import make_ev2gym_evs, sessions_from_replay, write_ev2gym_replay
from ev2gym_dashboard.integrations.ev2gym.replay_writer import make_stations

AMPLE = Scenario(
    fleet_size=40, place="work", start="2022-01-17T05:00", days=1.5, strategy="uncontrolled", evse_per_vehicle=0.8,
    limit_kw_per_vehicle=100.0, v2g=False,
)  # fmt: skip
START = datetime(2022, 1, 17, 5)  # noqa: DTZ001 (EV2Gym's have no zone)


def make_replay(evs: list[dict[str, Any]], stations: list[dict[str, Any]], **changes: Any) -> Any:
    """Return an object with the attributes of EV2Gym's ``EvCityReplay``."""
    values = {
        "EVs": [SimpleNamespace(**ev) for ev in evs],
        "charging_stations": [SimpleNamespace(**station) for station in stations],
        "sim_date": START,
        "timescale": 15,
    }
    return SimpleNamespace(**(values | changes))


EV = {
    "id": 0, "location": 0, "time_of_arrival": 4, "time_of_departure": 11, "battery_capacity": 50.0,
    "battery_capacity_at_arrival": 20.0, "desired_capacity": 45.0, "max_ac_charge_power": 22.0,
    "max_discharge_power": -7.0,
}  # fmt: skip
STATION = {"max_charge_current": 16.0, "max_discharge_current": -16.0, "voltage": 400.0, "phases": 3}


@pytest.fixture(scope="module")
def ours() -> Result:
    return simulate(AMPLE, trace=True)


def test_a_vehicle_of_a_replay_is_a_stay_with_its_steps_battery_and_power() -> None:
    sessions = sessions_from_replay(make_replay([EV], [STATION]))
    # EV2Gym charges from step 4 to step 11, both included.
    times = [
        datetime.fromtimestamp(s, tz=AMPLE.start_time.tzinfo) for s in (sessions.arrival_s[0], sessions.departure_s[0])
    ]
    assert [f"{time:%H:%M}" for time in times] == ["06:00", "08:00"]
    (spec,) = sessions.specs
    assert (spec.capacity_kwh, spec.discharge_kw) == (50.0, 7.0)
    assert spec.power_kw == pytest.approx(16.0 * 400.0 * 3**0.5 / 1000.0)
    assert (sessions.soc[0], sessions.target_soc[0]) == (0.4, 0.9)


def test_ports_of_a_station_are_evses_of_their_own() -> None:
    sessions = sessions_from_replay(make_replay([EV, EV | {"id": 1}], [STATION]))
    assert sessions.evse_ids == ("0.0", "0.1")


def test_our_stays_come_back_from_their_replay(ours: Result) -> None:
    evs = make_ev2gym_evs(ours)
    assert ours.sessions is not None
    plugged = ours.sessions[ours.sessions["evse"].notna()]
    assert len(evs) == len(plugged) > 40
    back = sessions_from_replay(make_replay(evs, make_stations(ours)))
    again = simulate(replace(AMPLE, sessions=back), trace=True)
    assert again.sessions is not None
    assert len(again.sessions) == len(plugged)
    hours = [
        frame["departure"].sub(frame["plug_in"]).dt.total_seconds().sum() / 3600.0
        for frame in (plugged, again.sessions)
    ]
    # A vehicle that is there at the start comes a step later in EV2Gym.
    assert hours[1] == pytest.approx(hours[0], abs=0.25 * (plugged["plug_in"] <= ours.series.index[0]).sum() + 1e-6)
    battery_kwh = [(frame["g2v_kwh"] - frame["charge_loss_kwh"]).sum() for frame in (plugged, again.sessions)]
    assert battery_kwh[1] == pytest.approx(battery_kwh[0], rel=0.01)


def test_stays_of_a_file_are_exported_as_they_are() -> None:
    row = {"vehicle": "van", "capacity_kwh": 75.0, "power_kw": 11.0, "soc": 0.4, "target_soc": 0.9}
    stay = {"arrival": "2022-01-17T08:00", "departure": "2022-01-17T16:00"}
    result = simulate(replace(AMPLE, sessions=read_sessions([row | stay])), trace=True)
    (ev,) = make_ev2gym_evs(result)
    found = (ev["time_of_arrival"], ev["time_of_departure"], ev["battery_capacity"], ev["max_ac_charge_power"])
    assert found == (12, 43, 75.0, pytest.approx(11.0))
    assert ev["battery_capacity_at_arrival"] == pytest.approx(30.0, rel=1e-3)


def test_nobody_comes_before_step_one_and_no_two_at_one_evse(ours: Result) -> None:
    evs = make_ev2gym_evs(ours)
    assert min(ev["time_of_arrival"] for ev in evs) >= 1
    for location in {ev["location"] for ev in evs}:
        stays = sorted((ev["time_of_arrival"], ev["time_of_departure"]) for ev in evs if ev["location"] == location)
        assert all(last < first for (_, last), (first, _) in pairwise(stays))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"location": 0.5}, "location: must be a whole number"),
        ({"location": 7}, "location: is no charging station"),
        ({"time_of_departure": 3}, "time_of_departure: must not be before the arrival"),
        ({"battery_capacity": float("nan")}, "battery_capacity: must be a number"),
        ({"battery_capacity": "50"}, "battery_capacity: must be a number"),
        ({"max_ac_charge_power": None}, "max_ac_charge_power: must be a number"),
        ({"time_of_arrival": 10**30}, "time_of_arrival: must be a number"),
    ],
)
def test_a_wrong_vehicle_is_told_by_its_number(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence) as error:
        sessions_from_replay(make_replay([EV, EV | change], [STATION]))
    assert all(issue.field.startswith("EVs/1") for issue in error.value.issues)


@pytest.mark.parametrize("replay", ["replay.pkl", Path("replay.pkl"), None, b"\x80\x04", {"EVs": []}])
def test_a_path_is_never_opened(replay: Any) -> None:
    with pytest.raises(ValidationError, match="must be a replay object"):
        sessions_from_replay(replay)


@pytest.mark.parametrize("change", [{"EVs": []}, {"sim_date": "today"}, {"timescale": "15"}, {"charging_stations": 3}])
def test_a_wrong_frame_is_told(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(change))):
        sessions_from_replay(make_replay([EV], [STATION], **change))


class Harmful:
    """What a pickle can do when it is read."""

    def __reduce__(self) -> Any:
        return pytest.fail, ("a pickle of a user was read",)


@pytest.mark.parametrize("protocol", range(2, 6))
def test_a_pickle_of_a_user_is_refused_unread(tmp_path: Path, protocol: int) -> None:
    path = tmp_path / "replay.pkl"
    path.write_bytes(pickle.dumps(Harmful(), protocol=protocol))
    with pytest.raises(ValidationError, match=r"is a pickle, which can run any code.*sessions_from_replay\(\)"):
        read_sessions(path)


def test_a_run_without_trace_is_told() -> None:
    with pytest.raises(ValidationError, match="trace=True"):
        make_ev2gym_evs(simulate(replace(AMPLE, days=0.25)))


def test_without_ev2gym_a_sentence_says_where_it_comes_from(
    ours: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ev2gym_dashboard.integrations.ev2gym.replay_writer.find_spec", lambda _: None)
    with pytest.raises(ModuleNotFoundError, match=r"docs/ev2gym\.md"):
        write_ev2gym_replay(ours, tmp_path)
    assert not list(tmp_path.iterdir())


def test_stations_have_the_power_of_the_evses(ours: Result) -> None:
    assert ours.evses is not None
    power_kw = [s["max_charge_current"] * s["voltage"] * s["phases"] ** 0.5 / 1000.0 for s in make_stations(ours)]
    np.testing.assert_allclose(power_kw, ours.evses["power_kw"], rtol=1e-3)
