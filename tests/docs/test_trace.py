"""docs/trace.md: its example runs, and its tables are those of the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ev2gym_dashboard.service.simulation.evse_table import EVSE_COLUMNS
from ev2gym_dashboard.service.simulation.session_table import SESSION_COLUMNS
from ev2gym_dashboard.service.simulation.vehicle_trace import MAX_TRACED_VEHICLE_STEPS, VEHICLE_COLUMNS

PAGE = (Path(__file__).parents[2] / "docs" / "trace.md").read_text(encoding="utf-8")
TABLES = {"vehicles": VEHICLE_COLUMNS, "sessions": SESSION_COLUMNS, "evses": EVSE_COLUMNS}


@pytest.mark.parametrize("name", TABLES)
def test_the_columns_of_a_table_are_those_of_the_code(name: str) -> None:
    section = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    (text,) = [part for part in section if part.startswith(f"`Result.{name}`")]
    assert dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", text, re.MULTILINE)) == TABLES[name]


def test_the_example_runs_and_prints_its_tables(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL):
        exec(block, names)
    printed = capsys.readouterr().out
    assert "reason" in printed
    assert "utilisation" in printed
    assert len(names["some"].vehicles) == 3 * 96


def test_the_limit_is_the_stated_one() -> None:
    assert f"at most {MAX_TRACED_VEHICLE_STEPS:,} vehicles times steps" in PAGE
