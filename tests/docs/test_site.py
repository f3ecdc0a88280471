"""The documentation site builds without a warning and loads nothing from other hosts."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import ev2gym_dashboard
from ev2gym_dashboard.web.components.documentation import ENTRIES, PARTS

ROOT = Path(__file__).parents[2]
SOURCE = r'<(?:script|img|iframe)\b[^>]*\bsrc="([^"]+)"'
STYLE = r'<link\b[^>]*\brel="stylesheet"[^>]*\bhref="([^"]+)"'
LOADED = re.compile(f"{SOURCE}|{STYLE}")
ABSOLUTE = re.compile(r"^(?:https?:)?//")
STYLE_URL = re.compile(r"(?:url\(\s*['\"]?|@import\s+['\"])((?:https?:)?//[^)'\"]+)")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    options = ["-b", "html", "-W", "--keep-going", "-q", "-d", str(folder / "cache")]
    command = [sys.executable, "-m", "sphinx", *options, str(ROOT / "docs"), str(folder / "html")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "html"


def read_files(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_page_is_in_the_site(site: Path) -> None:
    names = [page.relative_to(ROOT / "docs").with_suffix(".html") for page in (ROOT / "docs").rglob("*.md")]
    assert [name for name in names if not (site / name).is_file()] == []


def test_a_site_that_is_built_over_a_former_one_is_the_same(site: Path, tmp_path: Path) -> None:
    shutil.copytree(site.parent / "cache", tmp_path / "doctrees")
    shutil.copytree(site, tmp_path / "html")
    (tmp_path / "html" / "removed.html").touch()
    # ARGS is that of the tests where `make test` has one, and make hands it down.
    variables = [f"SITE={tmp_path}", f"BIN={Path(sys.executable).parent}", "DEV=", "RUNTIME=", "ARGS="]
    subprocess.run(["make", *variables, "site"], cwd=ROOT, check=True, capture_output=True, timeout=300)
    assert read_files(tmp_path / "html") == read_files(site)


def test_the_french_pages_say_that_they_are_french(site: Path) -> None:
    pages = {page.stem: page.read_text(encoding="utf-8") for page in (site / "fr").glob("*.html")}
    assert pages
    assert {name for name, text in pages.items() if '<html class="no-js" lang="fr"' not in text} == set()


def test_the_site_loads_nothing_from_other_hosts(site: Path) -> None:
    loaded = {
        address
        for page in site.rglob("*.html")
        for pair in LOADED.findall(page.read_text(encoding="utf-8"))
        for address in pair
        if address
    }
    assert loaded
    assert {address for address in loaded if ABSOLUTE.match(address)} == set()


def test_the_styles_of_the_site_load_nothing_from_other_hosts(site: Path) -> None:
    styles = [style.read_text(encoding="utf-8") for style in site.rglob("*.css")]
    assert styles
    assert [address for style in styles for address in STYLE_URL.findall(style)] == []


def has_part(site: Path, link: str) -> bool:
    page, _, anchor = link.partition("#")
    text = (site / page).read_text(encoding="utf-8")
    return not anchor or f'<section id="{anchor}"' in text


def test_the_parts_that_the_application_links_are_in_the_site(site: Path) -> None:
    links = {link for parts in (ENTRIES, *PARTS.values()) for link in parts.values()}
    assert {link for link in links if not has_part(site, link)} == set()


def test_the_api_page_documents_every_exported_name(site: Path) -> None:
    page = (site / "reference" / "api.html").read_text(encoding="utf-8")
    names = set(ev2gym_dashboard.__all__) - {"play_duel"}
    assert [name for name in sorted(names) if f'id="ev2gym_dashboard.{name}"' not in page] == []
