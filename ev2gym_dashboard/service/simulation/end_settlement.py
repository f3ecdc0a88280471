"""Settlement of the end state: what the energy that the batteries owe at the end of a run costs to put back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.fleet.ageing import compute_loss_cost_mad
from ev2gym_dashboard.service.scenarios.battery_life import compute_cyclic_loss
from ev2gym_dashboard.service.scenarios.co2 import compute_co2_g_kwh
from ev2gym_dashboard.service.scenarios.driving import compute_driven_kwh_per_stay
from ev2gym_dashboard.service.scenarios.tariff import compute_marginal_tier_price, has_tiers

MAX_OWED_SHARE = 0.1
"""Share of a claimed difference up to which a verdict is given while energy is owed."""


@dataclass(frozen=True)
class OwedRates:
    """What a kWh that the batteries owe costs to put back; the same for all runs of a scenario at a step.

    Parameters
    ----------
    import_kwh : energy at the meter [kWh/kWh]
    energy_mad : its purchase [MAD/kWh]
    wear_mad : cyclic wear of charging it [MAD/kWh]
    co2_kg : its emissions [kg/kWh]
    """

    import_kwh: float
    energy_mad: float
    wear_mad: float
    co2_kg: float


def compute_owed_rates(engine: Engine) -> OwedRates:
    """Return the rates at which the energy owed after the steps so far is valued.

    Notes
    -----
    Nothing here depends on the strategy: equal rates keep differences and rankings of runs consistent. The energy is
    bought at the lowest price of the 24 h after the end, which every strategy could wait for, and charged with the mean
    efficiency of the site's EVSEs.
    """
    scenario = engine.scenario
    prices_mad_kwh, co2_g_kwh = _list_next_day(engine)
    lowest = prices_mad_kwh <= prices_mad_kwh.min()
    price_mad_kwh = compute_marginal_tier_price(scenario) if has_tiers(scenario) else float(prices_mad_kwh.min())
    import_kwh = 1.0 / compute_mean_charge_efficiency(engine)
    return OwedRates(
        import_kwh=import_kwh,
        energy_mad=price_mad_kwh * import_kwh,
        wear_mad=_compute_charging_wear_mad(engine),
        co2_kg=float(co2_g_kwh[lowest].mean()) / 1000.0 * import_kwh,
    )


def compute_given_wear_mad_kwh(engine: Engine) -> float:
    """Return the wear of a kWh given back at an EVSE [MAD/kWh].

    It costs the cyclic wear of what it takes from the battery, and of charging that again: both are half a cycle, at
    the depth of the mean drive.
    """
    ratings = engine.limits.ratings
    able = ratings.discharge_kw > 0.0
    efficiency = float(ratings.discharge_efficiency[able].mean()) if able.any() else 1.0
    return 2.0 * _compute_charging_wear_mad(engine) / efficiency


def compute_mean_charge_efficiency(engine: Engine) -> float:
    """Return the charging efficiency at full power, averaged over the fleet's models and the site's EVSEs."""
    ratings = engine.limits.ratings
    weights = np.outer(engine.fleet.counts, engine.installation.weights)
    weights *= ratings.reshape_by_model(ratings.charge_kw) > 0.0
    efficiency = ratings.reshape_by_model(ratings.charge_efficiency)
    # A fleet that no EVSE can charge owes energy all the same.
    return float((weights * efficiency).sum() / weights.sum()) if weights.any() else float(efficiency.mean())


def settle_end(engine: Engine, kpis: Mapping[str, float]) -> dict[str, float]:
    """Return the KPIs of the end state of a run from its other KPIs, see `compute_settlement_kpis`."""
    return compute_settlement_kpis(
        kpis,
        owed_kwh=engine.owed_kwh,
        rates=compute_owed_rates(engine),
        unserved_mad_kwh=engine.scenario.unserved_mad_kwh,
    )


def compute_settlement_kpis(
    kpis: Mapping[str, float], *, owed_kwh: float, rates: OwedRates, unserved_mad_kwh: float
) -> dict[str, float]:
    """Return the KPIs of the end state, the price of unserved energy and the total cost.

    Parameters
    ----------
    kpis : ``cost_mad``, ``wear_mad``, ``unserved_kwh``, ``plug_in_bonus_mad`` and ``service_mad`` of the run
    owed_kwh : energy that the batteries hold less than at the start; negative if they hold more [kWh]
    rates : what a kWh owed costs
    unserved_mad_kwh : price of energy missing to the target at departures [MAD/kWh]

    Notes
    -----
    Unserved energy stays missing in the battery, so that its purchase is in a later bill or among the energy owed. Its
    price is that of the service alone, and nothing is counted twice.
    """
    owed_mad, owed_wear_mad = owed_kwh * rates.energy_mad, owed_kwh * rates.wear_mad
    unserved_mad = kpis["unserved_kwh"] * unserved_mad_kwh
    spent_mad = kpis["cost_mad"] + kpis["wear_mad"] + unserved_mad
    raw_total_mad = spent_mad - kpis["plug_in_bonus_mad"] - kpis["service_mad"]
    return {
        "owed_kwh": owed_kwh,
        "owed_import_kwh": owed_kwh * rates.import_kwh,
        "owed_mad": owed_mad,
        "owed_wear_mad": owed_wear_mad,
        "owed_co2_kg": owed_kwh * rates.co2_kg,
        "unserved_mad": unserved_mad,
        "raw_total_mad": raw_total_mad,
        "total_mad": raw_total_mad + owed_mad + owed_wear_mad,
    }


def is_open(owed: float, claimed: float) -> bool:
    """Return whether what is owed is more than `MAX_OWED_SHARE` of what is claimed, in equal units."""
    return abs(owed) > MAX_OWED_SHARE * abs(claimed)


def _list_next_day(engine: Engine) -> tuple[Floats, Floats]:
    """Return the price [MAD/kWh] and the CO2 factor [g/kWh] of each step of the 24 h after the end."""
    scenario, n = engine.scenario, engine.scenario.steps_per_day
    day, step = divmod(engine.clock, n)
    prices = np.concatenate([engine.exogenous(number).price_mad_kwh for number in (day, day + 1)])[step : step + n]
    co2_g_kwh = np.broadcast_to(compute_co2_g_kwh(scenario, engine.step + n), engine.step + n)[engine.step :]
    return prices, co2_g_kwh


def _compute_charging_wear_mad(engine: Engine) -> float:
    """Return the mean cyclic wear of charging a kWh into the batteries of the fleet [MAD/kWh]."""
    scenario, fleet = engine.scenario, engine.fleet
    capacity_kwh = fleet.capacity_kwh
    # As deep as the mean drive: the depth that a run measures depends on its strategy and on the hour of its start.
    depth = np.minimum(compute_driven_kwh_per_stay(scenario) / capacity_kwh, 1.0)
    loss = compute_cyclic_loss(scenario, np.ones(len(capacity_kwh)), depth, capacity_kwh=capacity_kwh)
    cost_per_loss_mad = compute_loss_cost_mad(
        capacity_kwh, pack_price_mad_kwh=scenario.pack_price_mad_kwh, end_of_life_loss=scenario.end_of_life_loss
    )
    return float(np.average(loss * cost_per_loss_mad / capacity_kwh, weights=fleet.counts))
