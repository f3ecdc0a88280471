"""Table of a comparison: its columns, its rows and the certainty of its differences."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ev2gym_dashboard.core.kpi_formulas import KPI_FORMULAS, KpiFormula
from ev2gym_dashboard.service.comparison.result import COMPARISON_KPIS, OPTIMUM_COLUMNS, Comparison
from ev2gym_dashboard.service.comparison.runner import run_comparison
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.compare import grid, table, texts
from ev2gym_dashboard.web.pages.compare.callbacks import build_rows
from tests.web.pages.compare.conftest import SCENARIO


def test_the_certain_best_and_the_baseline_are_marked(french: Translator) -> None:
    # Three seeds are too few for a best variant that is certain.
    comparison = run_comparison(SCENARIO, seeds=6)
    rows = table.build_comparison_rows(comparison, french)
    marked = {
        name: [label for label, row in zip(comparison.labels, rows, strict=True) if "meilleur" in row[f"{name}_note"]]
        for name in table.TABLE_KPIS
    }
    assert any(marked.values())
    for name, labels in marked.items():
        assert labels in ([], comparison.certain_best[name])
        assert len(labels) <= 1
    assert rows[0]["note"].startswith("référence")
    assert rows[0]["cost_mad_vs_uncontrolled_text"] == "–"
    assert all("±" in row["cost_mad_note"] for row in rows)


def test_a_best_that_reads_like_another_is_not_marked(comparison: Comparison, english: Translator) -> None:
    label = comparison.labels[1]
    certain = {name: [label] for name in comparison.certain_best}
    cost = replace(comparison)
    vars(cost)["certain_best"] = certain
    notes = [row["site_peak_kw_note"] for row in table.build_comparison_rows(cost, english)]
    texts = [row["site_peak_kw_text"] for row in table.build_comparison_rows(cost, english)]
    assert ["best" in note for note in notes] == [k == 1 and texts.count(texts[1]) == 1 for k in range(len(texts))]
    assert texts.count(texts[1]) > 1


def test_what_does_not_apply_is_not_a_number(comparison: Comparison, english: Translator) -> None:
    rows = table.build_comparison_rows(comparison, english)
    assert {row["v2g_kwh"] > 0.0 for row in rows} == {True, False}
    for row in rows:
        assert (row["v2g_net_mad_text"] == table.NO_VALUE) != (row["v2g_kwh"] > 0.0)
        # The tariff is at low voltage.
        assert row["needed_subscription_kva_text"] == row["needed_subscription_kva_vs_uncontrolled_text"] == "–"


def test_a_difference_that_is_not_certain_is_quiet(comparison: Comparison, english: Translator) -> None:
    rows = table.build_comparison_rows(comparison, english)[1:]
    cells = {
        (row[f"{name}_vs_uncontrolled_note"].split("\n")[-1], row[f"{name}_vs_uncontrolled_tone"])
        for row in rows
        for name in table.TABLE_KPIS
    }
    assert {("equal", "quiet"), ("not significant", "quiet"), ("better", "good")} <= cells
    assert all(tone == "quiet" for word, tone in cells if word in {"equal", "not significant", "open", ""})


def test_a_difference_is_better_or_worse_only_if_its_interval_excludes_zero(
    comparison: Comparison, english: Translator
) -> None:
    rows = table.build_comparison_rows(comparison, english)[1:]
    cells = [(k, name, row) for k, row in enumerate(rows, start=1) for name in table.TABLE_KPIS]
    words = {(k, name): row[f"{name}_vs_uncontrolled_note"].split("\n")[-1] for k, name, row in cells}
    excludes_zero = {
        (k, name): abs(comparison.difference.iloc[k][name]) > comparison.difference_interval.iloc[k][name]
        for k, name, _row in cells
    }
    certain = {cell for cell, word in words.items() if word in {"better", "worse", "significant"}}
    uncertain = {cell for cell, word in words.items() if word == "not significant"}
    assert certain
    assert uncertain
    assert all(excludes_zero[cell] for cell in certain)
    assert not any(excludes_zero[cell] for cell in uncertain)


def test_one_seed_has_no_interval(single: Comparison, english: Translator) -> None:
    rows = table.build_comparison_rows(single, english)
    assert all(row["cost_mad_ci95"] is None and "±" not in row["cost_mad_note"] for row in rows)
    assert not any("better" in row["cost_mad_vs_uncontrolled_note"] for row in rows)
    assert "One seed: no interval can be computed" in texts.list_conclusions(single, english)[-1]


def test_every_column_has_a_value_in_each_row(comparison: Comparison, french: Translator) -> None:
    columns = {column["field"] for column in grid.build_comparison_column_definitions(french)}
    rows = build_rows(comparison, french)
    assert rows
    for row in rows:
        assert columns <= set(row)
        json.dumps(row, allow_nan=False)


def test_every_statistic_of_every_kpi_is_a_column_and_the_mean_of_the_headlines_is_visible(french: Translator) -> None:
    _variant, *columns = grid.build_comparison_column_definitions(french)
    statistics = [f"{name}{suffix}" for name in COMPARISON_KPIS for suffix in table.STATISTIC_BY_SUFFIX]
    assert sorted(column["field"] for column in columns) == sorted([*OPTIMUM_COLUMNS, *statistics])
    visible = [column["field"] for column in columns if not column.get("hide")]
    assert visible == ["above_optimum", *table.TABLE_KPIS]


def test_a_toy_kpi_becomes_a_visible_column(
    comparison: Comparison, english: Translator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(COMPARISON_KPIS, "toy_kw", replace(COMPARISON_KPIS["site_peak_kw"], label="Toy"))
    monkeypatch.setitem(KPI_FORMULAS, "toy_kw", KpiFormula("2 x `site_peak_kw`"))
    monkeypatch.setattr(table, "TABLE_KPIS", (*table.TABLE_KPIS, "toy_kw"))
    columns = grid.build_comparison_column_definitions(english)
    headings = {column["headerName"] for column in columns}
    assert next(column for column in columns if column["field"] == "toy_kw")["headerTooltip"] == (
        "2 x Peak at the meter"
    )
    assert {"Toy (kW)", "Toy (kW) ± 95%", "Δ Toy (kW)", "Toy (kW) Δ ± 95%"} <= headings
