"""Example of a comparison, computed beforehand: that of the default scenario, for a page that has none yet."""

from __future__ import annotations

from typing import NamedTuple

EXAMPLE_PERIOD, EXAMPLE_SEEDS = "week", 5


class ExampleRow(NamedTuple):
    """Means of a variant over the seeds: total cost [MAD], peak of the site [kW] and CO2 [kg]."""

    strategy: str
    v2g: bool
    total_mad: int
    site_peak_kw: int
    co2_kg: int


# By python -m tools.compare_example; its test computes them again.
EXAMPLE_ROWS = (
    ExampleRow(strategy="renewable", v2g=False, total_mad=623372, site_peak_kw=3500, co2_kg=145602),
    ExampleRow(strategy="renewable", v2g=True, total_mad=624372, site_peak_kw=3500, co2_kg=146267),
    ExampleRow(strategy="price", v2g=False, total_mad=624631, site_peak_kw=3500, co2_kg=145360),
    ExampleRow(strategy="price", v2g=True, total_mad=625310, site_peak_kw=3500, co2_kg=145900),
    ExampleRow(strategy="peak_shaving", v2g=True, total_mad=631667, site_peak_kw=2137, co2_kg=147153),
    ExampleRow(strategy="peak_shaving", v2g=False, total_mad=634384, site_peak_kw=2219, co2_kg=147802),
    ExampleRow(strategy="grid_support", v2g=False, total_mad=648118, site_peak_kw=3500, co2_kg=151344),
    ExampleRow(strategy="grid_support", v2g=True, total_mad=649351, site_peak_kw=3500, co2_kg=152290),
    ExampleRow(strategy="uncontrolled", v2g=False, total_mad=672922, site_peak_kw=3500, co2_kg=151850),
)
