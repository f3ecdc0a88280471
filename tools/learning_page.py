"""Learning section of docs/gymnasium.md, from the measurements of the example: ``python -m tools.learning_page``."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from ev2gym_dashboard.core.arrays import Floats
from tools.page_sections import render_table, update_page
from tools.svg_drawing import (
    INK,
    WIDTH,
    Panel,
    draw_frame,
    draw_line,
    draw_text,
    draw_title,
    make_ticks,
    render_svg,
)

DOCS = Path(__file__).parents[1] / "docs"
GYMNASIUM_PAGE, CURVE_FILE = DOCS / "gymnasium.md", DOCS / "examples" / "learning-curve.svg"
RESULTS = DOCS / "examples" / "ppo.json"
CONFIDENCE = 0.95
ROWS_OF_CURVE = 10
RULE_LINES = {"price": ("#cf6d10", "7 3"), "price with a site cap": ("#0072B2", "2 3")}
"""Rules that the curve is compared with: colour and dashes."""
AGENT_COLOUR = "#009E73"
DECISIONS_PER_TICK = 100_000

Record = dict[str, Any]


def read_record() -> Record:
    """Return what the example has measured."""
    record: Record = json.loads(RESULTS.read_text(encoding="utf-8"))
    return record


def compute_paired_interval(costs_mad: Floats, reference_mad: Floats) -> tuple[float, float]:
    """Return the mean difference of costs on the same seeds, and the half width of its confidence interval [MAD]."""
    differences = costs_mad - reference_mad
    quantile = float(stats.t.ppf(0.5 + CONFIDENCE / 2.0, len(differences) - 1))
    return float(differences.mean()), quantile * float(differences.std(ddof=1)) / math.sqrt(len(differences))


def render_training(record: Record) -> str:
    """Return how long the agent was trained."""
    last = record["curve"][-1]
    return (
        f"Training: {last['decisions']:,} decisions of an hour, {last['cpu_s']:.0f} s of processor time "
        f"({record['wall_s']:.0f} s by the clock of a machine shared with other work, with the checks of the curve).\n"
    )


def render_costs_table(record: Record) -> str:
    """Return the mean cost of the agent and of each rule on the held-out seeds, and its difference to `price`."""
    costs = {name: np.array(values) for name, values in record["costs_mad"].items()}
    rows = []
    for name, costs_mad in sorted(costs.items(), key=lambda item: float(item[1].mean())):
        mean_mad, half_mad = compute_paired_interval(costs_mad, costs["price"])
        n_cheaper = int((costs_mad < costs["price"]).sum())
        compared = (
            ("", "") if name == "price" else (f"{mean_mad:+.1f} ± {half_mad:.1f}", f"{n_cheaper} of {len(costs_mad)}")
        )
        rows.append((_name(name), f"{costs_mad.mean():,.1f}", *compared))
    return render_table(("", "Mean cost of the day [MAD]", "Difference to `price` [MAD]", "Cheaper on"), rows)


def render_curve_table(record: Record) -> str:
    """Return the mean cost on the held-out seeds over the decisions of training."""
    curve = record["curve"]
    chosen = sorted({round(i * (len(curve) - 1) / ROWS_OF_CURVE) for i in range(ROWS_OF_CURVE + 1)})
    rows = [
        (f"{point['decisions']:,}", f"{point['cpu_s']:.0f}", f"{point['mean_mad']:,.1f}")
        for point in (curve[i] for i in chosen)
    ]
    return render_table(("Decisions of training", "Processor time [s]", "Mean cost of the day [MAD]"), rows)


def draw_curve(record: Record) -> str:
    """Draw the mean cost on the held-out seeds over the decisions of training, with two rules."""
    points = [(float(point["decisions"]), float(point["mean_mad"])) for point in record["curve"]]
    rules = {name: float(np.mean(record["costs_mad"][name])) for name in RULE_LINES}
    values = [value for _, value in points] + list(rules.values())
    low, high, last = min(values) - 10.0, max(values) + 10.0, points[-1][0]
    panel = Panel(80, 50, WIDTH - 300, 280, (0.0, last), (low, high))
    parts = [draw_title("Mean cost of a day on the held-out seeds [MAD]")]
    parts += draw_frame(panel, "", [0.0, *make_ticks(0.0, last, DECISIONS_PER_TICK)], make_ticks(low, high, 25.0))
    parts.append(draw_text(panel.left + panel.width / 2, 370, "decisions of training, of all fleets", anchor="middle"))
    for name, value in rules.items():
        colour, dash = RULE_LINES[name]
        ends = [panel.locate(x, value) for x in panel.x]
        parts += [draw_line(ends, colour, dash=dash, width=2.2), draw_text(ends[1][0] + 8, ends[1][1] + 4, name)]
    places = [panel.locate(*point) for point in points]
    parts += [draw_line(places, AGENT_COLOUR, width=2.2), draw_text(places[-1][0] + 8, places[-1][1] + 4, "PPO")]
    parts.append(
        draw_line([(panel.left, panel.top + panel.height), (panel.left + panel.width, panel.top + panel.height)], INK)
    )
    return render_svg(parts)


def list_sections(record: Record) -> dict[str, Callable[[], str]]:
    """Return the sections of the page, bound to a record."""
    return {
        "trained": lambda: render_training(record),
        "learned": lambda: render_costs_table(record),
        "curve": lambda: render_curve_table(record),
    }


def main() -> None:
    """Update the page and the drawing."""
    record = read_record()
    update_page(GYMNASIUM_PAGE, list_sections(record))
    CURVE_FILE.write_text(draw_curve(record), encoding="utf-8")


def _name(name: str) -> str:
    rule, _, rest = name.partition(" ")
    return "PPO" if name == "ppo" else f"`{rule}` {rest}".rstrip()


if __name__ == "__main__":
    main()
