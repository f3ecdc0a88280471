"""The README says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import list_declared
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web.requests.upload_kinds import MAX_PROFILE_VALUES
from tools.readme_tables import README_FILE, fill_readme_tables

ROOT = README_FILE.parent
TEXT = README_FILE.read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def test_the_tables_are_those_of_the_code() -> None:
    assert fill_readme_tables(TEXT) == TEXT, "make docs writes them anew"


def test_every_strategy_and_every_parameter_of_it_has_a_row() -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("| `")]
    for strategy in STRATEGIES.values():
        assert any(strategy.name in row and f"`{strategy.key}`" in row for row in rows)
        for name, what in strategy.quantities.items():
            assert what.low == what.high or any(f"`{strategy.key}.{name}`" in row for row in rows)


def test_every_declared_field_of_a_scenario_has_a_row_with_its_meaning() -> None:
    for name, what in list_declared(Scenario).items():
        assert re.search(rf"^\| `{name}` \| .*{re.escape(what.about)} \|$", TEXT, re.MULTILINE)


def test_a_changed_table_and_a_lost_marker_are_found() -> None:
    changed = TEXT.replace("| `grid_support` | Grid support |", "| `grid_support` | Something else |")
    assert changed != TEXT
    assert fill_readme_tables(changed) == TEXT
    with pytest.raises(ValueError, match="strategies"):
        fill_readme_tables(TEXT.replace("<!-- /strategies -->", ""))


@pytest.mark.parametrize("example", PYTHON[1:])
def test_a_python_example_runs_as_it_stands(example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(example, README_FILE.name, "exec"), {})


def test_the_first_python_example_prints_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(PYTHON[0], README_FILE.name, "exec"), {})
    assert capsys.readouterr().out.endswith("[0.0, 0.0, 0.0, 0.0]\n"), "V2G was switched off before the last four steps"


def test_the_example_of_a_csv_runs_as_it_stands_and_its_load_is_that_of_the_file(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (example,) = (block for block in PYTHON if "read_profile" in block)
    monkeypatch.chdir(tmp_path)
    exec(compile(example, README_FILE.name, "exec"), {})
    assert capsys.readouterr().out == "[920.0, 940.0, 960.0]\n", "the run starts at 16:00"
    assert f"up to {MAX_PROFILE_VALUES:,} values" in TEXT


@pytest.mark.parametrize("target", [link for link in re.findall(r"\]\(([^)]+)\)", TEXT) if "://" not in link])
def test_what_the_readme_points_to_is_there(target: str) -> None:
    assert (ROOT / target).is_file()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?:`|^)make ([a-z]+)", TEXT, re.MULTILINE))))
def test_each_make_target_that_the_readme_names_is_there(target: str) -> None:
    makefile = Path(ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:", makefile, re.MULTILINE)
