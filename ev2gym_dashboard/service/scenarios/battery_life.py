"""Battery life of a scenario: its cyclic ageing, by law or as declared, and the full cycles that a pack lasts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.fleet.ageing import AGEING_LAWS, compute_declared_cyclic_loss, compute_past_cycles
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.datasets.catalogs import load_scenario_catalog
from ev2gym_dashboard.service.scenarios.driving import compute_past_km_per_year
from ev2gym_dashboard.service.scenarios.evse_notes import Note

FULL_CYCLE_SOC = 2.0
"""SOC charged and discharged in a full cycle."""
NOTE_DEPTH = 0.4
"""Depth of discharge of the note: that of a cycled kWh in a week at home is 0.37."""


def compute_cyclic_loss(scenario: Scenario, cycled_soc: Floats, depth: Floats, *, capacity_kwh: Floats) -> Floats:
    """Return the share of the capacity that cycling takes, by the declared cycle life or by the chemistry's law.

    Parameters
    ----------
    scenario : declares chemistry, cycle life and end of life
    cycled_soc : (n,) SOC charged and discharged, both positive
    depth : (n,) depth of discharge
    capacity_kwh : (n,) size of the pack [kWh]
    """
    return make_cyclic_law(scenario, capacity_kwh=capacity_kwh)(cycled_soc, depth)


def make_cyclic_law(scenario: Scenario, *, capacity_kwh: Floats) -> Callable[[Floats, Floats], Floats]:
    """Return the function of `compute_cyclic_loss` for some packs, of which all that a run leaves alone is known."""
    if isinstance(scenario.declared_cycle_life, str):
        past_cycles = compute_past_cycles(capacity_kwh, km_per_year=compute_past_km_per_year(scenario))
        return partial(AGEING_LAWS[scenario.battery_chemistry].compute_cyclic_loss, past_cycles=past_cycles)
    cycle_life = scenario.declared_cycle_life
    return lambda cycled_soc, _depth: compute_declared_cyclic_loss(
        cycled_soc, cycle_life=cycle_life, end_of_life_loss=scenario.end_of_life_loss
    )


def compute_cycle_life(scenario: Scenario, *, depth: float, capacity_kwh: float) -> float:
    """Return the full cycles until the end of life, at the rate of loss that a run is charged.

    Parameters
    ----------
    scenario : declares chemistry, cycle life and end of life
    depth : depth of discharge
    capacity_kwh : size of the pack [kWh]
    """
    arrays = (np.array([value]) for value in (FULL_CYCLE_SOC, depth))
    loss = compute_cyclic_loss(scenario, *arrays, capacity_kwh=np.array([capacity_kwh]))
    return scenario.end_of_life_loss / float(loss[0])


def list_battery_notes(scenario: Scenario) -> list[Note]:
    """Return the law of the battery wear, and the price of a pack beside the full cycles that it lasts."""
    law = AGEING_LAWS[scenario.battery_chemistry]
    template = "Battery wear: {chemistry} cells at {temperature} °C ({source})."
    values = {"chemistry": law.name, "temperature": scenario.cell_temperature_c, "source": law.source}
    is_declared = not isinstance(scenario.declared_cycle_life, str)
    return [(template, values), _make_declared_note(scenario) if is_declared else _make_law_note(scenario)]


def format_battery_notes(scenario: Scenario) -> str:
    """Return the notes in English."""
    return " ".join(template.format(**values) for template, values in list_battery_notes(scenario))


def _make_law_note(scenario: Scenario) -> Note:
    catalog = load_scenario_catalog(scenario).catalog
    capacity_kwh = float(np.average(catalog.capacity_kwh, weights=catalog.registrations))
    template = (
        "A pack of {capacity} kWh at {price} MAD/kWh loses {loss}% of its capacity in {cycles} full cycles, at a depth "
        "of {depth}% and the pace of its third year: {wear} MAD per cycled kWh."
    )
    cycles = compute_cycle_life(scenario, depth=NOTE_DEPTH, capacity_kwh=capacity_kwh)
    values = {"capacity": round(capacity_kwh), "depth": round(100.0 * NOTE_DEPTH)}
    return template, values | _make_price_values(scenario, cycles)


def _make_declared_note(scenario: Scenario) -> Note:
    template = (
        "A pack at {price} MAD/kWh loses {loss}% of its capacity in {cycles} full cycles, as declared: {wear} MAD per "
        "cycled kWh."
    )
    return template, _make_price_values(scenario, float(scenario.declared_cycle_life))


def _make_price_values(scenario: Scenario, cycles: float) -> dict[str, float]:
    return {
        "price": scenario.pack_price_mad_kwh,
        "loss": round(100.0 * scenario.end_of_life_loss, 1),
        "cycles": round(cycles),
        "wear": round(scenario.pack_price_mad_kwh / cycles, 2),
    }
