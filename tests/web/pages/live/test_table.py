"""Columns and rows of the fleet table."""

from __future__ import annotations

from ev2gym_dashboard.service.sessions.fleet_view import FleetView
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.live import table

FRENCH_HEADINGS = [
    "Modèle",
    "Enregistrements",
    "Batterie (kWh)",
    "AC Max (kW)",
    "DC Max (kW)",
    "V2G AC (kW)",
    "V2G DC (kW)",
    "Capacité V2G",
    "Dans flotte",
    "Connectés",
    "En charge",
    "En décharge",
    "SOC moyen (%)",
    "Puissance (kW)",
]


def test_the_table_has_its_14_columns_in_order(french: Translator) -> None:
    assert [
        table.build_fleet_column_definition(column, french)["headerName"] for column in table.FLEET_COLUMNS
    ] == FRENCH_HEADINGS


def test_cells_are_numbers_except_for_the_model_and_its_capability(view: FleetView) -> None:
    rows = table.build_fleet_rows(view)
    types = {column.key: {type(row[column.key]) for row in rows} for column in table.FLEET_COLUMNS}
    assert types.pop("model") == {str}
    assert types.pop("v2g_capable") == {bool}
    assert set().union(*types.values()) == {int, float}


def test_rows_agree_with_the_figures_of_the_fleet(view: FleetView) -> None:
    rows = table.build_fleet_rows(view)
    assert len(rows) == view.current["n_models"]
    assert sum(row["n_discharging"] for row in rows) == view.current["n_discharging"]
    assert all(0 <= row["soc_mean"] <= 100 for row in rows)


def test_the_row_id_is_the_model_and_no_cell_flashes_because_its_number_changed(french: Translator) -> None:
    grid = table.render_fleet_table(french)
    assert grid.getRowId == "params.data.model"
    assert not [column for column in grid.columnDefs if column.get("enableCellChangeFlash")]
    live = [column["field"] for column in grid.columnDefs if column.get("context", {}).get("live")]
    assert live == ["n_connected", "n_charging", "n_discharging", "soc_mean", "power_kw"]


def test_an_export_holds_raw_values(french: Translator) -> None:
    assert table.render_fleet_table(french).defaultColDef["useValueFormatterForExport"] is False
