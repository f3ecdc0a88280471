"""The physics page agrees with the code."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

from ev2gym_dashboard import simulate
from tools.page_sections import fill_sections
from tools.physics_day import SCENARIO, record_day
from tools.physics_numbers import DIFFERENCES, PHYSICS_PAGE, render_table

TEXT = PHYSICS_PAGE.read_text(encoding="utf-8")
NUMBERS = TEXT.split("<!-- numbers -->\n")[1].split("<!-- /numbers -->")[0]


def test_the_table_agrees_with_the_script() -> None:
    assert render_table() == NUMBERS, "update with python -m tools.physics_numbers --write"


def test_the_recorded_day_agrees_with_a_simulation() -> None:
    day, kpis = record_day(), simulate(SCENARIO).kpis
    assert day.charged_kwh.sum() == pytest.approx(kpis["g2v_kwh"], rel=1e-6)
    assert day.discharged_kwh.sum() == pytest.approx(kpis["v2g_kwh"], rel=1e-6)
    loss_kwh = day.charged_kwh.sum() - day.stored_kwh.sum() + day.used_kwh.sum() - day.discharged_kwh.sum()
    assert loss_kwh == pytest.approx(kpis["loss_kwh"], rel=1e-6)


def test_every_difference_in_the_table_is_explained_below_it() -> None:
    explanations = " ".join(re.findall(r"^- \*\*(.+?)\*\*", TEXT, re.MULTILINE)).lower()
    differences = {line.split("|")[1].strip().lower() for line in NUMBERS.splitlines()[2:]}
    assert len(differences) >= len(DIFFERENCES)
    for difference in differences:
        assert all(word in explanations for word in difference.split())


def test_a_changed_number_is_detected() -> None:
    changed = TEXT.replace(" kWh |", " MWh |", 1)
    assert changed != TEXT
    assert fill_sections(changed, {"numbers": lambda: NUMBERS}) == TEXT


@pytest.mark.parametrize(("module", "name"), sorted(set(re.findall(r"`core/([\w/]+)\.py`: `(\w+)`", TEXT))))
def test_the_code_that_the_page_names_exists(module: str, name: str) -> None:
    assert hasattr(import_module(f"ev2gym_dashboard.core.{module.replace('/', '.')}"), name)
