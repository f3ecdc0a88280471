"""The files for contributors are well-formed and agree with the project."""

from __future__ import annotations

import re
import tomllib
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import PATH_MARKERS

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
FORMS = [path for path in sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml")) if path.name != "config.yml"]
PAGES = [ROOT / name for name in ("CONTRIBUTING.md", ".github/PULL_REQUEST_TEMPLATE.md")]
MARKER = re.compile(r"\w+(?=:)")


def read_yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_the_citation_has_the_required_keys_and_the_version_of_the_project() -> None:
    citation = read_yaml(ROOT / "CITATION.cff")
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == PROJECT["project"]["version"]
    assert citation["license"] == PROJECT["project"]["license"]
    assert citation["authors"] == PROJECT["project"]["authors"]


@pytest.mark.parametrize("form", FORMS, ids=attrgetter("name"))
def test_an_issue_form_has_a_name_a_description_and_unique_fields(form: Path) -> None:
    content = read_yaml(form)
    ids = [field["id"] for field in content["body"]]
    assert content["name"]
    assert content["description"]
    assert len(ids) == len(set(ids))
    assert all(field["attributes"]["label"] for field in content["body"])


def test_the_pre_commit_hooks_download_nothing() -> None:
    (repository,) = read_yaml(ROOT / ".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    assert {hook["language"] for hook in repository["hooks"]} == {"system"}


def test_the_pre_commit_hooks_run_the_checks_of_make_lint() -> None:
    (repository,) = read_yaml(ROOT / ".pre-commit-config.yaml")["repos"]
    commands = {hook["entry"].split()[0].rpartition("/")[2] for hook in repository["hooks"]}
    lint = MAKEFILE.split("\nlint:")[1].split("\n\n")[0]
    assert commands == {
        name.lower() for names in re.findall(r"\$\(BIN\)/([\w-]+)|\$\((BIOME)\)", lint) for name in names if name
    }


@pytest.mark.parametrize("page", PAGES, ids=attrgetter("name"))
def test_every_make_target_in_the_text_exists(page: Path) -> None:
    targets = set(re.findall(r"(?:`|^)make ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE))
    assert targets
    assert [target for target in sorted(targets) if not re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)] == []


def test_the_markers_of_contributing_are_those_of_pytest() -> None:
    markers = {MARKER.match(marker)[0] for marker in PROJECT["tool"]["pytest"]["ini_options"]["markers"]}  # type: ignore[index]
    (sentence,) = re.findall(r"The markers (.+) are set by path", PAGES[0].read_text(encoding="utf-8"))
    (by_hand,) = re.findall(r"is marked\s+with `(\w+)`", PAGES[0].read_text(encoding="utf-8"))
    assert {*re.findall(r"`(\w+)`", sentence), by_hand} == markers


@pytest.mark.parametrize("path", PATH_MARKERS)
def test_every_path_with_a_marker_exists(path: str) -> None:
    assert (ROOT / "tests" / path).exists()


def test_every_module_that_must_run_in_continuous_integration_exists() -> None:
    (modules,) = re.findall(r"tests_ran\.py \S+ (.+?) \|\|", (ROOT / ".ci/run").read_text(encoding="utf-8"))
    paths = [ROOT / module.replace(".", "/") for module in modules.split()]
    assert paths
    assert [path for path in paths if not (path.is_dir() or path.with_suffix(".py").is_file())] == []
