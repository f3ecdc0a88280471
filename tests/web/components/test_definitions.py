"""Definitions: every figure says what it is or how it is computed, in the language of the page."""

from __future__ import annotations

import pytest

from ev2gym_dashboard.core.kpi_formulas import KPI_FORMULAS
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.definitions import format_definition
from ev2gym_dashboard.web.components.legend_definitions import LEGEND_DEFINITIONS
from ev2gym_dashboard.web.components.panels import render_legend
from ev2gym_dashboard.web.components.tile import Tile
from ev2gym_dashboard.web.i18n import Translator, get_translator
from ev2gym_dashboard.web.pages.live.table import FLEET_COLUMNS, build_fleet_column_definition
from ev2gym_dashboard.web.pages.live.tiles import FLEET_TILES
from ev2gym_dashboard.web.pages.site.tiles import SITE_TILES


@pytest.mark.parametrize("tile", [*FLEET_TILES, *SITE_TILES], ids=lambda tile: tile.key)
def test_every_tile_has_a_definition_in_french(tile: Tile, french: Translator) -> None:
    sentence = format_definition(tile.definition, french)
    assert sentence != format_definition(tile.definition, get_translator("en"))
    assert "`" not in sentence


def test_a_formula_names_other_kpis_by_their_labels(french: Translator) -> None:
    sentence = format_definition(KPI_FORMULAS["total_mad"].text, french)
    assert "`" not in sentence
    assert french("Bill") in sentence


def test_every_heading_of_the_fleet_table_tells_its_meaning(french: Translator) -> None:
    tips = [build_fleet_column_definition(column, french)["headerTooltip"] for column in FLEET_COLUMNS]
    assert len(set(tips)) == len(tips)


@pytest.mark.parametrize("chart", LEGEND_DEFINITIONS)
def test_every_entry_of_a_legend_has_a_definition_in_french(chart: str, french: Translator) -> None:
    english = get_translator("en")
    texts = list(LEGEND_DEFINITIONS[chart].values())
    assert [text for text in texts if format_definition(text, french) == format_definition(text, english)] == []


def test_the_question_mark_of_a_legend_tells_all_of_its_entries(french: Translator) -> None:
    keys = [("net", "Nette"), ("peak", "Heures de pointe")]
    button = render_legend(ids.POWER, "Puissance", keys, french)[-1].to_plotly_json()["props"]
    assert button["aria-label"] == "Définitions de la légende\u00a0: Puissance"
    lines = button["data-definition"].splitlines()
    assert [line.partition("\u00a0: ")[0] for line in lines] == ["Nette", "Heures de pointe"]
