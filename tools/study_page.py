"""Writes the study's page and figures: ``python -m tools.study_page study-results``, the folder that its sweep made.

What the page needs of it is kept as ``docs/study/results.csv``, which serves where no folder is named.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

from ev2gym_dashboard.service.sweeps.dataset import read_rows
from tools import study_figures, study_results

STUDY_PAGE = Path(__file__).parents[1] / "docs" / "study.md"

RESULT_SECTIONS: dict[str, Callable[[pd.DataFrame], str]] = {
    "answer": study_results.format_conclusion,
    "verdicts": study_results.render_verdict_table,
    "break-even": study_results.render_breakeven_table,
    "per kWh": study_results.render_per_kwh_table,
    "sizes": study_results.render_size_table,
}
DRAWINGS: dict[str, Callable[[pd.DataFrame], str]] = {
    "net-value.svg": study_figures.draw_net_value,
    "break-even.svg": study_figures.draw_breakeven,
}


def fill_results(text: str, runs: pd.DataFrame) -> str:
    """Return the page with what stands between its markers replaced by what the results say."""
    for name, part in RESULT_SECTIONS.items():
        before, opened, rest = text.partition(f"<!-- {name} -->\n")
        _, closed, after = rest.partition(f"<!-- /{name} -->")
        if not closed:
            raise ValueError(f"the page must hold the markers of {name!r}")
        text = before + opened + part(runs) + closed + after
    return text


def main(arguments: Iterable[str]) -> None:
    """Keep the results of a folder, and write the page and the figures anew."""
    for folder in arguments:
        study_results.write_results(read_rows(Path(folder)))
    runs = study_results.read_results()
    STUDY_PAGE.write_text(fill_results(STUDY_PAGE.read_text(encoding="utf-8"), runs), encoding="utf-8")
    for name, draw in DRAWINGS.items():
        (study_results.STUDY_FOLDER / name).write_text(draw(runs), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
