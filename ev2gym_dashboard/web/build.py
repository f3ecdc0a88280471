"""Build of the page: a digest of the code, the texts and the assets."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ev2gym_dashboard.service.datasets.paths import find_assets_folder

PACKAGE_FOLDER = Path(__file__).resolve().parents[1]
HASHED_SUFFIXES = frozenset({".py", ".js", ".css", ".po"})


def compute_build_id() -> str:
    """Return a digest of the code and the assets: a page of another build sees that it is outdated."""
    digest = hashlib.sha256()
    for folder in (PACKAGE_FOLDER, find_assets_folder()):
        # The order of a folder differs between file systems.
        for path in sorted(folder.rglob("*")):
            if path.suffix in HASHED_SUFFIXES:
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
