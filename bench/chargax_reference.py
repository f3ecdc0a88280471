"""Chargax beside this simulator: its checkout, run by an interpreter that has JAX."""

from __future__ import annotations

import json
import os
import subprocess
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

DRIVER = Path(__file__).with_name("chargax_driver.py")
IMPORTS = ("jax", "jaxnasium", "chargax")


@dataclass(frozen=True)
class ChargaxRecord:
    """Values of Chargax by row of the table, or the reason why there are none."""

    version: str = ""
    values: dict[str, float] = field(default_factory=dict)
    reason: str = ""


def measure_chargax(checkout: Path | None, python: str, *, quick: bool = False) -> ChargaxRecord:
    """Time a checkout of Chargax by an interpreter; without a checkout or with one that does not run, say why."""
    if checkout is None:
        return ChargaxRecord(reason="Chargax was not measured: --chargax names a checkout, --chargax-python its Python")
    project = checkout / "pyproject.toml"
    if not project.is_file():
        return ChargaxRecord(reason=f"Chargax was not measured: {checkout} has no pyproject.toml, so is no checkout")
    version = str(tomllib.loads(project.read_text(encoding="utf-8")).get("project", {}).get("version", ""))
    environment = os.environ | {"PYTHONPATH": str(checkout.resolve()), "JAX_PLATFORMS": "cpu"}
    if reason := _explain_missing(python, environment):
        return ChargaxRecord(version, reason=reason)
    # -P: the folder of the driver, on the path, would hide modules by the names of these benchmarks.
    command = [python, "-P", str(DRIVER), *(["--quick"] if quick else [])]
    completed = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    if completed.returncode:
        last = (completed.stderr.strip().splitlines() or ["no message"])[-1]
        # Below 0 it is the signal that ended it, of which the message says nothing.
        ended = f"its run ended with {completed.returncode}: {last}"
        return ChargaxRecord(version, reason=f"Chargax {version} was not measured: {ended}")
    return ChargaxRecord(version, json.loads(completed.stdout.strip().splitlines()[-1]))


def _explain_missing(python: str, environment: dict[str, str]) -> str:
    """Return why an interpreter cannot run Chargax, empty if it can."""
    try:
        completed = subprocess.run(
            [python, "-c", f"import {', '.join(IMPORTS)}"], check=False, capture_output=True, text=True, env=environment
        )
    except OSError as error:
        return f"Chargax was not measured: {python} cannot be run: {error.strerror}"
    if not completed.returncode:
        return ""
    last = (completed.stderr.strip().splitlines() or ["no message"])[-1]
    return f"Chargax was not measured: {python} lacks {', '.join(IMPORTS)} ({last})"
