"""Finds the data files and the assets: a wheel's own, or the checkout's; the environment can name the data folder."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

FOLDER_VARIABLE = "EV2GYM_DASHBOARD_DATA"
PLOTLY = "plotly-basic.min.js"
PACKAGE = Path(__file__).resolve().parents[2]


def data_folder() -> Path:
    """Return the folder of the data files: the one that the environment names, a wheel's own, or the checkout's."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else own_data_folder()


def assets_folder() -> Path:
    """Return the folder of the assets."""
    return _own_folder("assets")


def own_data_folder() -> Path:
    """Return the folder of the data files that come with the package."""
    return _own_folder("data")


@cache
def _own_folder(name: str) -> Path:
    return PACKAGE / name if (PACKAGE / name).is_dir() else PACKAGE.parent / name
