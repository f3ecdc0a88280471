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
main({arguments!r})
"""
BROUGHT_BY_DASH = {"flask", "werkzeug"}


def list_web_modules() -> set[str]:
    """Return the modules that only the extra of the page brings."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = BROUGHT_BY_DASH | {normalize(line) for line in project["optional-dependencies"]["web"]}
    return {module for module, owners in packages_distributions().items() if names & set(map(normalize, owners))}


def normalize(requirement: str) -> str:
    return re.split(r"[\[><=]", requirement)[0].lower().replace("_", "-")


def run_without_web(*arguments: str) -> subprocess.CompletedProcess[str]:
    script = RUN_WITHOUT.format(modules=list_web_modules(), arguments=list(arguments))
    environment = {"PYTHONPATH": str(ROOT), "EV2GYM_DASHBOARD_KERNEL": "numpy", "EV2GYM_DASHBOARD_STATE": "off"}
    command = [sys.executable, "-c", script]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_the_extra_names_the_modules_of_the_page() -> None:
    assert {"dash", "flask", "gunicorn", "plotly", "prometheus_client"} <= list_web_modules()


@pytest.mark.parametrize("command", ["simulate", "optimum"])
def test_commands_run_without_the_page(command: str) -> None:
    done = run_without_web(command, "--fleet-size", "5", "--days", "0.25")
    assert done.returncode == 0, done.stderr
    assert "_mad" in done.stdout


def test_serve_says_what_to_install() -> None:
    done = run_without_web("serve")
    assert done.returncode == 1
    assert "pip install 'ev2gym-dashboard[web]'" in done.stderr
    assert "Traceback" not in done.stderr
