"""Provenance of a result: versions, data files, and a fingerprint of the code that computes it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path

from ev2gym_dashboard.service.datasets.paths import PACKAGE_NAME, find_data_folder, own_data_folder
from ev2gym_dashboard.service.simulation.backend import get_kernel_name
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.strategies.door.plugins import hash_strategy_code

DISTRIBUTION = "ev2gym-dashboard"
VERSIONED_PACKAGES = (DISTRIBUTION, "numpy", "pandas", "pyarrow", "pvlib", "scipy", "numba")
HASHED_FOLDERS = ("compiled", "core", "strategies", "service")


def describe_environment() -> str:
    """Return the code, kernel and versions that the bits of a result depend on.

    Of a server, as of its start: it goes on with the code that it has loaded when an update replaces the files.
    """
    return f"{compute_fingerprint()} {get_kernel_name()} {_describe_versions()}"


def compute_fingerprint() -> str:
    """Return a digest of the code that computes a result, plug-ins included, and of the data files."""
    return _hash_code(tuple(STRATEGIES))


@cache
def _hash_code(strategies: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    # Sorted, because a file system lists its files in any order.
    files = [path for folder in HASHED_FOLDERS for path in sorted((PACKAGE_NAME / folder).rglob("*.py"))]
    for path in [*files, *list_data_files()]:
        digest.update(path.read_bytes())
    for key in strategies:
        digest.update(hash_strategy_code(key).encode())
    return digest.hexdigest()


@cache
def _describe_versions() -> str:
    return str(sorted(read_versions().items()))


def has_code_on_disk() -> bool:
    """Return whether the files are still those of `compute_fingerprint`: processes that start now load them."""
    try:
        return _hash_code.__wrapped__(tuple(STRATEGIES)) == compute_fingerprint()
    # In the midst of an update a file that was listed may have gone.
    except OSError:
        return False


def read_versions() -> dict[str, str | None]:
    """Return the versions of the packages that a result depends on; None for one that is not installed."""
    return {name: _read_version(name) for name in VERSIONED_PACKAGES}


def hash_data_files() -> dict[str, str]:
    """Return the SHA-256 of each data file in use."""
    return hash_files(list_data_files())


def hash_files(paths: Iterable[Path]) -> dict[str, str]:
    """Return the SHA-256 of files by name, in the order of their names."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(paths)}


def list_data_files() -> list[Path]:
    """Return the data files in use by name: those of the data folder, and the packaged ones that it does not have."""
    folders = own_data_folder(), find_data_folder()
    files = {path.name: path for folder in folders for path in folder.glob("*.json")}
    return [files[name] for name in sorted(files)]


def _read_version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
