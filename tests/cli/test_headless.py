"""Install without the extra of the page: commands and Python run, and `serve` says what to install."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUN_WITHOUT = """
import sys
sys.modules.update(dict.fromkeys({modules!r}))
from ev2gym_dashboard.cli import main
for command in {commands!r}:
    try:
        main(command)
        code = 0
    except SystemExit as end:
        code = end.code
    print(command[0], "ended with", code)
"""
BROUGHT_BY_DASH = {"flask", "werkzeug"}


def list_web_modules() -> set[str]:
    """Return the modules that only the extra of the page brings."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = BROUGHT_BY_DASH | {normalize(line) for line in project["optional-dependencies"]["web"]}
    return {module for module, owners in packages_distributions().items() if names & set(map(normalize, owners))}


def normalize(requirement: str) -> str:
    return re.split(r"[\[><=]", requirement)[0].lower().replace("_", "-")


@pytest.fixture(scope="module")
def done() -> subprocess.CompletedProcess[str]:
    """Commands without the packages of the page, one after the other in a process."""
    small = ("--fleet-size", "5", "--days", "0.25")
    commands = [("simulate", *small), ("optimum", *small), ("serve",)]
    script = RUN_WITHOUT.format(modules=list_web_modules(), commands=commands)
    environment = {"PYTHONPATH": str(ROOT), "EV2GYM_DASHBOARD_KERNEL": "numpy", "EV2GYM_DASHBOARD_STATE": "off"}
    command = [sys.executable, "-c", script]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def find_output(done: subprocess.CompletedProcess[str], command: str) -> str:
    """Return what a command printed before it ended without an error."""
    before, ended, _ = done.stdout.partition(f"{command} ended with 0\n")
    assert ended, done.stderr
    return before.rpartition(" ended with 0\n")[2]


def test_the_extra_names_the_modules_of_the_page() -> None:
    assert {"dash", "flask", "gunicorn", "plotly", "prometheus_client"} <= list_web_modules()


@pytest.mark.parametrize("command", ["simulate", "optimum"])
def test_commands_run_without_the_page(done: subprocess.CompletedProcess[str], command: str) -> None:
    assert "_mad" in find_output(done, command)


def test_serve_says_what_to_install(done: subprocess.CompletedProcess[str]) -> None:
    assert done.stdout.endswith("serve ended with 1\n")
    assert "pip install 'ev2gym-dashboard[web]'" in done.stderr
    assert "Traceback" not in done.stderr
