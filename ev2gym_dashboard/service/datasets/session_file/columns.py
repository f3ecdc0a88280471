"""Columns of a session file: their names in files of different sources, and their units."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable
from dataclasses import dataclass

import pandas as pd

from ev2gym_dashboard.core.schema import Issue, ValidationError


@dataclass(frozen=True)
class Column:
    """A column: its other names in files, and whether its values are texts, times, numbers or shares."""

    kind: str
    aliases: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 0.0


def _declare(kind: str, aliases: str = "", low: float = 0.0, high: float = 0.0) -> Column:
    return Column(kind, tuple(aliases.split()), low, high)


COLUMNS: dict[str, Column] = {
    "vehicle": _declare("text", "vehicle_id ev ev_id car van bus vehicule voiture"),
    "model": _declare("text", "vehicle_model ev_model modele car_model"),
    "capacity_kwh": _declare(
        "number",
        "capacity battery_kwh battery_capacity battery_capacity_kwh usable_capacity_kwh capacite_kwh",
        0.1,
        1e5,
    ),
    "power_kw": _declare(
        "number", "power max_power max_power_kw charging_power_kw charge_power_kw puissance_kw puissance", 0.01, 1e4
    ),
    "discharge_kw": _declare("number", "v2g_kw max_discharge_kw discharge_power_kw", 0.0, 1e4),
    "arrival": _declare(
        "time",
        "arrival_time arrivee start start_time session_start plug_in plugin_time begin from connectiontime "
        "connection_time connected started start_date debut transaction_start",
    ),
    "departure": _declare(
        "time",
        "departure_time depart end end_time session_end plug_out plugout_time stop until disconnecttime "
        "disconnect_time disconnected ended end_date fin transaction_stop",
    ),
    "stay_h": _declare("number", "duration_h hours stay connected_time connected_time_h", 0.0, 87_600.0),
    "energy_kwh": _declare(
        "number",
        "energy kwh kwhdelivered kwh_delivered total_energy totalenergy charged_kwh energie_kwh energie",
        0.0,
        1e5,
    ),
    "soc": _declare("share", "soc_arrival arrival_soc soc_at_arrival initial_soc start_soc soc_start soc_in"),
    "target_soc": _declare("share", "soc_target target desired_soc required_soc departure_soc soc_depart"),
    "evse": _declare(
        "text",
        "evse_id station stationid station_id charger charger_id chargepoint charge_point charge_point_id connector "
        "borne cp_id",
    ),
}
BY_ALIAS = {alias: name for name, column in COLUMNS.items() for alias in (name, *column.aliases)}
SCALES = {
    "_wh": ("_kwh", 1e-3),
    "_mwh": ("_kwh", 1e3),
    "_w": ("_kw", 1e-3),
    "_mw": ("_kw", 1e3),
    "_min": ("_h", 1.0 / 60.0),
}
"""Units that are converted, by the end of a name: the end that it stands for, and the factor."""
PERCENT = re.compile(r"%|percent|pct|pourcent", re.IGNORECASE)


def name_columns(table: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, float]]:
    """Return the known columns of a table under the names of `COLUMNS`, and the factor of their unit.

    Raises
    ------
    ValidationError
        If a column occurs twice, or one that is needed is missing.
    """
    chosen: dict[str, Hashable] = {}
    factors: dict[str, float] = {}
    issues: list[Issue] = []
    for header in table.columns:
        name, factor = find_column(str(header))
        if name in chosen:
            values = (("first", str(chosen[name])), ("second", str(header)))
            issues.append(Issue(name, "has two columns, {first} and {second}: keep one of them", values))
        elif name:
            chosen[name], factors[name] = header, factor
    missing = [name for name in ("arrival", "departure") if name not in chosen]
    if "departure" in missing and "stay_h" in chosen:
        missing.remove("departure")
    found = ", ".join(map(str, table.columns))[:200]
    issues += [Issue(name, "is missing; the columns of the file are {found}", (("found", found),)) for name in missing]
    if not {"energy_kwh", "soc"} & set(chosen):
        issues.append(Issue("energy_kwh", "is missing: give the energy of each stay, or its SOC at arrival as soc"))
    if issues:
        raise ValidationError(issues)
    return table[list(chosen.values())].set_axis([*chosen], axis=1), factors


def find_column(header: str) -> tuple[str, float]:
    """Return the column of `COLUMNS` that a name in a file stands for, "" for none, and the factor of its unit."""
    text = unicodedata.normalize("NFKD", header).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^a-z0-9]+", "_", PERCENT.sub("", text).lower()).strip("_")
    if plain in BY_ALIAS:
        name = BY_ALIAS[plain]
        return name, 0.01 if PERCENT.search(header) and COLUMNS[name].kind == "share" else 1.0
    for end, (unit, factor) in SCALES.items():
        base = plain.removesuffix(end)
        name = BY_ALIAS.get(base + unit) or BY_ALIAS.get(base, "")
        if plain.endswith(end) and name.endswith(unit):
            return name, factor
    return "", 1.0
