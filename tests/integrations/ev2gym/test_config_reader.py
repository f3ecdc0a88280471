"""EV2Gym's configuration in: what it says, what is assumed and left out, and what a wrong file is told."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from ev2gym_dashboard import Scenario, simulate
from ev2gym_dashboard.cli.main import main
from ev2gym_dashboard.core.fleet.installation import install_evses
from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.integrations.ev2gym import read_ev2gym_config, to_ev2gym_config
from ev2gym_dashboard.service.datasets.catalogs import load_scenario_catalog

SHORT = """timescale: 15
simulation_length: 96
year: 2022
month: 1
day: 17
hour: 5
v2g_enabled: True
number_of_charging_stations: 10
ev_specs_file: ./ev2gym/data/ev_specs.json
"""
EXPORTED = Scenario(
    fleet_size=200, place="public", start="2026-12-15T16:30", days=2, timestep_min=30, seed=7, target_soc=0.85,
    limit_kw_per_vehicle=2.5, reserve_soc=0.25,
)  # fmt: skip
NOTHING_ELSE = {"base_load_kw_per_vehicle": 0.0, "pv_kwp_per_vehicle": 0.0}


def read(folder: Path, text: str, notes: list[Issue] | None = None) -> Scenario:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return read_ev2gym_config(path, notes=notes)


def list_issues(folder: Path, text: str) -> list[str]:
    with pytest.raises(ValidationError) as error:
        read(folder, text)
    return [str(issue) for issue in error.value.issues]


def test_an_exported_scenario_comes_back(tmp_path: Path) -> None:
    again = read_ev2gym_config(to_ev2gym_config(EXPORTED, tmp_path))
    same = ("fleet_size", "place", "start", "days", "timestep_min", "seed", "target_soc", "v2g", "return_share")
    assert {name: getattr(again, name) for name in same} == {name: getattr(EXPORTED, name) for name in same}
    assert again.limit_kw == pytest.approx(EXPORTED.limit_kw)
    assert again.reserve_soc == pytest.approx(EXPORTED.reserve_soc, abs=1e-4)
    assert {name: getattr(again, name) for name in NOTHING_ELSE} == NOTHING_ELSE
    ours, theirs = (load_scenario_catalog(scenario).catalog for scenario in (EXPORTED, again))
    assert theirs.names == ours.names
    np.testing.assert_allclose(theirs.capacity_kwh, ours.capacity_kwh)
    np.testing.assert_allclose(theirs.efficiency_3ph, ours.efficiency_3ph)


def test_the_evses_come_back_with_power_and_direction_and_dc_as_22_kw(tmp_path: Path) -> None:
    installed = install_evses(read_ev2gym_config(to_ev2gym_config(EXPORTED, tmp_path)))
    counts = {
        (round(kind.evse.power_kw, 2), kind.bidirectional): int(n)
        for kind, n in zip(installed.kinds, installed.counts, strict=True)
    }
    assert counts == {(kw, both): n for kw, n in ((7.36, 20), (11.04, 20), (22.08, 10)) for both in (False, True)}


def test_a_short_file_is_a_scenario_and_its_notes_say_what_is_assumed(tmp_path: Path) -> None:
    notes: list[Issue] = []
    scenario = read(tmp_path, SHORT + "pf_solver: Laurent\nsimulate_grid: False\n", notes)
    assert (scenario.n_steps, scenario.n_evse, scenario.start, scenario.catalog) == (96, 10, "2022-01-17T05:00", "2023")
    texts = [str(note) for note in notes]
    assert texts[0].startswith("taken: timescale, simulation_length")
    assert "assumed: spawn_multiplier: is missing: 20 vehicles, 0.5 EVSEs for each" in texts
    assert "left out: pf_solver, simulate_grid: there is no power flow here" in texts


def test_the_multiplier_gives_the_arrivals_of_a_day(tmp_path: Path) -> None:
    scenario = read(tmp_path, SHORT + "spawn_multiplier: 5\n")
    assert scenario.fleet_size * scenario.return_share == pytest.approx(5 / 4 * 10)


def test_one_model_for_all_is_its_battery_powers_and_efficiency(tmp_path: Path) -> None:
    ev = "ev:\n  battery_capacity: 40\n  max_ac_charge_power: 7\n  max_discharge_power: -5\n  charge_efficiency: 0.9\n"
    text = SHORT.replace("ev_specs_file: ./ev2gym/data/ev_specs.json", "heterogeneous_ev_specs: False")
    catalog = load_scenario_catalog(read(tmp_path, text + ev + "  transition_soc: 0.8\n")).catalog
    found = (catalog.capacity_kwh, catalog.max_ac_charge_kw, catalog.max_ac_discharge_kw)
    assert [values.tolist() for values in found] == [[40.0], [7.0], [5.0]]
    assert set(catalog.efficiency_3ph.ravel().tolist()) == {0.9}


def test_load_sun_and_event_follow_the_limit_of_the_transformer(tmp_path: Path) -> None:
    sections = """transformer: {max_power: 100}
