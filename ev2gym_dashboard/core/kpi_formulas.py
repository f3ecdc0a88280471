"""Formula and sign of every KPI, for documentation, headings and tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

NOT_NEGATIVE: Final = "≥ 0"


@dataclass(frozen=True)
class KpiFormula:
    """How a KPI is computed, and what its sign means.

    Parameters
    ----------
    text : formula (msgid); ``Σ`` sums over the steps of the run, ``Δt`` is the length of a step [h], and names in
        backquotes are series or other KPIs
    sign : `NOT_NEGATIVE`, or the meaning of a positive value
    """

    text: str
    sign: str = NOT_NEGATIVE


KPI_FORMULAS: dict[str, KpiFormula] = {
    # Total and its parts
    "total_mad": KpiFormula(
        "`cost_mad` + `wear_mad` + `owed_mad` + `owed_wear_mad` + `unserved_mad`", "> 0: the run costs money"
    ),
    "cost_mad": KpiFormula(
        "`import_cost_mad` - `export_credit_mad` + `fixed_mad` + `excess_mad`", "> 0: the site pays"
    ),
    "import_cost_mad": KpiFormula("Σ import x price x Δt; under tiers at the mean price of the month's import"),
    "export_credit_mad": KpiFormula("Σ export x price of export x Δt"),
    "fixed_mad": KpiFormula("Fixed charge of the subscribed power x hours of the run / hours of the year"),
    "excess_mad": KpiFormula(
        "Σ over months: metered peak above the subscribed power x fixed charge of a month x assumed factor"
    ),
    "wear_mad": KpiFormula("`calendar_mad` + `cyclic_mad`"),
    "calendar_mad": KpiFormula("Σ over vehicles: capacity lost with time x pack price / loss at the end of life"),
    "cyclic_mad": KpiFormula("Σ over vehicles: capacity lost by cycling x pack price / loss at the end of life"),
    "raw_total_mad": KpiFormula("`cost_mad` + `wear_mad` + `unserved_mad`", "> 0: the run costs money"),
    "owed_mad": KpiFormula(
        "`owed_import_kwh` x lowest price of the 24 h after the end; under tiers at the tier of the expected import",
        "> 0: less is stored than at the start",
    ),
    "owed_wear_mad": KpiFormula(
        "`owed_kwh` x cyclic wear of charging a kWh, at the depth of the mean drive",
        "> 0: less is stored than at the start",
    ),
    "owed_kwh": KpiFormula(
        "Energy in all batteries at the start less at the end", "> 0: less is stored than at the start"
    ),
    "owed_import_kwh": KpiFormula(
        "`owed_kwh` / mean charging efficiency of the site's EVSEs", "> 0: less is stored than at the start"
    ),
    "owed_co2_kg": KpiFormula(
        "`owed_import_kwh` x mean CO2 factor of the hours with that price", "> 0: less is stored than at the start"
    ),
    "unserved_mad": KpiFormula("`unserved_kwh` x assumed price of unserved energy"),
    "plug_in_bonus_mad": KpiFormula(
        "Σ over vehicles: hours plugged in x bonus, at most the cap of a month x length of the run in months"
    ),
    "service_mad": KpiFormula("`offered_kwh` x service payment"),
    "offered_kwh": KpiFormula(
        "Σ V2G ratings of the plugged-in vehicles at their EVSEs x Δt, in the steps in which the strategy may use V2G"
    ),
    # Peaks, connection and subscription
    "peak_kw": KpiFormula("Largest net power of the fleet (G2V - V2G), mean over a step", "> 0: the fleet draws"),
    "valley_kw": KpiFormula("Smallest net power of the fleet (G2V - V2G), mean over a step", "< 0: the fleet feeds"),
    "site_peak_kw": KpiFormula("Largest net load at the meter, mean over a step", "> 0: the site imports"),
    "site_valley_kw": KpiFormula("Smallest net load at the meter, mean over a step", "< 0: the site exports"),
    "load_factor": KpiFormula("Mean net load / `site_peak_kw`", "> 0: the site imports"),
    "overload_kw": KpiFormula("Largest net load above the connection limit"),
    "overload_kwh": KpiFormula("Σ net load above the connection limit x Δt"),
    "needed_connection_kva": KpiFormula("Largest |net load| of the same run without a connection limit / power factor"),
    "rebound_kw": KpiFormula(
        "Highest net load in the 6 h after an end of V2G, less that of the run without V2G; the largest of all ends"
    ),
    "site_cap_kw": KpiFormula("Site cap in force; 0 without one"),
    "subscription_kva": KpiFormula("Subscribed power: a number, that of the connection, or the peak of a year"),
    "metered_peak_kva": KpiFormula("Largest mean net import over a metering interval / power factor"),
    "needed_subscription_kva": KpiFormula("`metered_peak_kva`, rounded up to 1 kVA; 0 without a demand charge"),
    "subscription_mad_year": KpiFormula("`needed_subscription_kva` x fixed charge per kVA and year"),
    # Investment: declared prices, lifetime and discount rate; the run stands for the year
    "total_mad_year": KpiFormula(
        "`total_mad` x 365 / days of the run + (`evse_capex_mad` + `connection_capex_mad`) / present value of 1 MAD a "
        "year",
        "> 0: the site costs money",
    ),
    "evse_capex_mad": KpiFormula("Σ over EVSEs: rated power x price per kW + `bidirectional_capex_mad`"),
    "bidirectional_capex_mad": KpiFormula("Σ over bidirectional EVSEs: rated power x additional price per kW"),
    "connection_capex_mad": KpiFormula("Power that the connection carries x price per kVA"),
    "ev_cost_mad": KpiFormula("`cost_mad` - `base_cost_mad`", "> 0: the EVs cost money; < 0: V2G earns more"),
    "base_cost_mad": KpiFormula(
        "Bill of the base load less PV output alone, with its own tiers, peak and, if auto, subscription",
        "> 0: the site pays",
    ),
    # Energy
    "import_kwh": KpiFormula("Σ import at the meter x Δt"),
    "export_kwh": KpiFormula("Σ export at the meter x Δt"),
    "g2v_kwh": KpiFormula("Σ power of the charging vehicles x Δt, at the EVSEs"),
    "v2g_kwh": KpiFormula("Σ power of the discharging vehicles x Δt, at the EVSEs"),
    "loss_kwh": KpiFormula("`charge_loss_kwh` + `discharge_loss_kwh`"),
    "charge_loss_kwh": KpiFormula("Σ losses of charging x Δt"),
    "discharge_loss_kwh": KpiFormula("Σ losses of discharging x Δt"),
    "driven_kwh": KpiFormula("Σ energy driven by the vehicles that arrived"),
    "unserved_kwh": KpiFormula("Σ over departures: energy missing to the target SOC less 0.5%, or to the stay's reach"),
    "n_departures": KpiFormula("Number of stays that ended"),
    "share_at_target": KpiFormula("Departures without missing energy / `n_departures`; 1 without departures"),
    "soc_mean": KpiFormula("Mean SOC of all vehicles at the end"),
    # Sun and CO2
    "self_consumption": KpiFormula("1 - (exported + curtailed PV energy) / PV energy; 1 without PV"),
    "ev_surplus_share": KpiFormula("Energy charged up to the surplus (PV - base load) of its step / `g2v_kwh`"),
    "surplus_kwh": KpiFormula("Σ (PV output - base load, at least 0) x Δt"),
    "curtailed_kwh": KpiFormula("Σ PV power that neither the site nor the connection can take x Δt"),
    "co2_kg": KpiFormula("Σ import x CO2 factor of the grid x Δt; PV counts as 0"),
    # Wear
    "calendar_loss": KpiFormula("Mean over vehicles: share of the capacity lost with time"),
    "cyclic_loss": KpiFormula("Mean over vehicles: share of the capacity lost by cycling"),
    "cycled_kwh": KpiFormula("Half of the energy into and out of the batteries while plugged in"),
    "wear_mad_kwh": KpiFormula("`cyclic_mad` / `cycled_kwh`; 0 before cycling"),
    "cycle_life": KpiFormula(
        "Full cycles until the loss at the end of life at the run's pace: pack price / `wear_mad_kwh`; 0 before cycling"
    ),
    # Value of V2G: the run against the same strategy without V2G
    "v2g_net_mad": KpiFormula(
        "`v2g_bill_mad` + `v2g_stored_mad` - `v2g_wear_mad` - `v2g_owed_wear_mad` - `v2g_unserved_mad` + "
        "`v2g_service_mad`",
        "> 0: V2G pays; against the strategy without V2G",
    ),
    "v2g_npv_mad": KpiFormula(
        "`v2g_net_mad` x 365 / days of the run x present value of 1 MAD a year - `bidirectional_capex_mad`",
        "> 0: V2G pays for bidirectional EVSEs",
    ),
    "v2g_bill_mad": KpiFormula("`cost_mad` without V2G less with V2G", "> 0: V2G lowers the bill"),
    "v2g_stored_mad": KpiFormula("`owed_mad` without V2G less with V2G", "> 0: more is stored with V2G"),
    "v2g_wear_mad": KpiFormula("`v2g_calendar_mad` + `v2g_cyclic_mad`", "> 0: V2G adds wear"),
    "v2g_calendar_mad": KpiFormula(
        "`calendar_mad` with V2G less without it", "> 0: V2G adds wear; < 0: emptier packs age less with time"
    ),
    "v2g_cyclic_mad": KpiFormula("`cyclic_mad` with V2G less without it", "> 0: V2G adds wear"),
    "v2g_owed_wear_mad": KpiFormula("`owed_wear_mad` with V2G less without it", "> 0: less is stored with V2G"),
    "v2g_unserved_mad": KpiFormula("`unserved_mad` with V2G less without it", "> 0: more is unserved with V2G"),
    "v2g_service_mad": KpiFormula("`service_mad` with V2G less without it"),
    "v2g_cycled_kwh": KpiFormula("`cycled_kwh` with V2G less without it", "> 0: V2G cycles the batteries more"),
    "v2g_loss_mad": KpiFormula(
        "(`loss_kwh` with V2G less without it) x lowest price; contained in the bill", "> 0: V2G adds losses"
    ),
    "v2g_spread_mad_kwh": KpiFormula(
        "Mean price that V2G saved or earned, the highest price without any, less lowest cost of charging so far",
        "< 0: exported for less than it cost",
    ),
    "v2g_breakeven_mad_kwh": KpiFormula(
        "Lowest cost of charging x (1 / round-trip efficiency - 1) + `v2g_wear_mad` / `v2g_kwh`",
        "> 0: V2G needs a spread",
    ),
    # Demand response: the run against the same run without the event
    "event_response_kwh": KpiFormula("Σ net load without the event less with it x Δt, in the event", "> 0: less load"),
    "event_rebound_kwh": KpiFormula(
        "Σ net load with the event less without it x Δt, in the 36 h after the event", "> 0: more load"
    ),
    # Schedule: the net power of the fleet against its setpoints, in the steps that have one
    "schedule_error_kwh": KpiFormula("Σ |fleet power - setpoint| x Δt, in the steps with a setpoint"),
    "schedule_rms_kw": KpiFormula(
        "Root of the mean of (fleet power - setpoint)² over the steps with a setpoint; of several sites, their sum"
    ),
    "schedule_mad": KpiFormula(
        "Energy above the schedule x its price + energy below it x its price; not part of the total cost"
    ),
    "schedule_response_kwh": KpiFormula(
        "Σ fleet power without the schedule less with it x Δt, in the steps with a setpoint", "> 0: less load"
    ),
    "schedule_rebound_kwh": KpiFormula(
        "Σ fleet power with the schedule less without it x Δt, in all other steps", "> 0: more load"
    ),
}
"""Formula of every KPI by name."""

KPI_SUMS: dict[str, dict[str, float]] = {
    "total_mad": {"raw_total_mad": 1, "owed_mad": 1, "owed_wear_mad": 1},
    "cost_mad": {"import_cost_mad": 1, "export_credit_mad": -1, "fixed_mad": 1},
    "ev_cost_mad": {"cost_mad": 1, "base_cost_mad": -1},
    "loss_kwh": {"charge_loss_kwh": 1, "discharge_loss_kwh": 1},
    "wear_mad": {"calendar_mad": 1, "cyclic_mad": 1},
    "v2g_wear_mad": {"v2g_calendar_mad": 1, "v2g_cyclic_mad": 1},
    "raw_total_mad": {"cost_mad": 1, "wear_mad": 1, "unserved_mad": 1, "plug_in_bonus_mad": -1, "service_mad": -1},
    "v2g_net_mad": {
        "v2g_bill_mad": 1,
        "v2g_stored_mad": 1,
        "v2g_wear_mad": -1,
        "v2g_owed_wear_mad": -1,
        "v2g_unserved_mad": -1,
        "v2g_service_mad": 1,
    },
}
"""KPIs that are the sum of others, each with its factor: a run fulfils them up to rounding."""
