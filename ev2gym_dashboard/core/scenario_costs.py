"""Declared fields of a `Scenario` on money: wear, investment, missing energy, and the prices of the objective."""

from __future__ import annotations

from dataclasses import dataclass

from ev2gym_dashboard.core.scenario_options import (
    ANY_PLAN,
    AUTO,
    BATTERIES,
    CAP_OFF,
    CHEMISTRIES,
    COSTS,
    NMC,
    OBJECTIVE,
    PLAN_PURPOSES,
    PRICES,
)
from ev2gym_dashboard.core.schema import declare_choice, declare_quantity

MAX_PRICE = 1e6


@dataclass(frozen=True)
class CostFields:
    """Prices of wear, investment and missing energy."""

    pack_price_mad_kwh: float = declare_quantity(
        990.0, "MAD/kWh", 0.0, 100_000.0, "Battery pack price, for the cost of wear", group=BATTERIES
    )
    end_of_life_loss: float = declare_quantity(
        0.2, "", 0.01, 1.0, "Capacity loss at the end of a battery pack's life", group=BATTERIES
    )
    battery_chemistry: str = declare_choice(
        NMC, CHEMISTRIES, "Chemistry of the battery packs, for the law of their wear", group=BATTERIES
    )
    cell_temperature_c: float = declare_quantity(
        25.0, "°C", 0.0, 60.0, "Temperature of the cells, for calendar wear", group=BATTERIES
    )
    declared_cycle_life: float | str = declare_quantity(
        AUTO,
        "",
        100.0,
        100_000.0,
        "Full cycles to the end of a pack's life; auto: the law of the chemistry",
        group=BATTERIES,
    )

    # The sources of these six stand in docs/compare.md and in the notes of the site page.
    evse_ac_capex_mad_kw: float = declare_quantity(
        1200.0,
        "MAD/kW",
        0.0,
        100_000.0,
        "Price of an AC EVSE, per kW; its installation is assumed to be part of it (Vital Energy Maroc, 2023)",
        group=COSTS,
    )
    evse_dc_capex_mad_kw: float = declare_quantity(
        12_750.0,
        "MAD/kW",
        0.0,
        100_000.0,
        "Price of a DC EVSE with its installation, per kW (US Department of Energy, 2017)",
        group=COSTS,
    )
    bidirectional_capex_mad_kw: float = declare_quantity(
        2500.0,
        "MAD/kW",
        0.0,
        100_000.0,
        "Assumption: additional price of a bidirectional EVSE, per kW; 4,200 for one with DC in 2020 (Wallbox)",
        group=COSTS,
    )
    connection_capex_mad_kva: float = declare_quantity(
        800.0,
        "MAD/kVA",
        0.0,
        100_000.0,
        "Assumption: price of the connection, per kVA that it carries; 770 in Italy, no price of Morocco was found",
        group=COSTS,
    )
    investment_years: int = declare_quantity(
        10, "years", 1, 50, "Assumption: lifetime of the EVSEs and of the connection", group=COSTS
    )
    discount_rate: float = declare_quantity(
        0.04,
        "",
        0.0,
        1.0,
        "Real discount rate of the investment, per year: loans for equipment less inflation (Bank Al-Maghrib, 2025)",
        group=COSTS,
    )

    unserved_mad_kwh: float = declare_quantity(
        5.0,
        "MAD/kWh",
        0.0,
        1000.0,
        "Price of energy missing to the target at a departure, counted in the total cost",
        group=COSTS,
    )


@dataclass(frozen=True)
class IncomeFields:
    """Payments that do not depend on the energy: for being plugged in, and for offered V2G power."""

    plug_in_bonus_mad_h: float = declare_quantity(
        0.0, "MAD/h", 0.0, 1000.0, "Plug-in bonus per vehicle and hour plugged in", group=PRICES
    )
    plug_in_bonus_cap_mad_month: float | str = declare_quantity(
        CAP_OFF, "MAD", 0.0, MAX_PRICE, "Highest plug-in bonus per vehicle and month; off: none", group=PRICES
    )
    service_mad_kw_h: float = declare_quantity(
        0.0, "MAD/kW/h", 0.0, 1000.0, "Service payment per kW and hour of V2G power offered", group=PRICES
    )


@dataclass(frozen=True)
class ObjectiveFields:
    """Prices of the objective by which the optimum and the strategies are judged; no strategy sees them."""

    v2g_wear_mad_kwh: float | str = declare_quantity(
        AUTO,
        "MAD/kWh",
        0.0,
        MAX_PRICE,
        "Objective: wear per kWh given back; auto: the cyclic wear of two half cycles",
        group=OBJECTIVE,
    )
    owed_mad_kwh: float | str = declare_quantity(
        AUTO,
        "MAD/kWh",
        0.0,
        MAX_PRICE,
        "Objective: value of the energy owed at the end; auto: its purchase",
        group=OBJECTIVE,
    )
    calendar_share: float = declare_quantity(
        1.0,
        "",
        0.0,
        1.0,
        "Objective: share of the calendar wear that counts, which rises with the SOC",
        group=OBJECTIVE,
    )
    co2_mad_t: float = declare_quantity(0.0, "MAD/t", 0.0, MAX_PRICE, "Objective: price of CO2", group=OBJECTIVE)
    peak_mad_kw: float = declare_quantity(
        0.0, "MAD/kW", 0.0, MAX_PRICE, "Objective: price of the peak, beyond the demand charge", group=OBJECTIVE
    )
    plan_purpose: str = declare_choice(
        ANY_PLAN, PLAN_PURPOSES, "Plan of the optimum, among those that cost at most 0.01% more", group=OBJECTIVE
    )