inflexible_loads: {include: True, inflexible_loads_capacity_multiplier_mean: 0.5}
solar_power: {include: True}
demand_response: {include: True, event_start_hour_mean: 4, event_capacity_percentage_mean: 35}
"""
    scenario = read(tmp_path, SHORT + sections)
    assert scenario.base_load_kw_per_vehicle * scenario.fleet_size == pytest.approx(50.0)
    assert scenario.pv_kwp_per_vehicle * scenario.fleet_size == pytest.approx(100.0)
    # Four o'clock has passed at the start: the event is that of the next day.
    assert (scenario.event_start, scenario.event_reduction) == ("2022-01-18T04:00", 0.35)


def test_every_issue_comes_at_once_with_its_line(tmp_path: Path) -> None:
    text = (
        SHORT.replace("15", "[15]").replace("day: 17", "day: 31\nspawn_multiplyer: 5").replace("month: 1", "month: 2.5")
    )
    assert list_issues(tmp_path, text.replace("True", '"yes"')) == [
        "line 1: timescale: must be a whole number, not a list",
        "line 4: month: must be a whole number, not 2.5",
        "line 8: v2g_enabled: must be True or False, not yes",
        "line 6: spawn_multiplyer: is no key of EV2Gym; did you mean spawn_multiplier?",
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: &a [1]\nb: [*a, *a]\n", "aliases"),
        ("a: &a {x: 1}\n<<: *a\n", "aliases"),
        ("timescale: !!python/object/apply:os.system [echo]\n", "could not determine a constructor"),
        ("a: " + "[" * 5000, "more than 10 levels"),
        ("a: " + "{a: " * 5000, "more than 10 levels"),
        ("timescale: " + "9" * 5000, "must be plain YAML"),
        ("timescale: 2022-02-31\n", "must be plain YAML"),
        ("- 1\n- 2\n", "must be EV2Gym's configuration"),
        ("", "must be EV2Gym's configuration"),
        ("text", "must be EV2Gym's configuration"),
        ("a: 1\n---\nb: 2\n", "must be plain YAML"),
        ("a: 1\n\tb: 2\n", "must be plain YAML"),
        ("a: \x00", "must be plain YAML"),
        ("timescale: 15\ntimescale: 30\n", "occurs twice"),
    ],
)
def test_hostile_yaml_gets_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    (issue,) = list_issues(tmp_path, text)
    assert sentence in issue
    assert len(issue) < 400
    assert "\n" not in issue


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("timescale: 1e400", "timescale: must be a whole number"),
        ("simulation_length: " + "9" * 400, "simulation_length: must be from 1 to 5e+06, not a very large number"),
        ("number_of_charging_stations: .inf", "number_of_charging_stations: must be a whole number, not inf"),
        ("spawn_multiplier: .nan", "spawn_multiplier: must be from 1e-06 to 1e+06, not nan"),
        ("year: [2022]", "year: must be a whole number, not a list"),
        ("v2g_enabled: 1", "v2g_enabled: must be True or False, not 1"),
        ("day: 2022-01-17", "day: must be a whole number, not an object"),
        ("scenario: GF", "scenario: must be one of private, public, workplace"),
        ('ev_specs_file: "a\\0b"', "ev_specs_file: must be a text"),
        ("ev_specs_file: nowhere.json", "ev_specs_file: file: "),
        ("charging_network_topology: nowhere.json", "charging_network_topology: "),
        ("ev: {min_battery_capacity: 900}", "ev.min_battery_capacity: 900 kWh are more than the mean battery holds"),
        ("ev: 5", "is no section"),
    ],
)
def test_a_wrong_value_gets_a_sentence_with_its_key(tmp_path: Path, line: str, sentence: str) -> None:
    key = line.split(":", maxsplit=1)[0]
    text = re.sub(rf"^{key}:.*\n", "", SHORT, flags=re.MULTILINE)
    assert any(sentence in issue for issue in list_issues(tmp_path, f"{text}{line}\n"))


def test_a_date_that_does_not_exist_is_told(tmp_path: Path) -> None:
    text = SHORT.replace("day: 17", "day: 31").replace("month: 1", "month: 2")
    assert list_issues(tmp_path, text) == ["line 5: day: is no day of that month"]


@pytest.mark.parametrize(
    ("topology", "sentence"),
    [
        ("[1]", "must name a JSON file with transformers"),
        ("{", "must name a JSON file with transformers"),
        ("{}", "at least one charging station"),
        ('{"0": {"max_power": "x", "charging_stations": {"0": 5}}}', "max_power: must be a number, not x"),
        ('{"0": {"max_power": 9, "charging_stations": {"0": {"voltage": 400}}}}', "max_charge_current: is missing"),
    ],
)
def test_a_wrong_topology_is_told(tmp_path: Path, topology: str, sentence: str) -> None:
    (tmp_path / "topology.json").write_text(topology, encoding="utf-8")
    text = SHORT + "charging_network_topology: topology.json\n"
    assert any(sentence in issue for issue in list_issues(tmp_path, text))


def test_the_commands_take_a_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "config.yml"
    path.write_text(SHORT, encoding="utf-8")
    main(["validate", str(path)])
    assert "valid (EV2Gym's configuration)" in capsys.readouterr().out
    main(["simulate", str(path), "--strategy", "uncontrolled", "--json"])
    printed = capsys.readouterr()
    assert "note: assumed: prices" in printed.err
    assert '"kpis"' in printed.out
    path.write_text(SHORT + "scenario: GF\n", encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["validate", str(path)])
    assert "scenario: must be one of" in capsys.readouterr().out


def test_without_pyyaml_a_sentence_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ev2gym_dashboard.integrations.ev2gym.yaml_text.find_spec", lambda _: None)
    assert list_issues(tmp_path, SHORT) == [
        "file: cannot be read: YAML needs PyYAML, pip install 'ev2gym-dashboard[ev2gym]'"
    ]


def test_the_run_of_a_configuration_charges_its_fleet(tmp_path: Path) -> None:
    result = simulate(read(tmp_path, SHORT))
    assert len(result.series) == 96
    assert result.series["g2v_kw"].sum() > 0.0
