"""Page and figures of the study: ``python -m tools.study_page study-results``, the output folder of its sweep.

The columns that the page needs are copied to ``docs/study/results.csv``; without an argument that copy is rendered.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import pandas as pd

from ev2gym_dashboard.service.sweeps.dataset import read_rows
from tools import study_figures, study_results, study_tables
from tools.page_sections import update_page

STUDY_PAGE = Path(__file__).parents[1] / "docs" / "study.md"

RESULT_SECTIONS: dict[str, Callable[[pd.DataFrame], str]] = {
    "answer": study_tables.format_conclusion,
    "verdicts": study_tables.render_verdict_table,
    "break-even": study_tables.render_breakeven_table,
    "per kWh": study_tables.render_per_kwh_table,
    "charging": study_tables.render_charging_table,
    "subscription": study_tables.render_subscription_table,
    "stays": study_tables.render_stay_table,
    "owed": study_tables.render_owed_table,
}
DRAWINGS: dict[str, Callable[[pd.DataFrame], str]] = {
    "net-value.svg": study_figures.draw_net_value,
    "break-even.svg": study_figures.draw_breakeven,
}


def list_sections(runs: pd.DataFrame) -> dict[str, Callable[[], str]]:
    """Return the sections of the page, bound to the results."""
    return {name: partial(render, runs) for name, render in RESULT_SECTIONS.items()}


def main(arguments: Iterable[str]) -> None:
    """Store the results of a folder, and update the page and the figures."""
    for folder in arguments:
        study_results.write_results(read_rows(Path(folder)))
    runs = study_results.equip_runs(study_results.read_results())
    update_page(STUDY_PAGE, list_sections(runs))
    for name, draw in DRAWINGS.items():
        (study_results.STUDY_FOLDER / name).write_text(draw(runs), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
