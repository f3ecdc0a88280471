"""Finds the data files and the assets: a wheel's own, or the checkout's; the environment can name the data folder."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

DATA_FOLDER_VARIABLE = "EV2GYM_DASHBOARD_DATA"
PLOTLY_FILE = "plotly-basic.min.js"
PACKAGE_NAME = Path(__file__).resolve().parents[2]


def find_data_folder() -> Path:
    """Return the folder of the data files: the one that the environment names, a wheel's own, or the checkout's."""
    named = os.environ.get(DATA_FOLDER_VARIABLE)
    return Path(named) if named else own_data_folder()


def find_assets_folder() -> Path:
    """Return the folder of the assets."""
    return _find_packaged_folder("assets")


def own_data_folder() -> Path:
    """Return the folder of the data files that come with the package."""
    return _find_packaged_folder("data")


@cache
def _find_packaged_folder(name: str) -> Path:
    return PACKAGE_NAME / name if (PACKAGE_NAME / name).is_dir() else PACKAGE_NAME.parent / name
