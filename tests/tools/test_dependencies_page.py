"""The page of the dependencies agrees with the lock files and the licences of what is installed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tools.dependencies_page import PAGE, ROOT, SECTIONS, find_licence
from tools.page_sections import fill_sections
from tools.upkeep import read_lock


def test_the_page_agrees_with_the_lock_files() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert fill_sections(text, SECTIONS) == text, "update with make docs"


def test_the_engine_needs_a_part_of_the_packages_at_the_same_versions() -> None:
    headless, whole = read_lock("requirements-headless.lock"), read_lock("requirements.lock")
    assert headless.items() < whole.items()
    assert "dash" in set(whole) - set(headless)


def test_a_licence_is_a_name_and_no_text() -> None:
    assert (find_licence("numba"), find_licence("no-such-package")) == ("BSD", "")
    assert all(len(find_licence(name)) <= 60 for name in read_lock("requirements.lock"))


def test_the_bill_of_materials_names_each_locked_package(tmp_path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (line,) = [line for line in makefile.splitlines() if "cyclonedx-py" in line]
    _program, *arguments = line.replace("dist/sbom.json", str(tmp_path / "sbom.json")).split()
    command = [str(Path(sys.executable).parent / "cyclonedx-py"), *arguments]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)
    components = json.loads((tmp_path / "sbom.json").read_text())["components"]
    assert {part["name"]: part["version"] for part in components}.items() >= read_lock("requirements.lock").items()
