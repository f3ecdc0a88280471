"""The reality page agrees with its figures, its verdicts follow from them, and a claim is reproduced."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard.service.scenarios.validation import check_scenario
from ev2gym_dashboard.web.pages.about.published import INCOMPARABLE, MET, MISSED, read_published_figures
from tools.page_sections import fill_sections
from tools.reality import (
    CLAIMS_BY_KEY,
    FIGURES,
    REALITY_PAGE,
    SCENARIO_FOLDER,
    SEEDS,
    compute_figures,
    count_decimals,
    decide_verdict,
    list_sections,
    make_figure,
    publish,
    read_claim_scenario,
    read_figures,
    render_claims,
)
from tools.reality_claims import CLAIMS, DIAGNOSES, TRIAL_OF_CLAIM, TRIALS, Claim, Diagnosis

TEXT = REALITY_PAGE.read_text(encoding="utf-8")
STORED = read_figures()
COMPARABLE = [claim for claim in CLAIMS if not claim.why_incomparable]


def test_the_page_agrees_with_the_stored_figures() -> None:
    assert fill_sections(TEXT, list_sections(STORED)) == TEXT, "update with python -m tools.reality"


def test_the_page_about_has_the_figures_of_the_documentation() -> None:
    assert read_published_figures() == publish(STORED), "update with python -m tools.reality"
    verdicts = [line.split(" | ")[4].split("**")[1] for line in TEXT.splitlines() if " | **" in line]
    assert [row.verdict for row in read_published_figures().figures] == verdicts


def test_a_trial_is_named_once_and_read_over_a_secure_connection() -> None:
    assert len({trial.source for trial in TRIALS}) == len(TRIALS)
    assert [trial.source for trial in TRIALS if trial.address and not trial.address.startswith("https://")] == []


@pytest.mark.parametrize(("value", "decimals"), [(0.0, 0), (0.191, 3), (-3.74, 2), (76.4, 1), (100.0, 0), (4321.0, 0)])
def test_a_figure_is_written_with_three_digits(value: float, decimals: int) -> None:
    assert count_decimals(value) == decimals


def test_every_claim_and_diagnosis_has_a_stored_figure() -> None:
    assert list(STORED.claims) == list(CLAIMS_BY_KEY)
    assert len(CLAIMS_BY_KEY) == len(CLAIMS)
    assert len(STORED.diagnoses) == len(DIAGNOSES)
    assert tuple(json.loads(FIGURES.read_text(encoding="utf-8"))["seeds"]) == SEEDS


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.key)
def test_a_claim_has_source_conditions_and_valid_scenarios(claim: Claim) -> None:
    assert claim.figure
    assert TRIAL_OF_CLAIM[claim.key].source
    assert claim.conditions or TRIAL_OF_CLAIM[claim.key].conditions
    for name in filter(None, (claim.scenario, claim.base_scenario)):
        assert check_scenario(read_claim_scenario(name)) == []
        assert f"(reality/{name}.toml)" in TEXT


def test_the_folder_has_no_scenario_without_a_claim() -> None:
    used = {name for claim in CLAIMS for name in (claim.scenario, claim.base_scenario) if name}
    assert {path.stem for path in SCENARIO_FOLDER.glob("*.toml")} == used


@pytest.mark.parametrize("diagnosis", DIAGNOSES, ids=lambda diagnosis: f"{diagnosis.claim_key}, {diagnosis.change}")
def test_a_diagnosis_changes_the_scenario_of_its_claim_to_a_valid_one(diagnosis: Diagnosis) -> None:
    scenario = read_claim_scenario(CLAIMS_BY_KEY[diagnosis.claim_key].scenario)
    values: Mapping[str, Any] = diagnosis.values
    changed = replace(scenario, **values)
    assert changed != scenario
    assert check_scenario(changed) == []


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.key)
def test_a_verdict_follows_from_figure_and_tolerance(claim: Claim) -> None:
    figure = STORED.claims[claim.key]
    assert figure.verdict == decide_verdict(claim, figure.mean)
    assert bool(claim.why_missed) == (figure.verdict == MISSED), "a miss has its reason, and only a miss"
    assert (not claim.tolerance) == (figure.verdict == INCOMPARABLE)


@pytest.mark.parametrize("claim", COMPARABLE, ids=lambda claim: claim.key)
def test_the_ends_of_a_tolerance_are_met_and_no_figure_beyond(claim: Claim) -> None:
    low, high = claim.tolerance
    below, above = np.nextafter(low, -np.inf), np.nextafter(high, np.inf)
    verdicts = [decide_verdict(claim, mean) for mean in (below, low, high, above, np.nan)]
    assert verdicts == [MISSED, MET, MET, MISSED, MISSED]


def test_a_figure_is_the_mean_of_the_seeds_with_its_interval() -> None:
    claim = replace(CLAIMS[0], tolerance=(2.0, 4.0))
    # Student's t for two degrees of freedom: 4.3027 x 1 / sqrt(3).
    figure = make_figure(claim, np.array([2.0, 3.0, 4.0]))
    assert (figure.mean, figure.verdict) == (3.0, MET)
    assert figure.ci95 == pytest.approx(2.48414, abs=1e-5)


def test_a_changed_figure_changes_the_page() -> None:
    key = CLAIMS[0].key
    changed = {**STORED.claims, key: replace(STORED.claims[key], mean=1.0 + STORED.claims[key].mean)}
    assert render_claims(replace(STORED, claims=changed)) != render_claims(STORED)


def test_running_again_gives_the_stored_samples_of_a_scenario() -> None:
    claims = [claim for claim in CLAIMS if claim.scenario == "three-sessions"]
    computed = compute_figures(claims, SEEDS[:2])
    for claim in claims:
        assert computed[claim.key].samples == pytest.approx(STORED.claims[claim.key].samples[:2], rel=2e-6)


def test_the_stored_figures_follow_from_their_samples() -> None:
    pairs = [(CLAIMS_BY_KEY[key], figure) for key, figure in STORED.claims.items()]
    pairs += [(CLAIMS_BY_KEY[d.claim_key], figure) for d, figure in zip(DIAGNOSES, STORED.diagnoses, strict=True)]
    for claim, figure in pairs:
        assert len(figure.samples) == len(SEEDS)
        again = make_figure(claim, np.array(figure.samples))
        assert (again.mean, again.verdict) == (figure.mean, figure.verdict)
        assert again.ci95 == pytest.approx(figure.ci95, rel=1e-5)
