"""The example on the page Compare before a comparison, computed: ``python -m tools.compare_example``."""

from __future__ import annotations

from pathlib import Path

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.comparison.example import EXAMPLE_PERIOD, EXAMPLE_SEEDS, ExampleRow
from ev2gym_dashboard.service.comparison.request import make_comparison_request
from ev2gym_dashboard.service.comparison.result import Comparison
from ev2gym_dashboard.service.comparison.runner import run_comparison

EXAMPLE_FILE = Path(__file__).parents[1] / "ev2gym_dashboard" / "service" / "comparison" / "example.py"
FIGURES = ("total_mad", "site_peak_kw", "co2_kg")
START, END = "EXAMPLE_ROWS = (\n", ")\n"


def compute_example() -> tuple[ExampleRow, ...]:
    """Return the rows of the example, in whole MAD, kW and kg."""
    request = make_comparison_request(Scenario(), EXAMPLE_PERIOD, EXAMPLE_SEEDS)
    return make_example_rows(run_comparison(request.scenario, seeds=request.seeds))


def make_example_rows(comparison: Comparison) -> tuple[ExampleRow, ...]:
    """Return the rows of a comparison by rising total cost."""
    rows = [
        ExampleRow(
            variant.strategy, variant.v2g, *(round(mean[name]) for name in ("total_mad", "site_peak_kw", "co2_kg"))
        )
        for variant, (_, mean) in zip(comparison.variants, comparison.mean.iterrows(), strict=True)
    ]
    return tuple(sorted(rows, key=lambda row: row.total_mad))


def main() -> None:
    """Write the rows into the module of the example."""
    text = EXAMPLE_FILE.read_text(encoding="utf-8")
    before, _, rest = text.partition(START)
    after = rest.partition(END)[2]
    rows = "".join(f"    {row!r},\n" for row in compute_example())
    EXAMPLE_FILE.write_text(f"{before}{START}{rows}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
