"""Table of the fleet's models; the declaration of its columns serves the grid and its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dash_ag_grid as dag

from ev2gym_dashboard.service.sessions.fleet_view import FleetView
from ev2gym_dashboard.service.simulation.model_table import MODEL_COLUMNS
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.definitions import format_definition
from ev2gym_dashboard.web.components.grid import (
    build_default_column,
    build_grid_texts,
    build_shared_options,
    find_first_side,
)
from ev2gym_dashboard.web.i18n import N_, Translator

FLEET_TABLE_HEIGHT_PX = 358


@dataclass(frozen=True)
class FleetColumn:
    """A column: its key in `FleetView.models`, its heading (a msgid), its decimals, and whether time changes it."""

    key: str
    heading: str
    digits: int | None = 0
    live: bool = False
    scale: float = 1.0
    width: int = 74


FLEET_COLUMNS = (
    FleetColumn("model", N_("Model"), None, width=142),
    FleetColumn("registrations", N_("Registrations"), width=126),
    FleetColumn("battery_kwh", N_("Battery (kWh)"), 1),
    FleetColumn("ac_max_kw", N_("AC Max (kW)"), 1),
    FleetColumn("dc_max_kw", N_("DC Max (kW)"), 1),
    FleetColumn("v2g_ac_kw", N_("V2G AC (kW)"), 1),
    FleetColumn("v2g_dc_kw", N_("V2G DC (kW)"), 1),
    FleetColumn("v2g_capable", N_("V2G capability"), None, width=92),
    FleetColumn("n_fleet", N_("In fleet")),
    FleetColumn("n_connected", N_("Connected"), live=True, width=96),
    FleetColumn("n_charging", N_("Charging"), live=True, width=80),
    FleetColumn("n_discharging", N_("Discharging"), live=True, width=102),
    FleetColumn("soc_mean", N_("Mean SOC (%)"), 1, live=True, scale=100.0, width=88),
    FleetColumn("power_kw", N_("Power (kW)"), 1, live=True, width=92),
)


def build_fleet_table(view: FleetView, *, whole: bool) -> dict[str, Any]:
    """Return the rows of the table: whole ones, or the name and the columns that time changes."""
    columns = [column for column in FLEET_COLUMNS if whole or column.live or column.key == "model"]
    return {"whole": whole, "rows": build_fleet_rows(view, columns)}


def build_fleet_rows(view: FleetView, columns: Sequence[FleetColumn] = FLEET_COLUMNS) -> list[dict[str, Any]]:
    """Return a row per model, with numbers rounded to the decimals of their column."""
    keys = [column.key for column in columns]
    values = [_round_column(view.models[column.key], column) for column in columns]
    return [dict(zip(keys, row, strict=True)) for row in zip(*values, strict=True)]


def render_fleet_table(_: Translator) -> dag.AgGrid:
    """Return the grid without its rows."""
    # With the model as row id, the selection stays on its row when a tick replaces the data.
    return dag.AgGrid(
        id=ids.TABLE,
        className="fleet-table",
        columnDefs=[build_fleet_column_definition(column, _) for column in FLEET_COLUMNS],
        rowData=[],
        getRowId="params.data.model",
        defaultColDef=build_default_column(),
        dashGridOptions=_build_grid_options(_),
        persistence=True,
        persistence_type="session",
        persisted_props=["selectedRows", "columnState"],
        style={"height": f"{FLEET_TABLE_HEIGHT_PX}px"},
    )


def build_fleet_column_definition(column: FleetColumn, _: Translator) -> dict[str, Any]:
    """Return the definition of a column for AG Grid."""
    base: dict[str, Any] = {
        "field": column.key,
        "headerName": _(column.heading),
        "headerTooltip": format_definition(MODEL_COLUMNS[column.key], _),
        "minWidth": column.width,
    }
    if column.key == "model":
        # The part of a mixed fleet ends a name: it wraps within the height of a row.
        return base | {
            "pinned": find_first_side(_),
            "cellClass": "cell-model",
            "wrapText": True,
            "tooltipField": column.key,
        }
    if column.digits is None:
        rules = {"cell-yes": "params.value", "cell-no": "!params.value"}
        return base | _build_format(column, "yesOrNo", _("Yes"), _("No")) | {"cellClassRules": rules}
    return base | _build_format(column, "fixed", column.digits) | {"type": "rightAligned"}


def _build_format(column: FleetColumn, function: str, *arguments: str | int) -> dict[str, Any]:
    """Return the formatter of a column for AG Grid, and its parts for a print without AG Grid."""
    # The formatter is a JavaScript expression: `repr` quotes words.
    expression = f"{function}(params, {', '.join(map(repr, arguments))})"
    context = {"live": column.live, "format": [function, *arguments]}
    return {"valueFormatter": {"function": expression}, "context": context}


def _round_column(values: list[Any], column: FleetColumn) -> list[Any]:
    if column.digits is None:
        return values
    # Rounded to None decimals, a value is an integer, which JSON writes without ".0".
    return [round(value * column.scale, column.digits or None) for value in values]


def _build_grid_options(_: Translator) -> dict[str, Any]:
    return build_shared_options(_) | {
        # While the table is in use, no row moves under the pointer.
        "postSortRows": {"function": "holdOrder(params)"},
        "rowSelection": {"mode": "singleRow", "checkboxes": False, "enableClickSelection": True},
        "rowHeight": 38,
        "headerHeight": 50,
        "animateRows": False,
        # A column that is dragged out of the table could not be brought back.
        "suppressDragLeaveHidesColumns": True,
        "overlayNoRowsTemplate": "",
        "localeText": build_grid_texts(_),
    }
