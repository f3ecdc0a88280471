"""Driving: sessions per week and distance per year are stated, and are those of the runs."""

from __future__ import annotations

import pytest

from ev2gym_dashboard import Scenario, Simulation
from ev2gym_dashboard.core.group_lines import PLACES
from ev2gym_dashboard.core.scenario_options import STAY_MODELS
from ev2gym_dashboard.service.scenarios.driving import (
    compute_driven_kwh_per_week,
    compute_km_per_year,
    compute_mean_ev_load_kw,
    compute_sessions_per_week,
    list_driving_notes,
)
from ev2gym_dashboard.service.scenarios.evse_notes import format_note
from ev2gym_dashboard.service.scenarios.validation import check_scenario
from ev2gym_dashboard.web.i18n import format_template, get_translator

SIZE = 1500


def format_driving(scenario: Scenario) -> str:
    return " ".join(map(format_note, list_driving_notes(scenario)))


@pytest.mark.parametrize("stay_model", STAY_MODELS)
@pytest.mark.parametrize("place", PLACES)
def test_a_week_has_the_stated_sessions_and_at_most_the_stated_energy(place: str, stay_model: str) -> None:
    scenario = Scenario(
        fleet_size=SIZE, place=place, stay_model=stay_model, timestep_min=60, evse_per_vehicle=1.2, days=7.0
    )
    simulation = Simulation(scenario)
    simulation.advance(scenario.n_steps)
    departures, driven_kwh = (sum(simulation.series(name)) / SIZE for name in ("n_departures", "driven_kwh"))
    assert departures == pytest.approx(compute_sessions_per_week(scenario), rel=0.02)
    stated_kwh = compute_driven_kwh_per_week(scenario)
    # The batteries hold less than the longest trips need.
    assert 0.9 * stated_kwh < driven_kwh < stated_kwh


def test_the_defaults_have_4_9_sessions_and_a_trial_s_3_are_0_43() -> None:
    assert compute_sessions_per_week(Scenario()) == pytest.approx(4.9)
    assert compute_sessions_per_week(Scenario(place="work")) == pytest.approx(3.5)
    assert compute_sessions_per_week(Scenario(return_share=0.43)) == pytest.approx(3.0, abs=0.02)


def test_the_distance_is_that_of_the_energy() -> None:
    scenario = Scenario()
    assert compute_km_per_year(scenario) == pytest.approx(4.9 * 24.06 / 7 * 365 / 0.186, rel=1e-3)
    assert compute_km_per_year(Scenario(drive_scale=0.5)) == pytest.approx(0.5 * compute_km_per_year(scenario))
    assert compute_km_per_year(Scenario(return_share=0.0)) == 0.0


def test_the_expected_load_is_the_energy_over_the_efficiency() -> None:
    scenario = Scenario(fleet_size=10)
    expected_kw = compute_driven_kwh_per_week(scenario) * 10 / (7 * 24) / 0.933
    assert compute_mean_ev_load_kw(scenario) == pytest.approx(expected_kw)
    assert compute_mean_ev_load_kw(Scenario(evse_per_vehicle=0.0)) == 0.0


def test_the_notes_state_sessions_distance_and_a_bound_that_applies() -> None:
    text = format_driving(Scenario())
    assert text.startswith("Sessions per vehicle and week: 4.9; a trial with 700 homes (Electric Nation) had 3.")
    assert "up to 33100 km per vehicle and year at 0.186 kWh/km; battery wear assumes 33100 km" in text
    assert "A parked vehicle" not in text
    assert "at most 0.79" in format_driving(Scenario(return_share=1.0))
    assert "700 homes" not in format_driving(Scenario(place="work"))


BUS = (
    '{"Bus": {"number_of_registrations": 1, "battery_capacity": 500, "max_ac_charge_power": 0, '
    '"max_dc_charge_power": 350, "max_ac_discharge_power": 0, "max_dc_discharge_power": 350}}'
)
STAY = {"arrival": "2026-12-15T18:00Z", "departure": "2026-12-16T06:00Z", "energy_kwh": 150.0}


@pytest.mark.parametrize(
    "scenario",
    [
        Scenario(catalog_spec=BUS),
        Scenario(sessions=[STAY | {"vehicle": "bus", "capacity_kwh": 500.0, "power_kw": 150.0}]),
    ],
)
def test_vehicles_of_an_unknown_kind_are_told_their_energy_first(scenario: Scenario) -> None:
    assert check_scenario(scenario) == []
    text = format_driving(scenario)
    kwh = compute_driven_kwh_per_week(scenario) / 7 * 365
    assert f"Energy for driving: up to {round(kwh, -1):.0f} kWh per vehicle and year" in text
    assert "a bus or a truck fewer" in text
    assert "Energy for up to" not in text


def test_sessions_of_models_of_the_catalog_are_of_cars() -> None:
    scenario = Scenario(sessions=[STAY | {"vehicle": "a", "model": "Kia Niro", "energy_kwh": 20.0}])
    assert check_scenario(scenario) == []
    assert "km per vehicle and year at 0.186 kWh/km" in format_driving(scenario)


def test_the_notes_are_french_on_the_page() -> None:
    texts = [format_template(*note, get_translator("fr")) for note in list_driving_notes(Scenario(return_share=1.0))]
    assert texts[0].startswith("Sessions de recharge par véhicule et par semaine\u00a0: 5,54\u202f;")
    assert "par an" in texts[1]
    assert "n’arrive pas" in texts[2]
