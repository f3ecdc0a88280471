"""Words, keys and bounds of the fields of a `Scenario`."""

from __future__ import annotations

RUN_BAR, SCENARIO_BAR = "run_bar", "scenario_bar"
"""Groups of fields that are always in sight: those applied at once, and those applied with the rest of the form."""
DATES, VEHICLES, BATTERIES, EVSES, METER = "dates", "vehicles", "batteries", "evses", "meter"
PRICES, SITE, SCHEDULE, COSTS, OBJECTIVE = "prices", "site", "schedule", "costs", "objective"
"""Groups of fields that the form folds; a field without a group is in its last one, one with an empty group in none."""
STAY_MODELS = ELAADNL_STAYS, HOUR_MEAN_STAYS = "elaadnl", "hour_mean"
V2G_CAPABILITIES = AS_SPECIFIED, AS_SOLD = "as_specified", "as_sold"
TARIFF_CLOCKS = GMT_CLOCK, LEGAL_CLOCK = "gmt", "legal"
PROFILE_DATES = EXACT_DATES, WEEKDAY_DATES = "exact", "weekday"
CHEMISTRIES = NMC, LFP = "nmc", "lfp"
PLAN_PURPOSES = ANY_PLAN, EARLY_PLAN, SMOOTH_PLAN, FEW_CHANGES_PLAN = "any", "early", "smooth", "few_changes"
"""Purposes of the plan of the optimum: none; charge early; change the load of the site little; change modes seldom."""
AUTO = "auto"
"""The word of a quantity that follows from the other fields."""
CAP_OFF = "off"
"""The word for no site cap."""
CONNECTION = "connection"
"""The word of a subscribed power that is all that the connection carries."""
OWN_TARIFF = "own"
"""The key of the user's own tariff, whose text ``tariff_spec`` holds."""
SETPOINTS = "setpoint_profile"
"""The field of a schedule: the one power that may be negative, and that need not cover the run."""
PROFILE_BOUNDS = {
    "base_load_profile": (0.0, 1e7),
    "price_profile": (-100.0, 100.0),
    "export_price_profile": (-100.0, 100.0),
    "pv_profile": (0.0, 1e7),
    "limit_profile": (0.0, 1e9),
    "co2_profile": (0.0, 5000.0),
    SETPOINTS: (-1e7, 1e7),
}
"""User-defined series: name, and its lowest and highest value."""
SITE_PROFILES = ("base_load_profile", "pv_profile", "limit_profile", SETPOINTS)
"""Series of the whole site [kW], which its parts share by their vehicles."""
EVSE_SHARES = ("evse_ac_7_share", "evse_ac_11_share", "evse_ac_22_share", "evse_dc_50_share")
MAX_SEED = 2**53 - 1
"""The largest integer that JavaScript represents exactly."""
