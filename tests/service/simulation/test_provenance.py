"""The fingerprint of a result covers all code that computes it."""

from __future__ import annotations

import re
from pathlib import Path

import ev2gym_dashboard
from ev2gym_dashboard.service.simulation.provenance import HASHED_FOLDERS

PACKAGE = Path(ev2gym_dashboard.__file__).parent
IMPORT = re.compile(r"^\s*(?:from|import) ev2gym_dashboard(?: import |\.)(\w+)", re.MULTILINE)


def test_the_fingerprint_covers_every_folder_that_a_run_imports() -> None:
    files = [path for folder in HASHED_FOLDERS for path in (PACKAGE / folder).rglob("*.py")]
    imported = {name for path in files for name in IMPORT.findall(path.read_text())}
    assert {name for name in imported if (PACKAGE / name).is_dir()} == set(HASHED_FOLDERS)
