"""The lock files pin every package by hash and contain no addresses."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUNTIME = ROOT / "requirements.lock"
DEV = ROOT / "requirements-dev.lock"


def normalise_name(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def read_pins(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==([\w.]+)", lock.read_text(encoding="utf-8"), re.MULTILINE))


def list_names(requirements: list[str | dict[str, str]]) -> set[str]:
    return {normalise_name(match[0]) for r in requirements if isinstance(r, str) and (match := re.match(r"[\w.-]+", r))}


@pytest.mark.parametrize("lock", [RUNTIME, DEV], ids=lambda lock: lock.name)
def test_a_lock_contains_pins_with_hashes_and_no_address(lock: Path) -> None:
    text = re.sub(r"\\\n\s*", " ", lock.read_text(encoding="utf-8"))
    requirements = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    assert requirements
    for line in requirements:
        assert re.match(r"[\w.-]+(\[[\w,-]+\])?==[\w.]+( ; [^#]+?)?( +--hash=sha256:[0-9a-f]{64})+$", line), line
    assert "://" not in text
    assert not re.search(r"(?<![\w.])/\w", text), "a path of the machine that resolved it"


def test_the_locks_cover_the_dependencies_of_the_project() -> None:
    groups = PROJECT["dependency-groups"]
    runtime = list_names(PROJECT["project"]["dependencies"]) | list_names(groups["build"])
    assert runtime <= {normalise_name(name) for name in read_pins(RUNTIME)}
    assert list_names(groups["dev"]) <= {normalise_name(name) for name in read_pins(DEV)}


def test_both_locks_agree() -> None:
    runtime, dev = read_pins(RUNTIME), read_pins(DEV)
    assert runtime.items() <= dev.items()
