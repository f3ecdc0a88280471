"""The optimum on the page: a row and a point of its plan, two columns of every variant, and a sentence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ev2gym_dashboard import Comparison, Scenario, run_comparison
from ev2gym_dashboard.service.comparison.result import COMPARISON_KPIS, OPTIMUM_COLUMNS
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.compare import figures, optimum, table
from ev2gym_dashboard.web.pages.compare.callbacks import build_rows
from ev2gym_dashboard.web.pages.compare.texts import list_conclusions


@pytest.fixture(scope="module")
def with_optimum() -> Comparison:
    return run_comparison(
        Scenario(fleet_size=20, days=1.0, timestep_min=30, tariff="bt_bi_horaire"), seeds=2, optimum=True
    )


def test_the_last_row_is_the_plan_and_each_variant_has_its_distance(
    with_optimum: Comparison, english: Translator
) -> None:
    *rows, last = build_rows(with_optimum, english)
    assert (last["id"], last["strategy"]) == (optimum.ROW_ID, "Optimum (perfect foresight)")
    costs_mad = [optimum.kpi_values[list(COMPARISON_KPIS).index("cost_mad")] for optimum in with_optimum.optima]
    assert last["cost_mad"] == np.mean(costs_mad)
    assert last["v2g_net_mad_text"] == table.NO_VALUE
    for row, (_label, distances) in zip(rows, with_optimum.distances.iterrows(), strict=True):
        assert [row[name] for name in OPTIMUM_COLUMNS] == [100.0 * distances[name] for name in OPTIMUM_COLUMNS]
        assert row["above_optimum_text"] == english.number(row["above_optimum"], 1)


def test_the_plan_is_drawn_beside_the_strategies(with_optimum: Comparison, french: Translator) -> None:
    names = [trace["name"] for trace in figures.make_load_figure(with_optimum, french)["data"]]
    assert names[-2:] == ["Optimum (prévision parfaite)", "Limite du raccordement"]
    point = figures.make_trade_off_figure(with_optimum, french)["data"][-1]
    peaks_kw = [optimum.kpi_values[list(COMPARISON_KPIS).index("site_peak_kw")] for optimum in with_optimum.optima]
    assert point["y"] == [np.mean(peaks_kw)]


def test_the_sentence_names_the_closest_strategy(with_optimum: Comparison, english: Translator) -> None:
    k = int(np.argmin(with_optimum.distances["above_optimum"]))
    sentence = list_conclusions(with_optimum, english)[0]
    assert table.format_variant_label(with_optimum, k, english) in sentence
    assert english.percent(float(with_optimum.distances["above_optimum"].iloc[k]), 1) in sentence


def test_without_a_plan_or_an_optimum_nothing_is_claimed(with_optimum: Comparison, english: Translator) -> None:
    bounds = tuple(replace(optimum, net_load_kw=np.zeros(0)) for optimum in with_optimum.optima)
    bound_alone = replace(with_optimum, optima=bounds)
    assert len(build_rows(bound_alone, english)) == len(bound_alone.variants)
    assert figures.make_trade_off_figure(bound_alone, english)["data"][-1]["name"] != optimum.NAME
    neither = replace(with_optimum, optima=())
    assert all(row["above_optimum_text"] == table.NO_VALUE for row in build_rows(neither, english))
    assert list_conclusions(neither, english)[0].startswith("Optimum: not computed")
