"""The commands in README, CONTRIBUTING and docs/ run in the order of their page, in a temporary folder.

Commands that would change the machine do not run: make targets run dry, and `INSTALL_PAGES` are only parsed.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path

import pytest

from ev2gym_dashboard.cli.main import build_parser
from tests.docs.command_server import open_command_folder

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCED = re.compile(r"^```([\w{}-]*)[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
SHELLS = ("console", "sh", "bash", "shell")
DIRECTIVES = ("{toctree}", "{include}", "{eval-rst}")
OTHER_LANGUAGES = ("ini", "python", "toml", "json", "yaml", "csv", "text")
INLINE = re.compile(r"(?<!`)`((?:ev2gym-dashboard|\.venv/bin/ev2gym-dashboard) [^`]+)`(?!`)")
MAKE = "make "
NAME = attrgetter("name")
TESTED_ELSEWHERE = {
    "ev2gym-dashboard serve": "tests/cli/test_server.py",
    "ev2gym-dashboard publish": "tests/docs/test_mqtt.py",
    "ev2gym-dashboard sweep": "tests/docs/test_sweeps.py",
}
"""Commands whose blocks do not run here, and the test that runs them."""

MACHINE_CHANGES = re.compile(r"\b(?:sudo|systemctl|install|apt-get|pip|venv)\b|/(?:etc|opt|usr|var)/")
TUTORIALS = ROOT / "docs" / "tutorials"
"""Pages that tests/docs/test_tutorials.py runs, with their Python."""

INSTALL_PAGES = ("deploy.md",)
"""Pages whose commands install a service as root; tests/docs/test_deploy.py tests the files that they install."""


def read_text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


BLOCKS = [block for page in PAGES for block in FENCED.findall(read_text(page))]


def find_shell_blocks(page: Path) -> list[str]:
    return [block for language, block in FENCED.findall(read_text(page)) if language in SHELLS]


def is_make_block(block: str) -> bool:
    return all(line.startswith(MAKE) for line in block.splitlines())


def is_tested_elsewhere(block: str) -> bool:
    return any(line.startswith(tuple(TESTED_ELSEWHERE)) for line in block.splitlines())


def list_make_commands(page: Path) -> list[str]:
    return [line for block in find_shell_blocks(page) if is_make_block(block) for line in block.splitlines()]


def read_script(page: Path) -> str:
    """Return the shell commands of a page, without make targets; none of a page that installs or of a tutorial."""
    if page.name in INSTALL_PAGES or TUTORIALS in page.parents:
        return ""
    return "\n".join(
        block for block in find_shell_blocks(page) if not is_make_block(block) and not is_tested_elsewhere(block)
    )


@pytest.fixture(scope="module")
def command_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with open_command_folder(tmp_path_factory.mktemp("commands")) as folder:
        yield folder


def run_in_shell(script: str, folder: Path, command_folder: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PATH": f"{command_folder}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        ["bash", "-e", "-u", "-o", "pipefail", "-x", "-c", script],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("page", [page for page in PAGES if read_script(page)], ids=NAME)
def test_the_commands_of_a_page_run_in_order(page: Path, tmp_path: Path, command_folder: Path) -> None:
    assert not MACHINE_CHANGES.search(read_script(page)), "the page would change the machine"
    done = run_in_shell(read_script(page), tmp_path, command_folder)
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


@pytest.mark.parametrize("command", sorted({line for page in PAGES for line in list_make_commands(page)}))
def test_every_make_command_of_a_page_can_run(command: str) -> None:
    target = shlex.split(command, comments=True)[1:]
    done = subprocess.run(["make", "--dry-run", *target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", sorted({command for page in PAGES for command in INLINE.findall(read_text(page))}))
def test_every_command_in_a_sentence_is_parsed(command: str) -> None:
    # argparse would print the help and exit before it checks the other arguments.
    arguments = [argument for argument in shlex.split(command)[1:] if argument != "--help"]
    assert callable(build_parser().parse_args(arguments).run)


@pytest.mark.parametrize(("command", "test"), TESTED_ELSEWHERE.items())
def test_the_test_of_another_file_contains_its_command(command: str, test: str) -> None:
    assert command.split()[1] in (ROOT / test).read_text(encoding="utf-8")


def test_every_block_has_a_known_language() -> None:
    assert {language for language, _ in BLOCKS} <= {*SHELLS, *OTHER_LANGUAGES, *DIRECTIVES}


def test_no_command_is_in_a_block_that_is_not_tested() -> None:
    untested = [block for language, block in BLOCKS if language in OTHER_LANGUAGES and "ev2gym-dashboard " in block]
    assert untested == []
