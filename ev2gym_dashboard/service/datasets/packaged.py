"""The packaged data sets: charging sessions, tariffs and load shapes."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ev2gym_dashboard.core.fleet.arrival_tables import ArrivalTables
from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.core.site.tariff import Tariff
from ev2gym_dashboard.service.datasets.elaadnl import parse_charging_sessions
from ev2gym_dashboard.service.datasets.ev_specs import MAX_CATALOG_BYTES
from ev2gym_dashboard.service.datasets.load_shapes import LoadShapes, parse_load_shapes
from ev2gym_dashboard.service.datasets.onee_tariffs import parse_tariffs
from ev2gym_dashboard.service.datasets.paths import find_data_folder, own_data_folder

SESSIONS_FILE = "elaadnl_sessions.json"
TARIFFS_FILE = "onee_tariffs.json"
LOAD_SHAPES_FILE = "tetouan_load.json"


def load_charging_sessions(folder: Path | str | None = None) -> dict[str, ArrivalTables]:
    """Return ElaadNL's session tables by place; raise `ValidationError` with every issue of the file."""
    # A copy, because callers share the cached dictionary.
    return dict(_load_charging_sessions(_resolve_file_folder(SESSIONS_FILE, folder)))


@cache
def _load_charging_sessions(folder: Path) -> dict[str, ArrivalTables]:
    return parse_charging_sessions(_read_required_file(folder / SESSIONS_FILE))


def load_tariffs(folder: Path | str | None = None) -> dict[str, Tariff]:
    """Return ONEE's tariffs by key, in the order of the file; raise `ValidationError` with every issue of the file."""
    return dict(_load_tariffs(_resolve_file_folder(TARIFFS_FILE, folder)))


@cache
def _load_tariffs(folder: Path) -> dict[str, Tariff]:
    return parse_tariffs(_read_required_file(folder / TARIFFS_FILE))


def read_load_shapes(folder: Path | str | None = None) -> LoadShapes:
    """Return the day shapes of the base load; raise `ValidationError` with every issue of the file."""
    return _read_load_shapes(_resolve_file_folder(LOAD_SHAPES_FILE, folder))


@cache
def _read_load_shapes(folder: Path) -> LoadShapes:
    return parse_load_shapes(_read_required_file(folder / LOAD_SHAPES_FILE))


def resolve_folder(folder: Path | str | None) -> Path:
    """Return a folder as a path; by default that of the data files."""
    return find_data_folder() if folder is None else Path(folder)


def _resolve_file_folder(name: str, folder: Path | str | None) -> Path:
    """Return a folder if it contains the file, else the packaged one."""
    return _find_file_folder(name, resolve_folder(folder))


# A user's data folder may contain vehicle catalogs only.
@cache
def _find_file_folder(name: str, folder: Path) -> Path:
    return folder if (folder / name).exists() else own_data_folder()


def _read_required_file(path: Path) -> bytes:
    content, issues = read_data_file(path)
    if content is None:
        raise ValidationError(issues)
    return content


def read_data_file(path: Path) -> tuple[bytes | None, list[Issue]]:
    """Return the content of a data file, cut after `MAX_CATALOG_BYTES`, or None and its issue."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_CATALOG_BYTES + 1), []
    except FileNotFoundError:
        return None, [Issue(path.name, "is missing from the data folder")]
    except OSError as error:
        return None, [Issue(path.name, "cannot be read: {reason}", (("reason", error.strerror or str(error)),))]
