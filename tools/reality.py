"""Reality page: runs the claims, stores their figures, and writes the tables of the documentation and of About."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from math import floor, log10
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from ev2gym_dashboard import Result, Scenario, simulate
from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.service.comparison.statistics import compute_ci95_half_width
from ev2gym_dashboard.service.scenarios.toml_file import read_scenario
from ev2gym_dashboard.web.pages.about.published import (
    INCOMPARABLE,
    MET,
    MISSED,
    PUBLISHED_FILE,
    PublishedFigure,
    PublishedFigures,
)
from tools.page_sections import render_table, update_page
from tools.reality_claims import CLAIMS, DIAGNOSES, TRIAL_OF_CLAIM, Claim, Diagnosis

FOLDER = Path(__file__).parents[1] / "docs"
REALITY_PAGE, FIGURES, SCENARIO_FOLDER = FOLDER / "reality.md", FOLDER / "reality.json", FOLDER / "reality"
SEEDS = tuple(range(1, 11))
CLAIMS_BY_KEY = {claim.key: claim for claim in CLAIMS}
DIGITS = 6
"""Digits that are stored: more than the page shows, and few enough that the file is the same on other machines."""


@dataclass(frozen=True)
class Figure:
    """Our figure of a claim: the mean over the seeds, half its 95 % interval, the verdict, and a sample per seed."""

    mean: float
    ci95: float
    verdict: str
    samples: Sequence[float]


@dataclass(frozen=True)
class Figures:
    """The figures of the claims by key, and those of `DIAGNOSES` in their order."""

    claims: Mapping[str, Figure]
    diagnoses: Sequence[Figure]


def compute_figures(claims: Iterable[Claim], seeds: Sequence[int] = SEEDS) -> dict[str, Figure]:
    """Return the figure of each claim, by its key; each scenario runs once per seed."""
    claims = list(claims)
    samples = _measure_all(claims, seeds)
    return {claim.key: make_figure(claim, _divide(claim, samples)) for claim in claims}


def make_figure(claim: Claim, samples: Floats) -> Figure:
    """Return the figure of a claim from its samples, one per seed."""
    stored = [_round(sample) for sample in samples.tolist()]
    mean, ci95 = float(np.mean(stored)), float(compute_ci95_half_width(np.array([stored]))[0])
    # Equal samples have a deviation in the last bit.
    return Figure(_round(mean), _round(round(ci95, 9)), decide_verdict(claim, mean), stored)


def diagnose(diagnosis: Diagnosis, seeds: Sequence[int] = SEEDS) -> Figure:
    """Return the figure of a claim in its scenario with one change."""
    claim = CLAIMS_BY_KEY[diagnosis.claim_key]
    samples = [claim.measure(_run(claim.scenario, seed, diagnosis.values)) for seed in seeds]
    return make_figure(claim, np.array(samples))


def decide_verdict(claim: Claim, mean: float) -> str:
    """Return the verdict on a mean: met within the tolerance, both ends included."""
    if claim.why_incomparable:
        return INCOMPARABLE
    low, high = claim.tolerance
    return MET if low <= mean <= high else MISSED


def read_claim_scenario(name: str) -> Scenario:
    """Return the scenario of a file in ``docs/reality``."""
    return read_scenario(SCENARIO_FOLDER / f"{name}.toml")


def _measure_all(claims: Sequence[Claim], seeds: Sequence[int]) -> dict[tuple[str, str], Floats]:
    """Return the samples by key of the claim and name of the scenario."""
    pairs = [(claim, name) for claim in claims for name in (claim.scenario, claim.base_scenario) if name]
    samples: dict[tuple[str, str], list[float]] = {(claim.key, name): [] for claim, name in pairs}
    for scenario_name in dict.fromkeys(name for _, name in pairs):
        measured = [claim for claim, name in pairs if name == scenario_name]
        for seed in seeds:
            result = _run(scenario_name, seed)
            for claim in measured:
                samples[claim.key, scenario_name].append(claim.measure(result))
    return {key: np.array(values) for key, values in samples.items()}


def _run(name: str, seed: int, values: Mapping[str, Any] = MappingProxyType({})) -> Result:
    return simulate(replace(read_claim_scenario(name), seed=seed, **values), trace=True)


def _divide(claim: Claim, samples: Mapping[tuple[str, str], Floats]) -> Floats:
    """Return the samples of a claim; over those of its base on the same seeds, where it has one."""
    own = samples[claim.key, claim.scenario]
    return own / samples[claim.key, claim.base_scenario] if claim.base_scenario else own


def _round(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def write_figures(figures: Figures) -> None:
    """Store the figures."""
    FIGURES.write_text(json.dumps({"seeds": SEEDS} | asdict(figures), indent=2) + "\n", encoding="utf-8")


def read_figures() -> Figures:
    """Return the stored figures."""
    content = json.loads(FIGURES.read_text(encoding="utf-8"))
    claims = {key: Figure(**figure) for key, figure in content["claims"].items()}
    return Figures(claims, [Figure(**figure) for figure in content["diagnoses"]])


def render_verdicts(figures: Figures) -> str:
    """Return the sentence that counts the verdicts."""
    counts = Counter(figure.verdict for figure in figures.claims.values())
    parts = ", ".join(f"{counts[verdict]} {verdict}" for verdict in (MET, MISSED, INCOMPARABLE))
    return f"Of {counts.total()} figures: {parts}. Seeds {SEEDS[0]} to {SEEDS[-1]}.\n"


def render_claims(figures: Figures) -> str:
    """Return the table of the claims with their figures."""
    header = ("Figure", "Published", "Ours", "Tolerance", "Verdict", "Scenario and conditions")
    return render_table(header, map(_list_cells, publish(figures).figures))


def render_diagnoses(figures: Figures) -> str:
    """Return the table of the diagnoses, each beside the figure of its claim."""
    rows = [
        (diagnosis.claim_key, diagnosis.change, *(_format(each.mean, each.ci95, unit) for each in (without, changed)))
        for diagnosis, changed in zip(DIAGNOSES, figures.diagnoses, strict=True)
        for without, unit in ((figures.claims[diagnosis.claim_key], CLAIMS_BY_KEY[diagnosis.claim_key].unit),)
    ]
    return render_table(("Figure", "Change", "Without it", "With it"), rows)


def publish(figures: Figures) -> PublishedFigures:
    """Return the claims and their figures as the page About shows them."""
    rows = tuple(_make_row(claim, figures.claims[claim.key]) for claim in CLAIMS)
    return PublishedFigures(len(SEEDS), rows)


def _make_row(claim: Claim, figure: Figure) -> PublishedFigure:
    trial = TRIAL_OF_CLAIM[claim.key]
    return PublishedFigure(
        title=claim.key,
        figure=claim.figure,
        source=trial.source,
        address=trial.address,
        conditions=claim.conditions or trial.conditions,
        scenarios=tuple(filter(None, (claim.scenario, claim.base_scenario))),
        mean=figure.mean,
        ci95=figure.ci95,
        decimals=count_decimals(figure.mean),
        unit=claim.unit,
        tolerance=claim.tolerance,
        verdict=figure.verdict,
        reason={MET: "", MISSED: claim.why_missed, INCOMPARABLE: claim.why_incomparable}[figure.verdict],
    )


def write_published(figures: Figures) -> None:
    """Write the file of the page About."""
    text = json.dumps(asdict(publish(figures)), indent=2, ensure_ascii=False)
    PUBLISHED_FILE.write_text(text + "\n", encoding="utf-8")


def count_decimals(value: float) -> int:
    """Return the number of decimals that leaves a value three digits."""
    return max(0, 2 - floor(log10(abs(value)))) if value else 0


def _list_cells(row: PublishedFigure) -> tuple[str, ...]:
    source = f"[{row.source}]({row.address})" if row.address else row.source
    files = " over ".join(f"[{name}](reality/{name}.toml)" for name in row.scenarios)
    cells = (
        row.title,
        f"{row.figure}. {source}",
        _format(row.mean, row.ci95, row.unit),
        _format_tolerance(row.tolerance, row.unit),
        f"**{row.verdict}**" + (f": because {row.reason}" if row.reason else ""),
        f"{files}. {row.conditions}",
    )
    return tuple(map(_adapt_typography, cells))


def _adapt_typography(text: str) -> str:
    """Return a text of the page as the documentation writes it."""
    return re.sub(r"(?<=\d)%", " %", text).replace("’", "'")


def _format(mean: float, ci95: float, unit: str) -> str:
    decimals = count_decimals(mean)
    return _keep_together(f"{mean:.{decimals}f} ± {ci95:.{decimals}f} {unit}")


def _format_tolerance(tolerance: Sequence[float], unit: str) -> str:
    return _keep_together(f"{tolerance[0]:g} to {tolerance[1]:g} {unit}") if tolerance else "none"


def _keep_together(text: str) -> str:
    """Return a text that a narrow column does not break."""
    return text.strip().replace(" ", "\N{NO-BREAK SPACE}")


def list_sections(figures: Figures) -> dict[str, Callable[[], str]]:
    """Return the sections of the page, bound to the figures."""
    renderers = {"verdicts": render_verdicts, "claims": render_claims, "diagnoses": render_diagnoses}
    return {name: partial(render, figures) for name, render in renderers.items()}


def write_pages(figures: Figures) -> None:
    """Update the page of the documentation and the file of the page About."""
    write_published(figures)
    update_page(REALITY_PAGE, list_sections(figures))


def main() -> None:
    """Run the claims and their diagnoses, store the figures and update the page."""
    write_figures(Figures(compute_figures(CLAIMS), [diagnose(diagnosis) for diagnosis in DIAGNOSES]))
    write_pages(read_figures())


if __name__ == "__main__":
    main()
