"""Table of the packages of the lock file with their licences: ``python -m tools.dependencies_page``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from tools.page_sections import render_table, update_page

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "dependencies.md"
LOCKED = re.compile(r"^([a-z0-9.-]+)==(\S+)", re.MULTILINE)
LICENCE_CLASSIFIER = "License :: OSI Approved :: "
MAX_LICENCE_LENGTH = 60


def read_lock(name: str) -> dict[str, str]:
    """Return the locked version of each package of a lock file."""
    return dict(LOCKED.findall((ROOT / name).read_text(encoding="utf-8")))


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


def list_rows() -> Iterator[tuple[str, str, str, str]]:
    """Yield package, version, licence and use of each package of the lock file."""
    headless = read_lock("requirements-headless.lock")
    for package, version in read_lock("requirements.lock").items():
        licence = find_licence(package)
        yield f"`{package}`", version, licence or "other systems alone", "engine" if package in headless else "page"


def render_packages_table() -> str:
    """Return the table of the packages."""
    return render_table(("Package", "Version", "Licence", "For"), list_rows())


SECTIONS: dict[str, Callable[[], str]] = {"packages": render_packages_table}


def main() -> None:
    """Update the page."""
    update_page(PAGE, SECTIONS)


if __name__ == "__main__":
    main()
