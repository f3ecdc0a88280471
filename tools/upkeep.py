"""Look at the upkeep of the locked packages: ``python -m tools.upkeep ADDRESS``, of a package index with upload times.

The releases are recorded in ``docs/upkeep.json``; `tools.dependencies_page` shows them.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename
from packaging.version import Version

ROOT = Path(__file__).parents[1]
RECORD = ROOT / "docs" / "upkeep.json"
LOCKED = re.compile(r"^([a-z0-9.-]+)==(\S+)", re.MULTILINE)
ACCEPT = "application/vnd.pypi.simple.v1+json"
TIMEOUT_S = 30
YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Upkeep:
    """Releases of a package: when the locked one was made, the newest one, and how many came in the year before.

    Final releases that were not withdrawn count; dates are ISO texts.
    """

    released: str
    newest: str
    newest_released: str
    releases_in_a_year: int


@dataclass(frozen=True)
class UpkeepRecord:
    """The upkeep of each package on the day of a look, an ISO text."""

    looked: str
    packages: Mapping[str, Upkeep]


def read_lock(name: str) -> dict[str, str]:
    """Return the locked version of each package of a lock file."""
    return dict(LOCKED.findall((ROOT / name).read_text(encoding="utf-8")))


def summarize_releases(releases: Mapping[Version, date], locked: Version, looked: date) -> Upkeep:
    """Return the upkeep of a package from the dates of its releases; the locked one must be among them."""
    final = {version: day for version, day in releases.items() if not version.is_prerelease and day <= looked}
    newest = max(final)
    n_recent = sum(day > looked - YEAR for day in final.values())
    return Upkeep(f"{releases[locked]}", f"{newest}", f"{final[newest]}", n_recent)


def read_releases(package: str, files: Iterable[Mapping[str, Any]]) -> dict[Version, date]:
    """Return the day of each release of a package from the files that an index lists."""
    releases: dict[Version, date] = {}
    for file in files:
        version = _parse_version(package, str(file["filename"]))
        if version is None or file.get("yanked"):
            continue
        day = datetime.fromisoformat(file["upload-time"]).date()
        releases[version] = min(day, releases.get(version, day))
    return releases


def _parse_version(package: str, name: str) -> Version | None:
    """Return the version of a file; None for a form of files that is no longer installed."""
    parse: Callable[[str], tuple[Any, ...]] = parse_wheel_filename if name.endswith(".whl") else parse_sdist_filename
    try:
        parsed, version, *_ = parse(name)
    except ValueError:
        return None
    return version if parsed == canonicalize_name(package) else None


def look_up(locked: Mapping[str, str], looked: date, fetch: Callable[[str], Mapping[str, Any]]) -> UpkeepRecord:
    """Return the upkeep of the locked packages; ``fetch`` returns what an index says of one."""
    releases = {package: read_releases(package, fetch(package)["files"]) for package in locked}
    packages = {name: summarize_releases(days, Version(locked[name]), looked) for name, days in releases.items()}
    return UpkeepRecord(f"{looked}", packages)


def read_record() -> UpkeepRecord:
    """Return the recorded look."""
    content = json.loads(RECORD.read_text(encoding="utf-8"))
    return UpkeepRecord(content["looked"], {name: Upkeep(**entry) for name, entry in content["packages"].items()})


def _fetch(address: str, package: str) -> Mapping[str, Any]:
    request = Request(f"{address.rstrip('/')}/{package}/", headers={"Accept": ACCEPT})  # noqa: S310 (of the operator)
    with urlopen(request, timeout=TIMEOUT_S) as response:  # noqa: S310
        content: Mapping[str, Any] = json.load(response)
    return content


def main(address: str) -> None:
    """Record the upkeep of today."""
    record = look_up(read_lock("requirements.lock"), datetime.now(UTC).date(), partial(_fetch, address))
    RECORD.write_text(json.dumps(asdict(record), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
