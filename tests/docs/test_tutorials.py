"""The tutorials run, block after block, and print what they say."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, redirect_stdout
from operator import attrgetter
from pathlib import Path

import pytest

from ev2gym_dashboard.strategies import STRATEGIES

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


def run_shell(script: str, folder: Path) -> None:
    """Run the commands with the command of this checkout in place of an installed one."""
    command = folder / "bin" / "ev2gym-dashboard"
    command.parent.mkdir(exist_ok=True)
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m ev2gym_dashboard.cli "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    environment = os.environ | {"PATH": f"{command.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=folder, env=environment, check=True, capture_output=True
    )


def list_outputs(page: Path, folder: Path) -> Iterator[tuple[str, str]]:
    """Run a page and return each printed text beside that of the page."""
    names: dict[str, object] = {}
    printed = io.StringIO()
    for language, block in BLOCK.findall(page.read_text(encoding="utf-8")):
        if language == "text":
            yield printed.getvalue(), block
        elif language == "console":
            run_shell(block, folder)
        else:
            with chdir(folder), redirect_stdout(io.StringIO()) as printed:
                exec(compile(block, page.name, "exec"), names)


@pytest.mark.parametrize("page", PAGES, ids=attrgetter("stem"))
def test_a_tutorial_prints_the_text_of_the_page(page: Path, tmp_path: Path) -> None:
    outputs = list(list_outputs(page, tmp_path))
    assert outputs
    for printed, expected in outputs:
        assert printed == expected
