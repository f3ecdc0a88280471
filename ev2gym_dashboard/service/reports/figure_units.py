"""Units of figures, from their names."""

from __future__ import annotations

UNIT_BY_SUFFIX = {
    "mad_kwh": "MAD/kWh",
    "mad_year": "MAD",
    "kw_per_kwp": "kW/kWp",
    "kwh": "kWh",
    "kva": "kVA",
    "kw": "kW",
    "mad": "MAD",
    "kg": "kg",
    "h": "h",
}


def find_unit(name: str) -> str:
    """Return the unit that is the suffix of a name; none for counts and fractions."""
    return next((unit for suffix, unit in UNIT_BY_SUFFIX.items() if name.endswith(f"_{suffix}")), "")
