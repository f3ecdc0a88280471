"""The tutorials run, block after block, and print what they say."""

from __future__ import annotations

import io
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import chdir, redirect_stdout
from operator import attrgetter
from pathlib import Path

import pytest

from ev2gym_dashboard.strategies import STRATEGIES
from tests.docs.command_server import open_command_folder

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "tutorials").glob("*.md"))
pytestmark = pytest.mark.slow
BLOCK = re.compile(r"^```(console|python|text)\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.fixture(autouse=True)
def registry() -> Iterator[None]:
    before = dict(STRATEGIES)
    yield
    for key in STRATEGIES.keys() - before.keys():
        del STRATEGIES[key]


@pytest.fixture(scope="module")
def command_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with open_command_folder(tmp_path_factory.mktemp("commands")) as folder:
        yield folder


def run_shell(script: str, folder: Path, command_folder: Path) -> None:
    """Run the commands with the command of this checkout in place of an installed one."""
    environment = os.environ | {"PATH": f"{command_folder}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=folder, env=environment, check=True, capture_output=True
    )


def list_outputs(page: Path, folder: Path, command_folder: Path) -> Iterator[tuple[str, str]]:
    """Run a page and return each printed text beside that of the page."""
    names: dict[str, object] = {}
    printed = io.StringIO()
    for language, block in BLOCK.findall(page.read_text(encoding="utf-8")):
        if language == "text":
            yield printed.getvalue(), block
        elif language == "console":
            run_shell(block, folder, command_folder)
        else:
            with chdir(folder), redirect_stdout(io.StringIO()) as printed:
                exec(compile(block, page.name, "exec"), names)


@pytest.mark.parametrize("page", PAGES, ids=attrgetter("stem"))
def test_a_tutorial_prints_the_text_of_the_page(page: Path, tmp_path: Path, command_folder: Path) -> None:
    outputs = list(list_outputs(page, tmp_path, command_folder))
    assert outputs
    for printed, expected in outputs:
        assert printed == expected
