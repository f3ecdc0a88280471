"""Sources of the data files, and the software that the page and the calculations use, with their licences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ev2gym_dashboard.service.datasets.catalogs import CATALOGS
from ev2gym_dashboard.service.datasets.packaged import LOAD_SHAPES_FILE, SESSIONS_FILE, TARIFFS_FILE
from ev2gym_dashboard.web.i18n import N_

MIT, CC_BY = "MIT", "CC BY 4.0"


@dataclass(frozen=True)
class DataSource:
    """The source of data files.

    Parameters
    ----------
    content, source, remark : msgids; the remark limits the licence, and may be empty
    files : their names
    licence : name of a licence; a msgid where none is known
    """

    content: str
    files: tuple[str, ...]
    source: str
    licence: str
    remark: str = ""


@dataclass(frozen=True)
class Software:
    """A package or a file of others: its use (a msgid) and the SPDX name of its licence."""

    use: str
    licence: str


CATALOG_FILES = tuple(dict.fromkeys(file for catalog in CATALOGS.values() for file in catalog.files))
DATA_SOURCES = (
    DataSource(N_("Vehicle models"), CATALOG_FILES, N_("Release 2.0.0 of EV2Gym (PyPI)."), MIT),
    DataSource(
        N_("Arrivals, stays and energies"),
        (SESSIONS_FILE,),
        N_("Aggregates of ElaadNL in the same release of EV2Gym."),
        MIT,
        N_("ElaadNL’s own terms were not found."),
    ),
    DataSource(
        N_("Tariffs"),
        (TARIFFS_FILE,),
        N_("ONEE; the page Site names the source and the date of each tariff."),
        N_("facts, public tariffs"),
    ),
    DataSource(
        N_("Load of a town by time of day"),
        (LOAD_SHAPES_FILE,),
        N_("Power Consumption of Tetouan City, UCI 849, doi 10.24432/C5B034."),
        CC_BY,
        N_("This licence was not verified."),
    ),
)
"""Sources of all data files."""
SOFTWARE: Mapping[str, Software] = {
    "Dash": Software(N_("page"), "MIT"),
    "Plotly.js": Software(N_("charts"), "MIT"),
    "AG Grid Community": Software(N_("tables"), "MIT"),
    "Bootstrap": Software(N_("style"), "MIT"),
    "NumPy": Software(N_("calculation"), "BSD-3-Clause"),
    "Numba": Software(N_("compiled calculation"), "BSD-2-Clause"),
    "SciPy": Software(N_("calculation"), "BSD-3-Clause"),
    "HiGHS": Software(N_("optimum"), "MIT"),
    "pvlib": Software(N_("position of the sun and irradiance"), "BSD-3-Clause"),
    "pandas": Software(N_("tables"), "BSD-3-Clause"),
    "Apache Arrow": Software(N_("Parquet files"), "Apache-2.0"),
    "Babel": Software(N_("languages"), "BSD-3-Clause"),
    "Flask": Software(N_("server"), "BSD-3-Clause"),
    "gunicorn": Software(N_("server"), "MIT"),
}
"""The most important packages and files of others, by name."""
