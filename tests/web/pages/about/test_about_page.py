"""About: its facts are those of the files and documents that hold them, in every language."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

import pytest
import yaml

from ev2gym_dashboard import __version__
from ev2gym_dashboard.service.datasets.paths import find_assets_folder, own_data_folder
from ev2gym_dashboard.web.app import render_page
from ev2gym_dashboard.web.build import compute_build_id
from ev2gym_dashboard.web.i18n import LANGUAGES
from ev2gym_dashboard.web.pages.about.assumptions import ASSUMPTIONS
from ev2gym_dashboard.web.pages.about.citations import (
    AUTHORS,
    CITATIONS,
    EV2GYM_IDENTIFIER,
    EV2GYM_TITLE,
    LICENCE,
    PROGRAM,
)
from ev2gym_dashboard.web.pages.about.sources import DATA_SOURCES, SOFTWARE

ROOT = Path(__file__).parents[4]
ROWS = [
    [cell.strip() for cell in line.split("|")]
    for line in (own_data_folder() / "README.md").read_text(encoding="utf-8").splitlines()
]
LICENCES = {row[1].strip("`"): row[4] for row in ROWS if len(row) == 6}
DISTRIBUTIONS = {"HiGHS": "highspy", "Apache Arrow": "pyarrow"}
FILES = {"Plotly.js": "plotly-basic.min.js", "Bootstrap": "bootstrap.min.css"}
BUNDLED = {"AG Grid Community"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_names_version_build_citation_and_licence(lang: str) -> None:
    text = str(render_page("/about", f"?lang={lang}"))
    assert [part for part in (__version__, compute_build_id(), *CITATIONS.values(), LICENCE) if part not in text] == []


def test_the_help_menu_of_every_page_links_it_below_the_prefix() -> None:
    assert "/fleet/about?lang=fr" in str(render_page("/fleet/site", "?lang=fr", "/fleet/"))


def test_every_data_file_has_its_source() -> None:
    files = [file for source in DATA_SOURCES for file in source.files]
    assert sorted(files) == sorted(path.name for path in own_data_folder().glob("*.json"))


@pytest.mark.parametrize("source", DATA_SOURCES, ids=lambda source: source.content)
def test_the_licences_of_the_data_are_those_of_their_documentation(source: object) -> None:
    assert [file for file in source.files if not LICENCES[file].startswith(source.licence)] == []  # type: ignore[attr-defined]


def test_the_citation_is_that_of_the_citation_file() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    reference = citation["references"][0]
    assert (citation["title"], citation["authors"][0]["name"]) == (PROGRAM, AUTHORS)
    assert (citation["license"], reference["title"]) == (LICENCE, EV2GYM_TITLE)
    assert reference["identifiers"][0]["value"] == EV2GYM_IDENTIFIER


@pytest.mark.parametrize("title", ASSUMPTIONS)
def test_each_assumption_is_one_of_the_documentation(title: str) -> None:
    text = (ROOT / "docs" / "assumptions.md").read_text(encoding="utf-8").replace("'", "’")
    assert re.search(rf"\*\*{re.escape(title)}", text)


@pytest.mark.parametrize("name", sorted(set(SOFTWARE) - set(FILES) - BUNDLED))
def test_the_licences_of_packages_are_those_that_they_declare(name: str) -> None:
    package = metadata.metadata(DISTRIBUTIONS.get(name, name))
    declared = " ".join(package.get_all("License-Expression") or [package["License"] or ""])
    family = SOFTWARE[name].licence.partition("-")[0]
    assert family in " ".join([declared, *(package.get_all("Classifier") or [])])


@pytest.mark.parametrize("name", FILES)
def test_the_licences_of_files_are_those_in_their_first_lines(name: str) -> None:
    head = (find_assets_folder() / FILES[name]).read_text(encoding="utf-8")[:600]
    assert SOFTWARE[name].licence in head
