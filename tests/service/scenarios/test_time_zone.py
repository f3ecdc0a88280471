"""Morocco's legal time is UTC since 2026-09-20, by the tzdata package, whatever the system's old copy says."""

from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import zoneinfo
from datetime import datetime
zoneinfo.reset_tzpath(to=[])
time = datetime.fromisoformat("{utc}+00:00").astimezone(zoneinfo.ZoneInfo("Africa/Casablanca"))
print(time.isoformat(timespec="minutes"))
"""


@pytest.mark.parametrize(
    ("utc", "legal"),
    [
        ("2026-10-01T12:00", "2026-10-01T12:00+00:00"),
        ("2026-09-21T12:00", "2026-09-21T12:00+00:00"),
        ("2026-09-19T12:00", "2026-09-19T13:00+01:00"),
        ("2026-03-01T12:00", "2026-03-01T12:00+00:00"),
        ("2027-07-01T12:00", "2027-07-01T12:00+00:00"),
    ],
)
def test_noon_in_utc_is_noon_in_morocco_since_the_change_of_the_law(utc: str, legal: str) -> None:
    code = CODE.format(utc=utc)
    shown = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == legal
