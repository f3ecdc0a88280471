"""Objective of a scenario: the prices by which a run is judged, by default those of the scenario's total cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.fleet.ageing import AGEING_LAWS, compute_loss_cost_mad
from ev2gym_dashboard.core.optimum.objective import KG_PER_TONNE, OBJECTIVE_PRICES, Objective
from ev2gym_dashboard.core.schema import Issue, check_names
from ev2gym_dashboard.service.simulation.end_settlement import compute_given_wear_mad_kwh, compute_owed_rates

TANGENT_SOC, SOC_STEP = 0.75, 1e-4
"""SOC at which the law of calendar wear is replaced by its tangent: from here on it lies below the law at any SOC, also
for LFP, whose law is a cubic about 50 %; the law of NMC is a line."""

Prices = Mapping[str, float | str]
"""Prices of the objective by name, see `OBJECTIVE_PRICES`."""


def make_objective(engine: Engine, prices: Prices) -> Objective:
    """Return the objective of a run: the prices of its scenario, but for those that are given.

    Parameters
    ----------
    engine : engine at the end of a run
    prices : those that differ, which `check_prices` has checked

    Notes
    -----
    A kWh given back costs the wear of `compute_given_wear_mad_kwh`. What the batteries owe at the end costs its
    purchase alone, so that no wear counts twice.
    """
    numbers = {name: value for name, value in prices.items() if not isinstance(value, str)}
    rates = compute_owed_rates(engine)
    default = Objective(
        wear_mad_kwh=compute_given_wear_mad_kwh(engine),
        unserved_mad_kwh=engine.scenario.unserved_mad_kwh,
        owed_mad_kwh=rates.energy_mad + rates.co2_kg * numbers.get("co2_mad_t", 0.0) / KG_PER_TONNE,
    )
    return replace(default, **numbers)


def check_prices(prices: Mapping[str, object]) -> list[Issue]:
    """Return an issue for each price that is none of the objective, or out of its bounds."""
    known = [(name, value) for name, value in prices.items() if name in OBJECTIVE_PRICES]
    issues = [issue for name, value in known for issue in OBJECTIVE_PRICES[name].check(name, value)]
    return check_names(prices, OBJECTIVE_PRICES) + issues


def compute_calendar_line(engine: Engine) -> tuple[float, float]:
    """Return a line below the cost of calendar wear: a constant, and the price of a kWh in a battery for a step.

    Returns
    -------
    constant of the whole fleet and run [MAD], and slope [MAD/kWh per step]
    """
    scenario = engine.scenario
    law, days = AGEING_LAWS[scenario.battery_chemistry], 1.0 / scenario.steps_per_day
    socs = np.array([TANGENT_SOC - SOC_STEP, TANGENT_SOC, TANGENT_SOC + SOC_STEP])
    low, loss, high = law.compute_calendar_loss(socs, days=days, temperature_c=scenario.cell_temperature_c)
    slope = (high - low) / (2.0 * SOC_STEP)
    cost_per_kwh_mad = float(
        compute_loss_cost_mad(
            np.ones(1), pack_price_mad_kwh=scenario.pack_price_mad_kwh, end_of_life_loss=scenario.end_of_life_loss
        )[0]
    )
    capacity_kwh = float(engine.fleet.capacity_kwh @ engine.fleet.counts)
    constant = (loss - slope * TANGENT_SOC) * cost_per_kwh_mad * capacity_kwh * scenario.n_steps
    return float(constant), float(slope * cost_per_kwh_mad)
