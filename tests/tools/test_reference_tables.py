"""The tables of scenario, strategies and server settings agree with the code."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path

import pytest

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import list_declared
from ev2gym_dashboard.strategies import STRATEGIES
from tools.page_sections import fill_sections
from tools.reference_tables import FOLDER, PAGES

SCENARIO = FOLDER / "scenario.md"
STRATEGY_PAGE = FOLDER / "strategies.md"


def read_text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=attrgetter("name"))
def test_the_tables_agree_with_the_code(page: Path) -> None:
    assert fill_sections(read_text(page), PAGES[page]) == read_text(page), "update with make docs"


def test_every_strategy_and_every_adjustable_parameter_has_a_row() -> None:
    expected = {f"| `{strategy.key}` | {strategy.name} |" for strategy in STRATEGIES.values()} | {
        f"| `{strategy.key}.{name}` |"
        for strategy in STRATEGIES.values()
        for name, quantity in strategy.quantities.items()
        if quantity.low < quantity.high
    }
    assert [start for start in sorted(expected) if f"\n{start}" not in read_text(STRATEGY_PAGE)] == []


def test_every_declared_field_of_a_scenario_has_a_row_with_its_meaning() -> None:
    rows = {line.split("`")[1]: line for line in read_text(SCENARIO).splitlines() if line.startswith("| `")}
    meanings = {name: declaration.about for name, declaration in list_declared(Scenario).items()}
    assert {name: rows[name].rstrip(" |").endswith(about) for name, about in meanings.items()} == dict.fromkeys(
        meanings, True
    )


def test_a_changed_table_is_detected() -> None:
    text = read_text(STRATEGY_PAGE)
    changed = text.replace("| `grid_support` | Grid support |", "| `grid_support` | Something else |")
    assert changed != text
    assert fill_sections(changed, PAGES[STRATEGY_PAGE]) == text
