"""Reads a user's CSV of load or prices from the disk, for `Scenario`."""

from __future__ import annotations

from pathlib import Path

from ev2gym_dashboard.core.scenario import PROFILES
from ev2gym_dashboard.core.schema import Invalid
from ev2gym_dashboard.service.datasets.profile_csv import (
    MAX_CHARACTERS,
    DayProfiles,
    ProfileQuantity,
    parse_profile_csv,
)

PROFILE_UNITS: dict[str, ProfileQuantity] = {"base_load_profile": "kW", "price_profile": "MAD/kWh"}
"""What the values of each series of the user's are."""


def read_profile(path: str | Path, quantity: ProfileQuantity) -> DayProfiles:
    """Return the days of a CSV, for ``base_load_profile`` ("kW") or ``price_profile`` ("MAD/kWh") of a `Scenario`.

    Raises
    ------
    ValueError
        One, that lists every issue by row.
    """
    bounds = {unit: PROFILES[name] for name, unit in PROFILE_UNITS.items()}
    if quantity not in bounds:
        raise ValueError(f"quantity must be one of {', '.join(bounds)}, not {quantity!r}")
    low, high = bounds[quantity]
    with Path(path).open("rb") as file:
        content = file.read(MAX_CHARACTERS + 1)
    profiles, issues = parse_profile_csv(content, quantity=quantity, low=low, high=high)
    if profiles is None:
        raise Invalid(issues)
    return profiles
