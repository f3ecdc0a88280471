"""Every command that README and docs/ show is run, in the order of its page, in a folder of its own.

What would change the machine is not run: make's targets are gone through dry, and a page of `INSTALLS` is only parsed.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from operator import attrgetter
from pathlib import Path

import pytest

from ev2gym_dashboard.cli.main import build_parser

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
SHELLS = ("console", "sh", "bash", "shell")
OTHERS = ("ini", "python", "toml", "json", "yaml", "csv", "text")
INLINE = re.compile(r"(?<!`)`((?:ev2gym-dashboard|\.venv/bin/ev2gym-dashboard) [^`]+)`(?!`)")
MAKE = "make "
NAME = attrgetter("name")
ELSEWHERE = {
    "ev2gym-dashboard serve": "tests/cli/test_server.py",
    "ev2gym-dashboard sweep": "tests/docs/test_sweeps.py",
}
"""Commands whose blocks are not run here, and the test that runs them."""


CHANGES = re.compile(r"\b(?:sudo|systemctl|install|apt-get|pip|venv)\b|/(?:etc|opt|usr|var)/")
INSTALLS = ("deploy.md",)
"""Pages whose commands install a service as root; tests/docs/test_deploy.py tries what they put there."""


def blocks_of(page: Path) -> list[str]:
    return [block for language, block in FENCED.findall(page.read_text(encoding="utf-8")) if language in SHELLS]


def is_of_make(block: str) -> bool:
    return all(line.startswith(MAKE) for line in block.splitlines())


def is_elsewhere(block: str) -> bool:
    return any(line.startswith(tuple(ELSEWHERE)) for line in block.splitlines())


def has_make(page: Path) -> bool:
    return any(map(is_of_make, blocks_of(page)))


def script_of(page: Path) -> str:
    """Return what a page has a reader type, without the targets of make; nothing of what installs."""
    if page.name in INSTALLS:
        return ""
    return "\n".join(block for block in blocks_of(page) if not is_of_make(block) and not is_elsewhere(block))


def in_a_shell(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = folder / "bin" / "ev2gym-dashboard"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m ev2gym_dashboard.cli "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    environment = os.environ | {"PATH": f"{command.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        ["bash", "-e", "-u", "-o", "pipefail", "-x", "-c", script],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("page", [page for page in PAGES if script_of(page)], ids=NAME)
def test_every_command_of_a_page_runs_in_its_order(page: Path, tmp_path: Path) -> None:
    assert not CHANGES.search(script_of(page)), "this would change the machine"
    done = in_a_shell(script_of(page), tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    shown = [line for line in script_of(page).splitlines() if line.startswith("ev2gym-dashboard ")]
    ran = [line for line in done.stderr.splitlines() if line.startswith("+ ev2gym-dashboard ")]
    assert len(ran) == len(shown)


@pytest.mark.parametrize("name", INSTALLS)
def test_commands_that_install_are_at_least_those_of_a_shell(name: str) -> None:
    blocks = blocks_of(ROOT / "docs" / name)
    assert blocks
    for block in blocks:
        done = subprocess.run(["bash", "-n", "-c", block], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert not re.search(r"^ev2gym-dashboard ", block, re.MULTILINE), f"{name}: a command of ours is not run"


@pytest.mark.parametrize("page", [page for page in PAGES if has_make(page)], ids=NAME)
def test_every_target_of_make_that_a_page_shows_can_be_made(page: Path) -> None:
    for line in "\n".join(filter(is_of_make, blocks_of(page))).splitlines():
        target = shlex.split(line, comments=True)[1:]
        done = subprocess.run(["make", "--dry-run", *target], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=NAME)
def test_every_command_within_a_sentence_is_understood(page: Path) -> None:
    for text in INLINE.findall(page.read_text(encoding="utf-8")):
        arguments = shlex.split(text)[1:]
        if "--help" in arguments:
            arguments.remove("--help")
        options = build_parser().parse_args(arguments)
        assert callable(options.run)


def test_the_commands_that_are_tested_elsewhere_are() -> None:
    for command, test in ELSEWHERE.items():
        assert command.split()[1] in (ROOT / test).read_text(encoding="utf-8")


def test_no_page_shows_a_command_in_a_block_that_is_not_run() -> None:
    for page in PAGES:
        for language, block in FENCED.findall(page.read_text(encoding="utf-8")):
            assert language in SHELLS + OTHERS, f"{page.name}: a block of {language!r} is neither run nor known"
            if language in OTHERS:
                assert "ev2gym-dashboard " not in block, f"{page.name}: a command in a block of {language!r} is not run"
