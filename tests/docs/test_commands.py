"""The commands in README, CONTRIBUTING and docs/ run in the order of their page, in a temporary folder.

Commands that would change the machine do not run: make targets run dry, and `INSTALL_PAGES` are only parsed.
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
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
SHELLS = ("console", "sh", "bash", "shell")
OTHER_LANGUAGES = ("ini", "python", "toml", "json", "yaml", "csv", "text")
INLINE = re.compile(r"(?<!`)`((?:ev2gym-dashboard|\.venv/bin/ev2gym-dashboard) [^`]+)`(?!`)")
MAKE = "make "
NAME = attrgetter("name")
TESTED_ELSEWHERE = {
    "ev2gym-dashboard serve": "tests/cli/test_server.py",
    "ev2gym-dashboard sweep": "tests/docs/test_sweeps.py",
}
"""Commands whose blocks do not run here, and the test that runs them."""

MACHINE_CHANGES = re.compile(r"\b(?:sudo|systemctl|install|apt-get|pip|venv)\b|/(?:etc|opt|usr|var)/")
INSTALL_PAGES = ("deploy.md",)
"""Pages whose commands install a service as root; tests/docs/test_deploy.py tests the files that they install."""


def find_shell_blocks(page: Path) -> list[str]:
    return [block for language, block in FENCED.findall(page.read_text(encoding="utf-8")) if language in SHELLS]


def is_make_block(block: str) -> bool:
    return all(line.startswith(MAKE) for line in block.splitlines())


def is_tested_elsewhere(block: str) -> bool:
    return any(line.startswith(tuple(TESTED_ELSEWHERE)) for line in block.splitlines())


def has_make(page: Path) -> bool:
    return any(map(is_make_block, find_shell_blocks(page)))


def read_script(page: Path) -> str:
    """Return the shell commands of a page, without make targets; an empty text for a page that installs."""
    if page.name in INSTALL_PAGES:
        return ""
    return "\n".join(
        block for block in find_shell_blocks(page) if not is_make_block(block) and not is_tested_elsewhere(block)
    )


def run_in_shell(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = folder / "bin" / "ev2gym-dashboard"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m ev2gym_dashboard.cli "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    environment = os.environ | {"PATH": f"{command.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        ["bash", "-e", "-u", "-o", "pipefail", "-x", "-c", script],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("page", [page for page in PAGES if read_script(page)], ids=NAME)
def test_the_commands_of_a_page_run_in_order(page: Path, tmp_path: Path) -> None:
    assert not MACHINE_CHANGES.search(read_script(page)), "the page would change the machine"
    done = run_in_shell(read_script(page), tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    commands = [line for line in read_script(page).splitlines() if line.startswith("ev2gym-dashboard ")]
    executed = [line for line in done.stderr.splitlines() if line.startswith("+ ev2gym-dashboard ")]
    assert len(executed) == len(commands)


@pytest.mark.parametrize("name", INSTALL_PAGES)
def test_the_commands_of_an_installation_are_valid_shell(name: str) -> None:
    blocks = find_shell_blocks(ROOT / "docs" / name)
    assert blocks
    for block in blocks:
        done = subprocess.run(["bash", "-n", "-c", block], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert not re.search(r"^ev2gym-dashboard ", block, re.MULTILINE), f"{name}: this command is not tested"


@pytest.mark.parametrize("page", [page for page in PAGES if has_make(page)], ids=NAME)
def test_every_make_target_of_a_page_can_run(page: Path) -> None:
    for line in "\n".join(filter(is_make_block, find_shell_blocks(page))).splitlines():
        target = shlex.split(line, comments=True)[1:]
        done = subprocess.run(["make", "--dry-run", *target], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=NAME)
def test_every_command_in_a_sentence_is_parsed(page: Path) -> None:
    for text in INLINE.findall(page.read_text(encoding="utf-8")):
        arguments = shlex.split(text)[1:]
        if "--help" in arguments:
            arguments.remove("--help")
        options = build_parser().parse_args(arguments)
        assert callable(options.run)


def test_the_other_tests_contain_their_commands() -> None:
    for command, test in TESTED_ELSEWHERE.items():
        assert command.split()[1] in (ROOT / test).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=NAME)
def test_no_command_is_in_a_block_that_is_not_tested(page: Path) -> None:
    for language, block in FENCED.findall(page.read_text(encoding="utf-8")):
        assert language in SHELLS + OTHER_LANGUAGES, f"{page.name}: unknown block language {language!r}"
        if language in OTHER_LANGUAGES:
            assert "ev2gym-dashboard " not in block, f"{page.name}: a command in a {language!r} block is not tested"
