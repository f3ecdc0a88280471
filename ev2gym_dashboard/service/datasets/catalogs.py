"""Vehicle catalogs: the packaged ones and a user's own, with their sources and the issues of unusable files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, lru_cache, reduce
from pathlib import Path

from ev2gym_dashboard.core.fleet.catalog import Catalog, merge_catalogs
from ev2gym_dashboard.core.fleet.parts import divide_catalog, list_parts
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import AS_SOLD
from ev2gym_dashboard.core.schema import Issue, ValidationError, check_key
from ev2gym_dashboard.service.datasets.ev_specs import SpecFile, parse_catalog, read_spec
from ev2gym_dashboard.service.datasets.packaged import read_data_file, resolve_folder
from ev2gym_dashboard.service.datasets.spec_dialects import ASSUMPTIONS
from ev2gym_dashboard.service.datasets.v2g_as_sold import limit_to_sold, list_assumed_powers, list_v2g_sources

V2G_ASSUMED_FILE = "ev_specs_v2g_enabled2024.json"
FALLBACK_FILE = "ev_specs.json"
USER_CATALOG, MAX_CACHED_SPECS = "own", 16
USER_REGISTRATIONS_NOTE = "Registrations from your spec file"
REGISTRATIONS_NOTE = "Vehicles registered in the Netherlands (RVO), not in Morocco"


@dataclass(frozen=True)
class CatalogChoice:
    """A catalog to choose from: its label (a msgid) and its files, the newest first."""

    label: str
    files: tuple[str, ...]


CATALOGS: dict[str, CatalogChoice] = {
    "2024": CatalogChoice("2024 (V2G assumed)", (V2G_ASSUMED_FILE,)),
    "2023": CatalogChoice("2023", (FALLBACK_FILE,)),
    "ev_phev": CatalogChoice("EV + PHEV", ("ev_specs_ev_plus_phev.json",)),
    "2024_2023": CatalogChoice("2024 and 2023 combined", (V2G_ASSUMED_FILE, FALLBACK_FILE)),
}


@dataclass(frozen=True)
class LoadedCatalog:
    """A catalog and its actual source.

    Parameters
    ----------
    key : requested key of `CATALOGS`
    catalog : the vehicle models
    source : names of the files in use, the newest first
    v2g_assumed : True if the discharge powers of a file in use are an assumption of EV2Gym
    registrations_note : msgid about the source of the registrations
    issues : issues of the requested files that are not in use; empty if all are
    fallback : True if no requested file is in use
    assumptions : what is assumed about each model that its file does not say; the field is the model
    v2g_sources : msgid of the source of the V2G as sold today of each of `models`; empty where the spec file counts
    undivided : the models of a mixed fleet, whose catalog has them once for each part; None for any other fleet
    """

    key: str
    catalog: Catalog
    source: tuple[str, ...]
    v2g_assumed: bool
    registrations_note: str
    issues: tuple[Issue, ...]
    fallback: bool
    assumptions: tuple[Issue, ...] = ()
    v2g_sources: tuple[str, ...] = ()
    undivided: Catalog | None = None

    @property
    def models(self) -> Catalog:
        """The models, each of them once."""
        return self.undivided or self.catalog


def load_catalog(key: str, folder: Path | str | None = None) -> LoadedCatalog:
    """Return the catalog of a key of `CATALOGS`, or that of ``ev_specs.json`` if none of its files is usable.

    Raises
    ------
    ValidationError
        With every issue of every file, if none is usable, or if the key is unknown.
    """
    issues = check_key("catalog", key, CATALOGS)
    if issues:
        raise ValidationError(issues)
    return _load_catalog(key, resolve_folder(folder))


def load_scenario_catalog(scenario: Scenario) -> LoadedCatalog:
    """Return the catalog of a scenario: that of its spec file, if it has one; its V2G as specified or as sold.

    Raises
    ------
    ValidationError
        With every issue, if no file is usable.
    """
    spec = scenario.catalog_spec
    loaded = _load_user_catalog(spec) if spec else load_catalog(scenario.catalog)
    loaded = _sell_catalog(loaded) if scenario.v2g_capability == AS_SOLD else loaded
    if not scenario.parts:
        return loaded
    return replace(loaded, catalog=divide_catalog(loaded.catalog, list_parts(scenario)), undivided=loaded.catalog)


def _sell_catalog(loaded: LoadedCatalog) -> LoadedCatalog:
    """Return a catalog whose models have V2G only as they are sold today."""
    catalog = limit_to_sold(loaded.catalog)
    # The file of a sold model may say nothing about V2G: its source does.
    assumptions = tuple(issue for issue in loaded.assumptions if issue.template != ASSUMPTIONS["v2g"])
    assumptions += tuple(list_assumed_powers(loaded.catalog, catalog))
    return replace(
        loaded, catalog=catalog, v2g_assumed=False, v2g_sources=list_v2g_sources(catalog), assumptions=assumptions
    )


def check_catalog_spec(scenario: Scenario) -> list[Issue]:
    """Return the issues of a scenario's spec file, each with the field ``"catalog_spec/model.field"``."""
    if not scenario.catalog_spec or not isinstance(scenario.catalog_spec, str):
        return []
    return [replace(issue, field=f"catalog_spec/{issue.field}") for issue in _read_spec(scenario.catalog_spec).issues]


# Every check of a scenario parses its spec file, which takes up to 20 ms for a thousand models.
@lru_cache(maxsize=MAX_CACHED_SPECS)
def _read_spec(spec: str) -> SpecFile:
    return read_spec(spec)


def _load_user_catalog(spec: str) -> LoadedCatalog:
    file = _read_spec(spec)
    if file.catalog is None:
        raise ValidationError(file.issues)
    return LoadedCatalog(
        key=USER_CATALOG,
        catalog=file.catalog,
        source=(USER_CATALOG,),
        v2g_assumed=False,
        registrations_note=USER_REGISTRATIONS_NOTE,
        issues=(),
        fallback=False,
        assumptions=file.assumptions,
    )


@cache
def _load_catalog(key: str, folder: Path) -> LoadedCatalog:
    files = CATALOGS[key].files
    catalogs, issues = _read_usable_catalogs(files, folder)
    fallback = not catalogs
    if fallback and FALLBACK_FILE not in files:
        catalogs, fallback_issues = _read_usable_catalogs((FALLBACK_FILE,), folder)
        issues += fallback_issues
    if not catalogs:
        raise ValidationError(issues)
    return LoadedCatalog(
        key=key,
        # Newest first: of two entries of a model the first one wins.
        catalog=reduce(merge_catalogs, catalogs.values()),
        source=tuple(catalogs),
        v2g_assumed=V2G_ASSUMED_FILE in catalogs,
        registrations_note=REGISTRATIONS_NOTE,
        issues=tuple(issues),
        fallback=fallback,
    )


def _read_usable_catalogs(files: tuple[str, ...], folder: Path) -> tuple[dict[str, Catalog], list[Issue]]:
    catalogs: dict[str, Catalog] = {}
    issues: list[Issue] = []
    for name in files:
        content, read_issues = read_data_file(folder / name)
        catalog, catalog_issues = (None, []) if content is None else parse_catalog(content)
        issues += read_issues + [replace(issue, field=f"{name}: {issue.field}") for issue in catalog_issues]
        catalogs |= {} if catalog is None else {name: catalog}
    return catalogs, issues
