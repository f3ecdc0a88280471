"""Investment: capital of EVSEs and connection, its yearly cost, and the net present value of bidirectional EVSEs."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.fleet.installation import install_evses
from ev2gym_dashboard.core.scenario import Scenario

DAYS_PER_YEAR = 365.0


def compute_present_value_factor(scenario: Scenario) -> float:
    """Return the present value of one MAD at the end of each year of the lifetime [MAD]."""
    rate, years = scenario.discount_rate, scenario.investment_years
    # 1 + rate has no digits of a tiny rate, such as the 1e-17 that a series of floats has in place of 0.
    return -math.expm1(-years * math.log1p(rate)) / rate if rate > 0.0 else float(years)


def compute_capex(scenario: Scenario) -> dict[str, float]:
    """Return the capital by KPI: all EVSEs, what bidirectional ones add to it, and the connection [MAD]."""
    installed = install_evses(scenario)
    rated_kw: Floats = installed.counts * np.array([kind.evse.power_kw for kind in installed.kinds])
    # An EVSE without phases gives direct current.
    is_dc = np.array([kind.evse.phases == 0 for kind in installed.kinds])
    price_mad_kw = np.where(is_dc, scenario.evse_dc_capex_mad_kw, scenario.evse_ac_capex_mad_kw)
    both_ways_kw = float(rated_kw[[kind.bidirectional for kind in installed.kinds]].sum())
    added_mad = both_ways_kw * scenario.bidirectional_capex_mad_kw
    return {
        "evse_capex_mad": float(rated_kw @ price_mad_kw) + added_mad,
        "bidirectional_capex_mad": added_mad,
        "connection_capex_mad": scenario.connection_kva * scenario.connection_capex_mad_kva,
    }


def compute_investment_kpis(scenario: Scenario, kpis: Mapping[str, float], *, n_steps: int) -> dict[str, float]:
    """Return the KPIs of the investment.

    Parameters
    ----------
    scenario : Scenario
    kpis : ``total_mad`` and ``v2g_net_mad`` of the run
    n_steps : steps of the run so far

    Notes
    -----
    The run stands for the year: its costs are scaled by its length. A single day of winter is no year.
    """
    capex = compute_capex(scenario)
    runs_per_year = DAYS_PER_YEAR * scenario.steps_per_day / n_steps if n_steps else 0.0
    factor = compute_present_value_factor(scenario)
    capital_mad = capex["evse_capex_mad"] + capex["connection_capex_mad"]
    return capex | {
        "total_mad_year": kpis["total_mad"] * runs_per_year + capital_mad / factor,
        "v2g_npv_mad": kpis["v2g_net_mad"] * runs_per_year * factor - capex["bidirectional_capex_mad"],
    }


def compute_payback_years(scenario: Scenario, kpis: Mapping[str, float]) -> float | None:
    """Return the years after which V2G has paid for bidirectional EVSEs, without discounting; None if it never does."""
    capex_mad = kpis["bidirectional_capex_mad"]
    saved_mad_year = (kpis["v2g_npv_mad"] + capex_mad) / compute_present_value_factor(scenario)
    return capex_mad / saved_mad_year if saved_mad_year > 0.0 else None
