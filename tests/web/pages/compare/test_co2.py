"""Verdicts on CO2: none under a constant factor, some under one that changes over time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ev2gym_dashboard import Scenario, run_comparison
from ev2gym_dashboard.core.kpis import KPIS, LOWER_IS_BETTER, NEITHER_IS_BETTER
from ev2gym_dashboard.service.comparison.result import Comparison
from ev2gym_dashboard.service.reports.bundle import collect_provenance
from ev2gym_dashboard.service.reports.html_report import render_comparison_report
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.compare import table, texts

HOURLY = ((100.0,) * 17 + (900.0,) * 5 + (100.0,) * 2,)
SCENARIO = Scenario(fleet_size=60, days=1.0, start="2026-12-15T16:00")


@pytest.fixture(scope="module")
def hourly() -> Comparison:
    return run_comparison(replace(SCENARIO, co2_profile=HOURLY), seeds=3)


@pytest.fixture(scope="module")
def flat_series() -> Comparison:
    return run_comparison(replace(SCENARIO, co2_profile=((300.0,) * 24,)), seeds=3)


@pytest.mark.parametrize("name", ["comparison", "flat_series"])
def test_under_a_constant_factor_no_strategy_is_better_or_worse_by_co2(
    name: str, request: pytest.FixtureRequest, english: Translator
) -> None:
    constant: Comparison = request.getfixturevalue(name)
    rows = table.build_comparison_rows(constant, english)
    assert constant.best["co2_kg"] == []
    tones = {row["co2_kg_tone"] for row in rows} | {row["co2_kg_vs_uncontrolled_tone"] for row in rows}
    assert tones <= {"", table.QUIET_TONE}
    notes = " ".join(row["co2_kg_note"] + row["co2_kg_vs_uncontrolled_note"] for row in rows)
    assert not any(word in notes for word in ("best", "better", "worse"))
    assert "no strategy is better by CO2" in " ".join(texts.list_conclusions(constant, english))
    assert collect_provenance(constant.scenarios, (0,))["figures"]["co2_kg"]["better"] == NEITHER_IS_BETTER


def test_under_a_factor_that_changes_the_lowest_emissions_are_the_best(hourly: Comparison, english: Translator) -> None:
    mean_kg = hourly.mean["co2_kg"] + hourly.mean["owed_co2_kg"]
    assert mean_kg[hourly.best["co2_kg"]].max() == mean_kg.min()
    tones = {row["co2_kg_vs_uncontrolled_tone"] for row in table.build_comparison_rows(hourly, english)}
    assert tones & {table.GOOD_TONE, table.BAD_TONE}
    assert "CO2" not in " ".join(texts.list_conclusions(hourly, english))
    assert collect_provenance(hourly.scenarios, (0,))["figures"]["co2_kg"]["better"] == LOWER_IS_BETTER


def test_a_comparison_of_scenarios_has_a_best_only_if_all_factors_change() -> None:
    scenarios = {"constant": SCENARIO, "hourly": replace(SCENARIO, co2_profile=HOURLY)}
    assert run_comparison(scenarios).best["co2_kg"] == []
    assert run_comparison({"hourly": scenarios["hourly"]}).best["co2_kg"] == ["hourly"]


def test_the_report_marks_no_best_co2_under_a_constant_factor(comparison: Comparison, hourly: Comparison) -> None:
    assert render_comparison_report(comparison).count(" (best)") == count_best_marks(comparison)
    assert render_comparison_report(hourly).count(" (best)") == count_best_marks(hourly)


def count_best_marks(comparison: Comparison) -> int:
    return sum(map(len, comparison.best.values()))


def test_only_co2_depends_on_the_factor() -> None:
    assert [name for name, kpi in KPIS.items() if kpi.needs_hourly_co2] == ["co2_kg"]
    for name, kpi in KPIS.items():
        assert kpi.choose_better(co2_varies=True) == kpi.better, name
