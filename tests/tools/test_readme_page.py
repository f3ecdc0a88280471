"""The README agrees with the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import list_declared
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web.requests.upload_kinds import MAX_PROFILE_VALUES
from tools.page_sections import fill_sections
from tools.readme_tables import README_FILE, README_SECTIONS

ROOT = README_FILE.parent
TEXT = README_FILE.read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def test_the_tables_agree_with_the_code() -> None:
    assert fill_sections(TEXT, README_SECTIONS) == TEXT, "update with make docs"


def test_every_strategy_and_every_adjustable_parameter_has_a_row() -> None:
    expected = {f"| `{strategy.key}` | {strategy.name} |" for strategy in STRATEGIES.values()} | {
        f"| `{strategy.key}.{name}` |"
        for strategy in STRATEGIES.values()
        for name, quantity in strategy.quantities.items()
        if quantity.low < quantity.high
    }
    assert [start for start in sorted(expected) if f"\n{start}" not in TEXT] == []


def test_every_declared_field_of_a_scenario_has_a_row_with_its_meaning() -> None:
    rows = {line.split("`")[1]: line for line in TEXT.splitlines() if line.startswith("| `")}
    meanings = {name: declaration.about for name, declaration in list_declared(Scenario).items()}
    assert {name: rows[name].rstrip(" |").endswith(about) for name, about in meanings.items()} == dict.fromkeys(
        meanings, True
    )


def test_a_changed_table_is_detected() -> None:
    changed = TEXT.replace("| `grid_support` | Grid support |", "| `grid_support` | Something else |")
    assert changed != TEXT
    assert fill_sections(changed, README_SECTIONS) == TEXT


@pytest.mark.parametrize("example", PYTHON[1:])
def test_a_python_example_runs_unchanged(example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(example, README_FILE.name, "exec"), {})


def test_the_first_python_example_ends_without_v2g(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(PYTHON[0], README_FILE.name, "exec"), {})
    assert capsys.readouterr().out.endswith("[0.0, 0.0, 0.0, 0.0]\n"), "V2G was switched off before the last four steps"


def test_the_csv_example_simulates_the_load_of_its_file(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (example,) = (block for block in PYTHON if "read_profile" in block)
    monkeypatch.chdir(tmp_path)
    exec(compile(example, README_FILE.name, "exec"), {})
    assert capsys.readouterr().out == "[920.0, 940.0, 960.0]\n", "the run starts at 16:00"
    assert f"up to {MAX_PROFILE_VALUES:,} values" in TEXT


@pytest.mark.parametrize("target", [link for link in re.findall(r"\]\(([^)]+)\)", TEXT) if "://" not in link])
def test_every_relative_link_of_the_readme_exists(target: str) -> None:
    assert (ROOT / target.partition("#")[0]).is_file()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?:`|^)make ([a-z-]+)", TEXT, re.MULTILINE))))
def test_every_make_target_that_the_readme_names_exists(target: str) -> None:
    makefile = Path(ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:", makefile, re.MULTILINE)
