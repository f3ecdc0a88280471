"""The lock files pin everything by hash, and name no address."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUNTIME = ROOT / "requirements.lock"
DEV = ROOT / "requirements-dev.lock"


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==([\w.]+)", lock.read_text(encoding="utf-8"), re.MULTILINE))


def named(requirements: list[str | dict[str, str]]) -> set[str]:
    return {canonical(found[0]) for r in requirements if isinstance(r, str) and (found := re.match(r"[\w.-]+", r))}


@pytest.mark.parametrize("lock", [RUNTIME, DEV], ids=lambda lock: lock.name)
def test_a_lock_holds_pins_and_hashes_and_no_address(lock: Path) -> None:
    text = re.sub(r"\\\n\s*", " ", lock.read_text(encoding="utf-8"))
    requirements = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    assert requirements
    for line in requirements:
        assert re.match(r"[\w.-]+(\[[\w,-]+\])?==[\w.]+( ; [^#]+?)?( +--hash=sha256:[0-9a-f]{64})+$", line), line
    assert "://" not in text
    assert not re.search(r"(?<![\w.])/\w", text), "a path of the machine that made it"


def test_the_locks_cover_what_the_project_asks_for() -> None:
    groups = PROJECT["dependency-groups"]
    runtime = named(PROJECT["project"]["dependencies"]) | named(groups["build"])
    assert runtime <= {canonical(name) for name in pins(RUNTIME)}
    assert named(groups["dev"]) <= {canonical(name) for name in pins(DEV)}


def test_both_locks_agree() -> None:
    runtime, dev = pins(RUNTIME), pins(DEV)
    assert runtime.items() <= dev.items()
