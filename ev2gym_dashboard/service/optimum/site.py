"""Site of a scenario: its exogenous series and its bill as the cost of its net load."""

from __future__ import annotations

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.optimum.objective import KG_PER_TONNE, Objective
from ev2gym_dashboard.core.optimum.site_cost import SiteCost, make_step_pieces
from ev2gym_dashboard.core.scenario_options import AUTO
from ev2gym_dashboard.service.optimum.energy_price import compute_import_prices
from ev2gym_dashboard.service.optimum.power_charges import compute_standing_charges_mad, list_power_charges
from ev2gym_dashboard.service.scenarios.co2 import compute_co2_g_kwh
from ev2gym_dashboard.service.simulation.simulation import Simulation

ROUNDING_KW = 1e-6
"""Margin for the rounding errors of sums over the fleet, per kW."""


def make_site_cost(
    simulation: Simulation, objective: Objective, *, charge_kw: Floats, give_kw: Floats
) -> tuple[SiteCost, Floats]:
    """Return the cost of the net load, and the price of import, (steps,) [MAD/kWh].

    Parameters
    ----------
    simulation : a run of the scenario at its end
    objective : prices of CO2 and peak
    charge_kw, give_kw : ratings of all plugged-in vehicles, (steps,) [kW]
    """
    scenario = simulation.scenario
    series = {name: simulation.series(name) for name in _SERIES}
    other_kw, limit_kw = series["base_load_kw"] - series["solar_kw"], series["limit_kw"]
    margin_kw = ROUNDING_KW * (1.0 + np.abs(other_kw) + charge_kw + give_kw)
    # Charging stays within the connection unless the other load alone exceeds it; V2G cannot export more either.
    highest_kw = np.minimum(other_kw + charge_kw, np.maximum(limit_kw, other_kw)) + margin_kw
    lowest_kw = np.maximum(other_kw - give_kw, np.minimum(-limit_kw, other_kw)) - margin_kw
    ranges_kwh = {
        name: np.maximum(kw, 0.0) * scenario.timestep_h
        for name, kw in (("lowest_kwh", lowest_kw), ("highest_kwh", highest_kw), ("usual_kwh", series["import_kw"]))
    }
    price_mad_kwh, constant_mad = compute_import_prices(scenario, series["price_mad_kwh"], **ranges_kwh)
    co2_mad_kwh = compute_co2_g_kwh(scenario, len(other_kw)) / KG_PER_TONNE * objective.co2_mad_t / KG_PER_TONNE
    import_mad_kwh = price_mad_kwh + co2_mad_kwh
    lowest_mad_h, width_kw, piece_mad_kwh = make_step_pieces(
        import_mad_kwh=import_mad_kwh,
        export_mad_kwh=series["export_mad_kwh"],
        limit_kw=limit_kw,
        lowest_kw=lowest_kw,
        highest_kw=highest_kw,
    )
    # An automatic subscription would simulate a year, and is not used.
    subscribed_kva = 0.0 if scenario.subscribed_kva == AUTO else simulation.subscribed_kva
    site = SiteCost(
        other_load_kw=other_kw,
        lowest_kw=lowest_kw,
        lowest_mad_h=lowest_mad_h,
        width_kw=width_kw,
        price_mad_kwh=piece_mad_kwh,
        charges=list_power_charges(
            scenario, len(other_kw), subscribed_kva=subscribed_kva, peak_mad_kw=objective.peak_mad_kw
        ),
        fixed_mad=constant_mad + compute_standing_charges_mad(scenario, len(other_kw), subscribed_kva=subscribed_kva),
        timestep_h=scenario.timestep_h,
    )
    return site, import_mad_kwh


_SERIES = ("base_load_kw", "solar_kw", "limit_kw", "import_kw", "price_mad_kwh", "export_mad_kwh")
