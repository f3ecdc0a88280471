"""Table of the packages of the lock file with their licences: ``python -m tools.dependencies_page``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from tools.page_sections import render_table, update_page
from tools.upkeep import Upkeep, read_lock, read_record

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "dependencies.md"
LICENCE_CLASSIFIER = "License :: OSI Approved :: "
MAX_LICENCE_LENGTH = 60
QUIET = timedelta(days=2 * 365)
"""A package without a release for so long is named."""


def find_licence(package: str) -> str:
    """Return the licence that an installed package declares; an empty text where another system needs it."""
    try:
        declared = metadata(package)
    except PackageNotFoundError:
        return ""
    # Some packages put the whole text of their licence into the field of its name.
    names = [str(declared.json.get(key, "")).strip() for key in ("license_expression", "license")]
    classifiers = declared.json.get("classifier", [])
    names += [line.removeprefix(LICENCE_CLASSIFIER) for line in classifiers if line.startswith(LICENCE_CLASSIFIER)]
    return next((name for name in names if 0 < len(name) <= MAX_LICENCE_LENGTH and "\n" not in name), "see the package")


def list_rows() -> Iterator[tuple[str, ...]]:
    """Yield package, version, licence, use and upkeep of each package of the lock file."""
    headless, upkeep = read_lock("requirements-headless.lock"), read_record().packages
    for package, version in read_lock("requirements.lock").items():
        licence, use = find_licence(package), "engine" if package in headless else "page"
        yield f"`{package}`", version, licence or "other systems alone", use, *format_upkeep(version, upkeep[package])


def format_upkeep(version: str, upkeep: Upkeep) -> tuple[str, str, str]:
    """Return the day of the locked release, the newest one where it is another, and the releases in a year."""
    newest = "" if upkeep.newest == version else f"{upkeep.newest}, {upkeep.newest_released}"
    return upkeep.released, newest, str(upkeep.releases_in_a_year)


def render_packages_table() -> str:
    """Return the table of the packages."""
    header = ("Package", "Version", "Licence", "For", "Released", "Newer", "Releases in a year")
    return render_table(header, list_rows())


def render_look() -> str:
    """Return the sentence about the look at the index: its day, and the packages whose last release is old."""
    record = read_record()
    first = date.fromisoformat(record.looked) - QUIET
    quiet = [name for name, upkeep in record.packages.items() if date.fromisoformat(upkeep.newest_released) < first]
    names = ", ".join(f"`{name}`" for name in quiet)
    return f"Looked up on {record.looked}. Without a release in the two years before: {names or 'none'}.\n"


SECTIONS: dict[str, Callable[[], str]] = {"look": render_look, "packages": render_packages_table}


def main() -> None:
    """Update the page."""
    update_page(PAGE, SECTIONS)


if __name__ == "__main__":
    main()
