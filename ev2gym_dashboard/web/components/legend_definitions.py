"""Definitions of the entries of the legends, from the tables of the recorded series where they show one."""

from __future__ import annotations

from collections.abc import Mapping

from ev2gym_dashboard.core.engine.recorder import COLUMNS
from ev2gym_dashboard.core.kpi_formulas import KPI_FORMULAS
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
WITH_V2G = N_("the strategy with V2G allowed")
OPTIMUM = N_("plan with perfect foresight at the lowest total cost, on the same arrivals")
PLANS = N_("plans with perfect foresight, none of which costs less without more of the other goal")
LINES = {"compare-on": WITH_V2G, "compare-off": WITHOUT_V2G}
POINTS = {"compare-circle": WITH_V2G, "compare-square": WITHOUT_V2G}
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
    ids.FLOW: {
        "used_solar_kw": COLUMNS["solar_kw"],
        "import_kw": N_("power that the site draws from the grid, or gives back to it"),
        "v2g_kw": COLUMNS["v2g_kw"],
        "base_load_kw": COLUMNS["base_load_kw"],
        "g2v_kw": COLUMNS["g2v_kw"],
    },
    ids.FLEXIBILITY_FIGURE: {
        "g2v": N_("power that the fleet can draw above the plan of its strategy"),
        "v2g": N_("power by which the fleet can go below the plan of its strategy"),
    },
    ids.COMPARE_LOAD: LINES | {"compare-optimum": OPTIMUM, "compare-limit": COLUMNS["limit_kw"]},
    ids.COMPARE_PARTS: {
        "part-bill": N_("import less export pay, charges for power, less plug-in bonus and service payment"),
        "part-wear": KPI_FORMULAS["wear_mad"].text,
        "part-owed": KPI_FORMULAS["owed_mad"].text,
        "part-unserved": KPI_FORMULAS["unserved_mad"].text,
        "part-total": KPI_FORMULAS["total_mad"].text,
        "part-open": N_("total cost that owed energy may still change by more than a tenth of the difference"),
    },
    ids.COMPARE_TRADE_OFF: POINTS
    | {"compare-star": OPTIMUM, "compare-pareto": N_("variants that no other one beats in both cost and peak")},
    ids.FRONT_FIGURE: POINTS
    | {"compare-front": PLANS, "compare-impossible": N_("costs that a proven bound excludes for every strategy")},
    ids.SIZING_FIGURE: LINES
    | {
        "compare-front": N_("yearly cost of the plan with perfect foresight, at each size"),
        "compare-bound": N_("yearly cost below which no strategy can come, at each size"),
        "compare-star": N_("the cheapest of the sizes"),
    },
}
"""The meaning of each entry (msgids), by chart and key of the entry."""
