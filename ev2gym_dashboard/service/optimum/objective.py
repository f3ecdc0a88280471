"""Objective of a scenario: the prices by which a run is judged, which the scenario declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.optimum.objective import KG_PER_TONNE, OBJECTIVE_PRICES, Objective
from ev2gym_dashboard.core.schema import Issue, check_names
from ev2gym_dashboard.service.simulation.end_settlement import compute_given_wear_mad_kwh, compute_owed_rates

Prices = Mapping[str, float | str]
"""Prices of the objective by name, see `OBJECTIVE_PRICES`."""


def make_objective(engine: Engine, prices: Prices) -> Objective:
    """Return the objective of a run: the prices of its scenario, but for those that are given.

    Parameters
    ----------
    engine : engine at the end of a run
    prices : those that differ from the scenario's, which `check_prices` has checked

    Notes
    -----
    A kWh given back costs the wear of `compute_given_wear_mad_kwh`. What the batteries owe at the end costs its
    purchase alone, so that no wear counts twice.
    """
    scenario = engine.scenario
    declared = {name: getattr(scenario, name) for name in OBJECTIVE_PRICES}
    numbers = _keep_numbers(declared) | _keep_numbers(prices)
    rates = compute_owed_rates(engine)
    default = Objective(
        v2g_wear_mad_kwh=compute_given_wear_mad_kwh(engine),
        unserved_mad_kwh=scenario.unserved_mad_kwh,
        owed_mad_kwh=rates.energy_mad + rates.co2_kg * numbers["co2_mad_t"] / KG_PER_TONNE,
    )
    return replace(default, **numbers)


def _keep_numbers(prices: Prices) -> dict[str, float]:
    """Return the prices that are no word, such as "auto"."""
    return {name: value for name, value in prices.items() if not isinstance(value, str)}


def check_prices(prices: Mapping[str, object]) -> list[Issue]:
    """Return an issue for each price that is none of the objective, or out of its bounds."""
    known = [(name, value) for name, value in prices.items() if name in OBJECTIVE_PRICES]
    issues = [issue for name, value in known for issue in OBJECTIVE_PRICES[name].check(name, value)]
    return check_names(prices, OBJECTIVE_PRICES) + issues
