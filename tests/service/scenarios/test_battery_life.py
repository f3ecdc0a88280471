"""Battery life: the full cycles of law and warranty, and their notes in every language."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.scenarios.battery_life import (
    compute_cycle_life,
    compute_cyclic_loss,
    format_battery_notes,
    list_battery_notes,
)
from ev2gym_dashboard.service.scenarios.driving import MIN_PAST_KM_PER_YEAR, compute_km_per_year
from ev2gym_dashboard.web.i18n import LANGUAGES, format_template, get_translator

SCENARIO = Scenario()


def test_the_law_of_a_60_kwh_nmc_pack_implies_about_800_full_cycles_by_hand() -> None:
    scenario = replace(SCENARIO, drive_scale=15_000.0 / compute_km_per_year(SCENARIO))
    # Two years of 15,000 km at 0.186 kWh/km are 93 full cycles of 60 kWh, 381.3 Ah through a cell of 2.05 Ah.
    beta = 7.348e-3 * (3.74555 - 3.667) ** 2 + 7.6e-4 + 4.081e-3 * 0.4
    expected = 0.2 / (beta * 0.5 * 2.0 * 2.05 / np.sqrt(381.3))
    assert expected == pytest.approx(780.0, rel=0.01)
    assert compute_cycle_life(scenario, depth=0.4, capacity_kwh=60.0) == pytest.approx(expected, rel=1e-4)


def test_a_pack_that_has_driven_four_times_as_far_loses_half_as_much_per_cycle() -> None:
    little, much = (
        compute_cycle_life(
            replace(SCENARIO, drive_scale=km / compute_km_per_year(SCENARIO)), depth=0.4, capacity_kwh=60
        )
        for km in (10_000.0, 40_000.0)
    )
    assert much == pytest.approx(2.0 * little)


def test_a_fleet_that_does_not_drive_has_a_finite_cycle_life() -> None:
    parked = compute_cycle_life(replace(SCENARIO, drive_scale=0.0), depth=0.4, capacity_kwh=60.0)
    least = replace(SCENARIO, drive_scale=MIN_PAST_KM_PER_YEAR / compute_km_per_year(SCENARIO))
    assert parked == pytest.approx(compute_cycle_life(least, depth=0.4, capacity_kwh=60.0))


def test_an_lfp_pack_lasts_some_times_the_cycles_of_an_nmc_pack() -> None:
    lfp, nmc = (
        compute_cycle_life(Scenario(battery_chemistry=key), depth=0.4, capacity_kwh=60.0) for key in ("lfp", "nmc")
    )
    assert 3.0 < lfp / nmc < 6.0


@pytest.mark.parametrize("depth", [0.1, 0.5, 1.0])
def test_a_declared_cycle_life_does_not_depend_on_depth_or_size(depth: float) -> None:
    scenario = Scenario(declared_cycle_life=3000.0)
    for capacity_kwh in (20.0, 80.0):
        assert compute_cycle_life(scenario, depth=depth, capacity_kwh=capacity_kwh) == pytest.approx(3000.0)


def test_the_cyclic_loss_of_a_full_cycle_is_the_end_of_life_loss_over_the_cycle_life() -> None:
    for scenario in (Scenario(), Scenario(battery_chemistry="lfp"), Scenario(declared_cycle_life=1500)):
        loss = compute_cyclic_loss(scenario, np.array([2.0]), np.array([0.3]), capacity_kwh=np.array([50.0]))
        cycles = compute_cycle_life(scenario, depth=0.3, capacity_kwh=50.0)
        assert loss == pytest.approx([scenario.end_of_life_loss / cycles])


def test_the_notes_state_chemistry_price_and_cycles() -> None:
    text = format_battery_notes(Scenario())
    assert text.startswith("Battery wear: NMC cells at 25.0 °C (Schmalstieg et al. 2014")
    assert "at 990.0 MAD/kWh loses 20.0% of its capacity in" in text
    declared = format_battery_notes(Scenario(battery_chemistry="lfp", declared_cycle_life=3000.0))
    assert "Naumann" in declared
    assert "3000 full cycles, as declared: 0.33 MAD per cycled kWh" in declared


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_notes_are_translated(lang: str) -> None:
    translator = get_translator(lang)
    for scenario in (Scenario(), Scenario(declared_cycle_life=3000.0)):
        for template, values in list_battery_notes(scenario):
            text = format_template(template, values, translator)
            assert (text == template.format(**values)) is False or lang == "en"
            assert "{" not in text
