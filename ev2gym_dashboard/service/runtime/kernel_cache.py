"""Kernel cache: the folder in which Numba keeps the compiled kernels."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from hashlib import sha256
from pathlib import Path

from ev2gym_dashboard.service.runtime.environment import KERNEL_CACHE_VARIABLE
from ev2gym_dashboard.service.runtime.file_lock import AlreadyLocked, lock_file
from ev2gym_dashboard.service.runtime.user_cache import find_user_cache

NUMBA_VARIABLE = "NUMBA_CACHE_DIR"
PACKAGE_FOLDER = Path(__file__).resolve().parents[2]
COMPILED_ROOMS = ("core", "strategies", "compiled")
LOCK_FILE_NAME, MAX_WAIT_S = ".lock", 600.0
"""Lock of the folder, and the time after which a process compiles beside the one that holds it [s]."""


@cache
def choose_kernel_cache() -> str:
    """Tell Numba, and the processes that this one starts, where to keep kernels; return the folder.

    Numba's own variable comes first, then ``EV2GYM_DASHBOARD_KERNEL_CACHE``, then the user's cache.
    """
    # Numba checks the file of a kernel, and not those of the functions that it calls: a folder per state of all.
    folder = os.environ.get(NUMBA_VARIABLE) or str(_find_root() / hash_sources())
    os.environ[NUMBA_VARIABLE] = folder
    return folder


@contextmanager
def lock_kernel_cache() -> Iterator[None]:
    """Let one process compile into the folder while the others wait, and find its kernels there.

    Nobody waits where the folder cannot be written, nor longer than `MAX_WAIT_S`.
    """
    folder = Path(choose_kernel_cache())
    with ExitStack() as stack:
        with suppress(AlreadyLocked, OSError):
            folder.mkdir(parents=True, exist_ok=True)
            stack.enter_context(lock_file(folder / LOCK_FILE_NAME, wait_s=MAX_WAIT_S))
        yield


def hash_sources() -> str:
    """Return the digest of all source files that kernels are compiled from."""
    digest = sha256()
    for path in sorted(path for room in COMPILED_ROOMS for path in (PACKAGE_FOLDER / room).rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _find_root() -> Path:
    if configured := os.environ.get(KERNEL_CACHE_VARIABLE):
        return Path(configured)
    # Where it cannot be written, Numba tries its own.
    return find_user_cache() / "kernels"
