"""The page on physics says what the code does."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

from ev2gym_dashboard import simulate
from tools.physics_day import SCENARIO, record_day
from tools.physics_numbers import DIFFERENCES, PHYSICS_PAGE, fill_table, render_table

TEXT = PHYSICS_PAGE.read_text(encoding="utf-8")
NUMBERS = TEXT.split("<!-- numbers -->\n")[1].split("<!-- /numbers -->")[0]


def test_the_numbers_are_those_that_the_script_gives() -> None:
    assert render_table() == NUMBERS, "python -m tools.physics_numbers --write puts them there anew"


def test_the_day_behind_them_is_the_one_that_a_run_gives() -> None:
    day, kpis = record_day(), simulate(SCENARIO).kpis
    assert day.charged_kwh.sum() == pytest.approx(kpis["g2v_kwh"], rel=1e-6)
    assert day.discharged_kwh.sum() == pytest.approx(kpis["v2g_kwh"], rel=1e-6)
    lost_kwh = day.charged_kwh.sum() - day.stored_kwh.sum() + day.used_kwh.sum() - day.discharged_kwh.sum()
    assert lost_kwh == pytest.approx(kpis["loss_kwh"], rel=1e-6)


def test_every_difference_in_the_table_is_explained_below_it() -> None:
    explained = " ".join(re.findall(r"^- \*\*(.+?)\*\*", TEXT, re.MULTILINE)).lower()
    ways = {line.split("|")[1].strip().lower() for line in NUMBERS.splitlines()[2:]}
    assert len(ways) >= len(DIFFERENCES)
    for way in ways:
        assert all(word in explained for word in way.split())


def test_a_changed_number_and_a_lost_marker_are_found() -> None:
    changed = TEXT.replace(" kWh |", " MWh |", 1)
    assert changed != TEXT
    assert fill_table(changed, NUMBERS) == TEXT
    with pytest.raises(ValueError, match="markers"):
        fill_table(TEXT.replace("<!-- /numbers -->", ""), NUMBERS)


@pytest.mark.parametrize(("module", "name"), sorted(set(re.findall(r"`core/([\w/]+)\.py`: `(\w+)`", TEXT))))
def test_the_code_that_the_page_names_is_there(module: str, name: str) -> None:
    assert hasattr(import_module(f"ev2gym_dashboard.core.{module.replace('/', '.')}"), name)
