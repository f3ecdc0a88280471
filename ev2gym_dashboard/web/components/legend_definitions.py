"""Definitions of the entries of the legends, from the tables of the recorded series where they show one."""

from __future__ import annotations

from collections.abc import Mapping

from ev2gym_dashboard.core.engine.recorder import COLUMNS
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import N_

PEAK = N_("hours of the tariff's peak period (HP)")
WITHOUT_V2G = N_("the same strategy on the same arrivals, without V2G")
UNCONTROLLED = N_("the same arrivals, each charged at full power from its plug-in on, without V2G")
ALTERNATIVE = N_("net power of the fleet under the second strategy, on the same arrivals")
THIS_RUN = N_("the run on this page, summed from its first step")
MODE_COUNTS = {"g2v": COLUMNS["n_charging"], "v2g": COLUMNS["n_discharging"], "idle": COLUMNS["n_idle"]}
FLOWS = {"g2v": COLUMNS["g2v_kw"], "v2g": COLUMNS["v2g_kw"]}
PRICE = {"price": COLUMNS["price_mad_kwh"], "peak": PEAK}
TOTALS = {"net": THIS_RUN, "without-v2g": WITHOUT_V2G, "uncontrolled": UNCONTROLLED}
LEGEND_DEFINITIONS: Mapping[str, Mapping[str, str]] = {
    ids.POWER: FLOWS | {"net": COLUMNS["net_power_kw"], "alternative": ALTERNATIVE} | PRICE,
    ids.MODES: MODE_COUNTS | {"waiting": COLUMNS["n_waiting"], "soc": COLUMNS["soc_mean"]},
    ids.SOC_HISTOGRAM: MODE_COUNTS,
    ids.SITE_LOAD: {
        "base": COLUMNS["base_load_kw"],
        "net": COLUMNS["net_load_kw"],
        "without-v2g": WITHOUT_V2G,
        "uncontrolled": UNCONTROLLED,
        "v2g": COLUMNS["v2g_kw"],
        "sun": COLUMNS["solar_kw"],
        "limit": COLUMNS["limit_kw"],
        "event": N_("the same run without the demand-response event"),
    }
    | PRICE,
    ids.SITE_PRICES: FLOWS,
    ids.SITE_COST: TOTALS,
    ids.SITE_CO2: TOTALS,
    ids.AHEAD: PRICE
    | {
        "v2g": N_("hours in which the strategy lets vehicles give energy back"),
        "sun": COLUMNS["solar_kw"],
        "plan": N_("load that the plan of the strategy foresees"),
        "shadow-price": N_("cost of one more kWh in the plan, at each hour"),
    },
    ids.VEHICLE_HISTORY: {
        "soc": N_("state of charge of the battery; on the road, the last known one"),
        "target": N_("SOC that the driver needs at the departure"),
        "reserve": N_("SOC below which the vehicle gives nothing back"),
        "below": N_("SOC below which the plan of the strategy charges"),
        "above": N_("SOC above which the plan of the strategy gives back"),
        "g2v": N_("charging power of the vehicle, mean over the step"),
        "v2g": N_("discharging power of the vehicle, mean over the step"),
        "stay": N_("time with a plug at an EVSE"),
        "wait": N_("time at the site without a free EVSE"),
    },
}
"""The meaning of each entry (msgids), by chart and key of the entry."""
