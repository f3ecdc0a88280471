"""docs/events.md: its example runs, and its tables are those of the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ev2gym_dashboard.service.sessions.event_view import EVENTS_PER_PAGE
from ev2gym_dashboard.service.simulation.event_log import EVENT_FIGURES, EVENT_KINDS

PAGE = (Path(__file__).parents[2] / "docs" / "events.md").read_text(encoding="utf-8")


def test_the_kinds_and_their_groups_are_those_of_the_code() -> None:
    assert dict(re.findall(r"^\| `(\w+)` \| `(\w+)` \| .+ \|$", PAGE, re.MULTILINE)) == EVENT_KINDS


def test_the_figures_are_those_of_the_code() -> None:
    assert dict(re.findall(r"^\| `(\w+)` \| ([^`|]+) \|$", PAGE, re.MULTILINE)) == EVENT_FIGURES


def test_the_length_of_a_page_is_the_stated_one() -> None:
    assert f"{EVENTS_PER_PAGE} on a page" in PAGE


def test_the_example_runs_and_prints_its_events(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL):
        exec(block, names)
    assert "v2g_begins" in capsys.readouterr().out
