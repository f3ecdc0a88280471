"""Folders of the data, the assets and the documentation, in a wheel, in a checkout or named by the environment."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

DATA_FOLDER_VARIABLE = "EV2GYM_DASHBOARD_DATA"
PLOTLY_FILE = "plotly-basic.min.js"
PACKAGE_NAME = Path(__file__).resolve().parents[2]


def find_data_folder() -> Path:
    """Return the folder of the data files: that of the environment, else the packaged one."""
    configured = os.environ.get(DATA_FOLDER_VARIABLE)
    return Path(configured) if configured else own_data_folder()


def find_assets_folder() -> Path:
    """Return the folder of the assets."""
    return _find_packaged_folder("assets")


def find_documentation_folder() -> Path | None:
    """Return the folder of the built documentation, that of a wheel or of ``make site``; None if there is none."""
    folders = (PACKAGE_NAME / "site", PACKAGE_NAME.parent / ".cache" / "site" / "html")
    return next((folder for folder in folders if (folder / "index.html").is_file()), None)


def own_data_folder() -> Path:
    """Return the folder of the packaged data files."""
    return _find_packaged_folder("data")


@cache
def _find_packaged_folder(name: str) -> Path:
    # A wheel contains the folder; in a checkout it lies next to the package.
    return PACKAGE_NAME / name if (PACKAGE_NAME / name).is_dir() else PACKAGE_NAME.parent / name
