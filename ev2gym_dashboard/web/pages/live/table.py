"""The fleet table: one declaration of its columns feeds the grid, its rows and the tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import dash_ag_grid as dag

from ev2gym_dashboard.service.sessions.fleet_view import Frame
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import N_, Words

HEIGHT_PX = 358


@dataclass(frozen=True)
class Column:
    """A column: its key in a frame's ``models``, heading (a msgid), digits, whether it changes as time goes."""

    key: str
    heading: str
    digits: int | None = 0
    live: bool = False
    scale: float = 1.0
    width: int = 74


COLUMNS = (
    Column("model", N_("Model"), None, width=142),
    Column("registrations", N_("Registrations"), width=126),
    Column("battery_kwh", N_("Battery (kWh)"), 1),
    Column("ac_max_kw", N_("AC Max (kW)"), 1),
    Column("dc_max_kw", N_("DC Max (kW)"), 1),
    Column("v2g_ac_kw", N_("V2G AC (kW)"), 1),
    Column("v2g_dc_kw", N_("V2G DC (kW)"), 1),
    Column("v2g_capable", N_("V2G capability"), None, width=92),
    Column("n_fleet", N_("In fleet")),
    Column("n_connected", N_("Connected"), live=True, width=96),
    Column("n_charging", N_("Charging"), live=True, width=80),
    Column("n_discharging", N_("Discharging"), live=True, width=102),
    Column("soc_mean", N_("Mean SOC (%)"), 1, live=True, scale=100.0, width=88),
    Column("power_kw", N_("Power (kW)"), 1, live=True, width=92),
)


def rows(frame: Frame) -> list[dict[str, Any]]:
    """Return a row per model, numbers as numbers, rounded to what is shown."""
    keys = [column.key for column in COLUMNS]
    values = [_values(frame.models[column.key], column) for column in COLUMNS]
    return [dict(zip(keys, row, strict=True)) for row in zip(*values, strict=True)]


def fleet_table(_: Words) -> dag.AgGrid:
    """Return the empty grid: rows by the model's name, so that what a user chose stays while the data move."""
    return dag.AgGrid(
        id=ids.TABLE,
        className="fleet-table",
        columnDefs=[definition(column, _) for column in COLUMNS],
        rowData=[],
        getRowId="params.data.model",
        columnSize="responsiveSizeToFit",
        defaultColDef=every_column(),
        dashGridOptions=_options(_),
        persistence=True,
        persistence_type="session",
        persisted_props=["selectedRows", "columnState"],
        style={"height": f"{HEIGHT_PX}px"},
    )


def definition(column: Column, _: Words) -> dict[str, Any]:
    """Return AG Grid's definition of a column."""
    plain: dict[str, Any] = {"field": column.key, "headerName": _(column.heading), "minWidth": column.width}
    if column.key == "model":
        return plain | {"pinned": "left", "cellClass": "cell-model"}
    if column.digits is None:
        shown = {"function": f"yesOrNo(params, {_('Yes')!r}, {_('No')!r})"}
        return plain | {
            "valueFormatter": shown,
            "cellClassRules": {"cell-yes": "params.value", "cell-no": "!params.value"},
        }
    number = {"type": "rightAligned", "valueFormatter": {"function": f"fixed(params, {column.digits})"}}
    return plain | number | ({"enableCellChangeFlash": True} if column.live else {})


def _values(values: list[Any], column: Column) -> list[Any]:
    if column.digits is None:
        return values
    return [round(value * column.scale, column.digits or None) for value in values]


def every_column() -> dict[str, Any]:
    return {
        "sortable": True,
        "resizable": True,
        "suppressHeaderMenuButton": True,
        "suppressMovable": True,
        "wrapHeaderText": True,
        "cellDataType": False,
        "sortingOrder": ["desc", "asc", None],
        "useValueFormatterForExport": False,
    }


def _options(_: Words) -> dict[str, Any]:
    return {
        "rowSelection": {"mode": "singleRow", "checkboxes": False, "enableClickSelection": True},
        "rowHeight": 38,
        "headerHeight": 50,
        "animateRows": False,
        "cellFlashDuration": 250,
        "cellFadeDuration": 450,
        "suppressDragLeaveHidesColumns": True,
        "overlayNoRowsTemplate": "",
        "localeText": locale_text(_),
    }


def locale_text(_: Words) -> dict[str, str]:
    """Return the few texts of the grid's own that this table can show or have read out."""
    return {
        "noRowsToShow": _("No model to show"),
        "noMatchingRows": _("No model with this name"),
        "loadingOoo": _("Loading…"),
        "ariaSortableColumn": _("Press Enter to sort"),
        "ariaRowSelect": _("Press Space to see why these vehicles do what they do"),
        "ariaRowDeselect": _("Press Space to let go of this model"),
        "ariaRowToggleSelection": _("Press Space to choose or let go of this model"),
    }
