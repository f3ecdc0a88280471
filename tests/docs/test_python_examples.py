"""The Python of README, the first pages and the tutorials runs, block after block of a page."""

from __future__ import annotations

import io
import re
from contextlib import chdir, redirect_stdout
from operator import attrgetter
from pathlib import Path

import pytest

from ev2gym_dashboard.web.requests.upload_kinds import MAX_PROFILE_VALUES

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PYTHON_PAGE = ROOT / "docs" / "python.md"
PAGES = [README, ROOT / "docs" / "start.md"]


def read_blocks(page: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def run_blocks(page: Path, folder: Path) -> dict[str, str]:
    """Return the output of each block, by its code; the blocks share their names."""
    names: dict[str, object] = {}
    outputs = {}
    for block in read_blocks(page):
        with chdir(folder), redirect_stdout(io.StringIO()) as output:
            exec(compile(block, page.name, "exec"), names)
        outputs[block] = output.getvalue()
    return outputs


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return run_blocks(PYTHON_PAGE, tmp_path_factory.mktemp("python"))


def find_output(outputs: dict[str, str], word: str) -> str:
    (output,) = (output for block, output in outputs.items() if word in block)
    return output


@pytest.mark.parametrize("page", PAGES, ids=attrgetter("name"))
def test_the_python_of_a_page_runs_in_order(page: Path, tmp_path: Path) -> None:
    assert all(output.strip() for output in run_blocks(page, tmp_path).values())


def test_the_readme_has_five_lines_of_python() -> None:
    (block,) = read_blocks(README)
    assert len([line for line in block.splitlines() if line]) <= 5


def test_the_first_example_ends_without_v2g(outputs: dict[str, str]) -> None:
    output = find_output(outputs, "live.advance")
    assert output.endswith("[0.0, 0.0, 0.0, 0.0]\n"), "V2G was switched off before the last four steps"


def test_the_csv_example_simulates_the_load_of_its_file(outputs: dict[str, str]) -> None:
    assert find_output(outputs, "read_profile") == "[920.0, 940.0, 960.0]\n", "the run starts at 16:00"
    assert f"up to {MAX_PROFILE_VALUES:,} values" in PYTHON_PAGE.read_text(encoding="utf-8")


def test_the_depot_runs_in_five_lines_and_saves_money(outputs: dict[str, str]) -> None:
    (example,) = (block for block in outputs if "vans" in block)
    assert len([line for line in example.splitlines() if line and "import" not in line]) <= 5
    assert float(outputs[example]) > 0.0
