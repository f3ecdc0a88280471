"""The page about charging sessions of one's own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ev2gym_dashboard.service.datasets.session_file.columns import COLUMNS

FOLDER = Path(__file__).parents[2]
PAGE = (FOLDER / "docs" / "charging-sessions.md").read_text(encoding="utf-8")
DEPOT = "\n".join(
    ["vehicle,capacity_kwh,power_kw,arrival,departure,energy_kwh"]
    + [f"van {i},75,11,2026-12-15T17:00,2026-12-16T06:00,40" for i in range(20)]
)


def test_the_examples_of_the_page_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "depot.csv").write_text(DEPOT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    exec("".join(re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)), {})
    peak_kw, waited_h = map(float, capsys.readouterr().out.split())
    assert peak_kw == pytest.approx(220.0)
    assert waited_h == 13.0


def test_the_table_lists_every_column() -> None:
    assert {name for name in COLUMNS if f"`{name}`" in PAGE} == set(COLUMNS)
