"""The page about vehicles and EVSEs of one's own: its ways of writing give the same site."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.cli.options import collect_option_values
from ev2gym_dashboard.service.scenarios.validation import check_scenario

PAGE = (Path(__file__).parents[2] / "docs" / "vehicles.md").read_text(encoding="utf-8")


def list_blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


def test_text_tables_and_python_declare_the_same_evses() -> None:
    words = shlex.split(list_blocks("console")[0])
    typed, issues = collect_option_values({"evses": words[words.index("--evses") + 1]})
    tables = tomllib.loads(list_blocks("toml")[0])["evses"]
    names: dict[str, Any] = {}
    exec(list_blocks("python")[0], names)
    assert issues == []
    assert Scenario(evses=typed["evses"]).evses == Scenario(evses=tables).evses == names["depot"].evses
    assert names["depot"].n_evse == 16


def test_a_mixed_fleet_reads_from_its_tables_and_from_its_text() -> None:
    tables = tomllib.loads(list_blocks("toml")[1])
    text = re.search(r"As a text: `([^`]+)`", PAGE)
    assert text is not None
    scenario = Scenario(**tables)
    assert check_scenario(scenario) == []
    assert scenario.parts == Scenario(fleet_size=100, parts=text[1]).parts
