"""Terms of the glossary: those of docs/glossary.md that the page shows, each with its meaning (msgids)."""

from __future__ import annotations

from collections.abc import Mapping

from ev2gym_dashboard.web.i18n import N_

GLOSSARY: Mapping[str, Mapping[str, str]] = {
    N_("Vehicles and EVSEs"): {
        N_("EVSE"): N_("Electric vehicle supply equipment: one plug."),
        N_("rating"): N_("The power that a model and an EVSE allow together."),
        N_("SOC"): N_("State of charge of a battery."),
        N_("target SOC"): N_("The SOC that a driver requires at departure."),
        N_("reserve SOC"): N_("The SOC below which no vehicle is discharged."),
        N_("wear"): N_("The cost of the capacity that batteries lose with time and by cycling."),
    },
    N_("Power and energy"): {
        N_("G2V, charging"): N_("Grid to vehicle: power above 0."),
        N_("V2G, discharging"): N_("Vehicle to grid: power below 0."),
        N_("idle"): N_("Plugged in with power 0."),
        N_("import, export"): N_("Energy through the meter of the site; both are 0 or more."),
        N_("owed energy"): N_("Energy that the batteries hold less at the end of a run than at its start."),
        N_("unserved energy"): N_("Energy missing at departures to the target SOC."),
    },
    N_("Site and tariff"): {
        N_("site"): N_("The installation behind one meter: EVSEs, base load, PV system."),
        N_("connection limit"): N_("The power that the connection of the site carries."),
        N_("base load"): N_("The load of the site without EVs."),
        N_("tariff"): N_("Prices by time-of-use period, tiers and fixed charge."),
        N_("poste horaire"): N_("A time-of-use period of ONEE: HP (peak), HPL (full), HC (off-peak), HN (normal)."),
        N_("subscribed power"): N_("The apparent power that the fixed charge pays for."),
        N_("rebound"): N_("The load in the 6 h after V2G above that of the run without V2G."),
        N_("demand-response event"): N_("A period with a reduced connection limit."),
    },
    N_("Decisions and runs"): {
        N_("strategy"): N_("A decision rule."),
        N_("departure guard"): N_(
            "The rule that charges a vehicle in time for its departure, whatever the strategy requests."
        ),
        N_("reason"): N_("Why a vehicle has its power in a step."),
        N_("peak shaving"): N_("Lowering the load peak of the site by discharging vehicles."),
        N_("scenario"): N_("The frozen inputs of a run."),
        N_("seed"): N_("The number that determines all random draws of a run."),
        N_("counterfactual"): N_("The same run without V2G, or with uncontrolled charging, on the same arrivals."),
        N_("total cost"): N_("Bill, wear, purchase and wear of the owed energy, and the price of unserved energy."),
        N_("saving"): N_("The KPI of a counterfactual less that of the run, each with its owed energy."),
        N_("interval"): N_("The 95% interval of a mean over seeds (Student's t)."),
    },
}
"""The meaning of each term, by section."""
