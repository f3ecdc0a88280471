"""List of the vehicles: its columns, and the texts of its rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.service.sessions.vehicle_list import VehicleRow
from ev2gym_dashboard.service.sessions.vehicle_view import VehiclesView
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import N_, Translator

MODE_NAMES = {
    "g2v": N_("Charges (G2V)"),
    "v2g": N_("Discharges (V2G)"),
    "idle": N_("Plugged in, idle"),
    "waiting": N_("Waits for an EVSE"),
    "away": N_("Away"),
}
NOTHING = "–"


@dataclass(frozen=True)
class VehicleColumn:
    """A column: its key in `SORT_COLUMNS`, its heading (a msgid), the text of a row, and whether it is a number."""

    key: str
    heading: str
    text: Callable[[VehicleRow, Translator], str]
    is_number: bool = False


def format_vehicle_name(row: VehicleRow) -> str:
    """Return the number of a vehicle, with the name that the user's file gives it."""
    return f"{row.number} · {row.name}" if row.name else str(row.number)


def format_power(power_kw: float, _: Translator) -> str:
    """Return a power with its sign: V2G is negative."""
    return _.with_unit(power_kw, "kW", 1)


def describe_reason(row: VehicleRow, _: Translator) -> str:
    """Return the reason of a vehicle's power; empty for one that is plugged in before the first step decides."""
    return "" if row.evse is not None and row.reason is Reason.WAITING else _(row.reason.text)


def _format_departure(row: VehicleRow, _: Translator) -> str:
    return NOTHING if row.departure is None else _.day_and_time(row.departure)


def _format_marked_name(row: VehicleRow, _: Translator) -> str:
    name = format_vehicle_name(row)
    return _("{vehicle} (by hand)", vehicle=name) if row.decisions.actions else name


VEHICLE_COLUMNS = (
    VehicleColumn("vehicle", N_("Vehicle"), _format_marked_name),
    VehicleColumn("model", N_("Model"), lambda row, _: row.model),
    VehicleColumn("mode", N_("Mode"), lambda row, _: _(MODE_NAMES[row.mode])),
    VehicleColumn("soc", N_("SOC"), lambda row, _: _.percent(row.soc), is_number=True),
    VehicleColumn(
        "power_kw",
        N_("Power"),
        lambda row, _: NOTHING if row.evse is None else format_power(row.power_kw, _),
        is_number=True,
    ),
    VehicleColumn("evse", N_("EVSE"), lambda row, _: NOTHING if row.evse is None else str(row.evse), is_number=True),
    VehicleColumn("departure", N_("Departure"), _format_departure),
    VehicleColumn(
        "target_soc",
        N_("Target"),
        lambda row, _: NOTHING if row.target_soc is None else _.percent(row.target_soc),
        is_number=True,
    ),
    VehicleColumn("reason", N_("Reason"), lambda row, _: describe_reason(row, _) or NOTHING),
)


def build_list_rows(view: VehiclesView, _: Translator, *, full: bool) -> dict[str, Any]:
    """Return what the script shows of the list: the state of the page, the rows, and the models to choose from."""
    models = {"models": list(view.models)} if full else {}
    if view.listed is None:
        return {"state": _find_state(view)} | models
    rows = [
        {"number": row.number, "mode": row.mode, "cells": [column.text(row, _) for column in VEHICLE_COLUMNS]}
        for row in view.listed.rows
    ]
    return {"state": "list", "rows": rows, "page": view.listed.page, "pages": view.listed.n_pages} | models


def _find_state(view: VehiclesView) -> str:
    if view.shown is None:
        return "unknown"
    return "loading" if view.shown.history is None else "vehicle"


def format_list_texts(view: VehiclesView, _: Translator) -> dict[str, str]:
    """Return the texts around the list by id: how many vehicles were found, and which page is shown."""
    if view.listed is None:
        return {}
    found, size = view.listed.n_found, view.run.scenario.fleet_size
    count = _.plural("{found} of {count} vehicle", "{found} of {count} vehicles", size, found=_.number(found))
    none = _("No vehicle of this run fits the search and the filters.")
    page = _("Page {page} of {pages}", page=_.number(view.listed.page + 1), pages=_.number(view.listed.n_pages))
    return {ids.VEHICLES_COUNT: count if found else none, ids.VEHICLES_PAGE: page}
