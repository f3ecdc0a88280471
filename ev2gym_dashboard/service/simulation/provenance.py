"""A fingerprint of all that a result depends on beside its scenario: the code of the engine, and the data."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from ev2gym_dashboard.service.datasets.catalogs import data_folder

PACKAGE = Path(__file__).resolve().parents[2]
FLOORS = ("core", "strategies", "service")


@cache
def fingerprint() -> str:
    """Return what changes when the code below the page, or the data, does."""
    digest = hashlib.sha256()
    files = [path for floor in FLOORS for path in sorted((PACKAGE / floor).rglob("*.py"))]
    for path in [*files, *sorted(path for path in data_folder().rglob("*") if path.is_file())]:
        digest.update(path.read_bytes())
    return digest.hexdigest()
