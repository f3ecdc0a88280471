"""Main assumptions of the figures: those of docs/assumptions.md, shortened (msgids)."""

from __future__ import annotations

from collections.abc import Mapping

from ev2gym_dashboard.web.i18n import N_

ASSUMPTIONS: Mapping[str, str] = {
    N_("V2G in the 2024 catalog"): N_(
        "Every model discharges there: a hypothesis of EV2Gym’s authors; most of these models are not sold with V2G "
        "today."
    ),
    N_("Registrations are Dutch"): N_("They determine the mix of the fleet; it is not that of Morocco."),
    N_("Arrival hours, stays and energy are Dutch"): N_(
        "ElaadNL’s tables for home, public and work, with a correlation of stay and energy measured in Norway."
    ),
    N_("Prices are ONEE’s"): N_(
        "Tax included, in MAD. No regulation was found that pays for energy out of vehicles: the value of V2G is "
        "avoided purchase."
    ),
    N_("The solar model is a clear sky"): N_("With an assumed cloud factor."),
    N_("Time is UTC"): N_("Morocco’s legal time since 20 September 2026."),
    N_("Losses apply in both directions"): N_(
        "By EV2Gym’s tables where a model has them, otherwise an efficiency of 0.933 in each direction."
    ),
    N_("Drivers announce their departure"): N_("They do so when they plug in, and keep to it."),
    N_("The site’s load"): N_(
        "It has the day shape measured in Tetouan in 2017; its peak, connection and PV system are sized per vehicle."
    ),
    N_("The grid emits 551 g CO2 per kWh"): N_("At all hours: shifting energy in time saves no emissions."),
    N_("Battery wear"): N_(
        "Calendar and cyclic, by Schmalstieg et al. (2014) for NMC cells or Naumann et al. (2018, 2020) for LFP cells."
    ),
}
"""The explanation of each assumption, by its title."""
