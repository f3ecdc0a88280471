"""User cache: the folder in which this package keeps what it can make again."""

from __future__ import annotations

import os
from pathlib import Path


def find_user_cache() -> Path:
    """Return the folder, which may not exist and may not be writable."""
    # Not Path.home(), which fails without a home: then the folder cannot be written.
    return Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "ev2gym-dashboard"
