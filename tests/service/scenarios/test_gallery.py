"""Each scenario of the gallery shows what its text promises."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.scenarios.gallery import GALLERY
from ev2gym_dashboard.service.scenarios.validation import check_scenario
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.sessions.share_link import decode_share_link, encode_share_link
from ev2gym_dashboard.service.simulation.simulation import Simulation


@cache
def run(key: str, **changes: Any) -> Simulation:
    simulation = Simulation(replace(GALLERY[key].scenario, **changes))
    simulation.advance(simulation.scenario.n_steps)
    return simulation


def list_hours(simulation: Simulation) -> NDArray[np.int64]:
    """Return the hour (UTC) of each step."""
    scenario = simulation.scenario
    return np.array([scenario.get_step_time(step).hour for step in range(scenario.n_steps)])


@pytest.mark.parametrize("key", GALLERY)
def test_a_scenario_is_valid_and_fits_into_a_link(key: str) -> None:
    scenario = GALLERY[key].scenario
    assert not check_scenario(scenario)
    link = encode_share_link(RunSpec(scenario))
    assert link is not None
    assert decode_share_link(link).scenario == scenario


@pytest.mark.parametrize("key", GALLERY)
def test_a_scenario_changes_only_what_differs_from_the_default(key: str) -> None:
    entry, default = GALLERY[key], Scenario()
    assert all(getattr(entry.scenario, name) != getattr(default, name) for name in entry.changes)


def test_the_winter_evening_gives_back_in_peak_hours_and_charges_at_night() -> None:
    winter = run("winter-evening")
    hours, v2g_kw, g2v_kw = list_hours(winter), winter.series("v2g_kw"), winter.series("g2v_kw")
    evening, night = (hours >= 18) & (hours < 22), hours < 6
    assert v2g_kw[evening].sum() > v2g_kw[~evening].sum()
    assert g2v_kw[night].mean() > 3.0 * g2v_kw[evening].mean()


def test_the_load_of_ramadan_is_still_high_after_midnight() -> None:
    ramadan, winter = run("ramadan-evening"), run("winter-evening")

    def at(simulation: Simulation, hour: int) -> float:
        return float(simulation.series("base_load_kw")[list_hours(simulation) == hour].mean())

    assert at(ramadan, 1) > 1.3 * at(winter, 1)
    assert at(ramadan, 20) > 1.2 * at(ramadan, 17)


def test_peak_shaving_keeps_the_load_of_the_depot_level() -> None:
    shaved, uncontrolled = run("mt-depot"), run("mt-depot", strategy="uncontrolled", v2g=False)
    assert shaved.series("net_load_kw").max() < 0.6 * uncontrolled.series("net_load_kw").max()


def test_fewer_models_have_v2g_as_it_is_sold() -> None:
    assumed, sold = (run(key).catalog.v2g_capable.sum() for key in ("winter-evening", "v2g-as-sold"))
    assert sold < assumed
    assert run("v2g-as-sold").kpis["v2g_kwh"] < run("winter-evening").kpis["v2g_kwh"]


def test_hundreds_wait_for_scarce_evses_and_miss_energy() -> None:
    scarce = run("scarce-evses")
    assert scarce.series("n_waiting").max() > 200
    assert scarce.kpis["unserved_kwh"] > 5.0 * run("winter-evening").kpis["unserved_kwh"]


def test_nearly_all_of_the_sun_is_used_under_the_solar_roof() -> None:
    assert run("solar-roof").kpis["self_consumption"] > 0.95
    assert run("solar-roof", strategy="uncontrolled", v2g=False).kpis["self_consumption"] < 0.85


def test_demand_response_lowers_the_load_and_moves_it_behind_the_event() -> None:
    event, without = run("demand-response"), run("demand-response", event_start="")
    change_kw = event.series("net_load_kw") - without.series("net_load_kw")
    hours = list_hours(event)
    assert change_kw[hours == 19].mean() < -1000.0
    assert change_kw[hours != 19].max() > 100.0


def test_the_car_of_a_household_pays_the_prices_of_the_highest_tiers() -> None:
    kpis = run("one-car").kpis
    rest_kwh = kpis["import_kwh"] - kpis["g2v_kwh"]
    rest_mad = kpis["cost_mad"] - kpis["fixed_mad"] - kpis["ev_cost_mad"]
    assert kpis["ev_cost_mad"] / kpis["g2v_kwh"] > rest_mad / rest_kwh
