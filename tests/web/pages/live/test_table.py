"""The fleet table's columns and rows."""

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


def test_numbers_are_numbers_and_capability_is_a_truth_value(frame: FleetView) -> None:
    for row in table.build_fleet_rows(frame):
        for column in table.FLEET_COLUMNS:
            kind = {"model": str, "v2g_capable": bool}.get(column.key)
            assert type(row[column.key]) is kind if kind else type(row[column.key]) in (int, float)


def test_rows_agree_with_the_figures_of_the_fleet(frame: FleetView) -> None:
    rows = table.build_fleet_rows(frame)
    assert len(rows) == frame.current["n_models"]
    assert sum(row["n_discharging"] for row in rows) == frame.current["n_discharging"]
    assert all(0 <= row["soc_mean"] <= 100 for row in rows)


def test_rows_are_known_by_their_model_and_only_what_lives_flashes(french: Translator) -> None:
    grid = table.render_fleet_table(french)
    assert grid.getRowId == "params.data.model"
    flashing = [definition["field"] for definition in grid.columnDefs if definition.get("enableCellChangeFlash")]
    assert flashing == ["n_connected", "n_charging", "n_discharging", "soc_mean", "power_kw"]


def test_an_export_holds_raw_values(french: Translator) -> None:
    assert table.render_fleet_table(french).defaultColDef["useValueFormatterForExport"] is False
