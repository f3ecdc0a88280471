"""Finds the assets: a wheel's own, or the checkout's."""

from __future__ import annotations

from pathlib import Path

PLOTLY = "plotly-basic.min.js"


def assets_folder() -> Path:
    """Return the folder of the assets."""
    package = Path(__file__).resolve().parents[2]
    return package / "assets" if (package / "assets").is_dir() else package.parent / "assets"
