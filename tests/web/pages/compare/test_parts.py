"""Parts of the total cost in a comparison: they add up, and what is open is drawn hollow."""

from __future__ import annotations

import numpy as np
import pytest

from ev2gym_dashboard.service.comparison.result import Comparison
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.compare import figures, parts


def test_the_bars_add_up_to_the_marks(comparison: Comparison, french: Translator) -> None:
    *bars, marks = parts.make_parts_figure(comparison, french)["data"]
    assert len(bars) == len(parts.COST_PARTS)
    assert len(marks["x"]) == len(comparison.variants) - 1
    sums = np.sum([bar["x"] for bar in bars], axis=0)
    assert sums == pytest.approx(marks["x"], rel=2e-3, abs=1.0)
    assert marks["x"] == pytest.approx(comparison.difference["total_mad"].tolist()[1:], rel=1e-3)


def test_an_open_difference_is_drawn_hollow(
    comparison: Comparison, english: Translator, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_open = [k % 2 == 0 for k in range(len(comparison.variants) - 1)]
    frame = comparison.open.assign(total_mad=[False, *is_open])
    monkeypatch.setattr(Comparison, "open", property(lambda _: frame))
    marks = parts.make_parts_figure(comparison, english)["data"][-1]
    assert [colour == parts.LIGHT for colour in marks["marker"]["color"]] == is_open
    assert ["open" in note for note in marks["customdata"]] == is_open


def test_the_labels_are_the_variants_in_order(comparison: Comparison, english: Translator) -> None:
    figure = parts.make_parts_figure(comparison, english)
    labels = [annotation["text"] for annotation in figure["layout"]["annotations"]]
    assert labels == figure["data"][0]["customdata"]
    places = [annotation["y"] for annotation in figure["layout"]["annotations"]]
    assert places == sorted(places)


def test_the_sentence_names_every_part_and_the_raw_difference(comparison: Comparison, english: Translator) -> None:
    sentence = parts.describe_parts(comparison, 1, english)
    assert all(part.heading in sentence for part in parts.COST_PARTS.values())
    raw_mad = float(comparison.raw_difference["raw_total_mad"].iloc[1])
    assert f"raw, without owed energy: {english.number(raw_mad)}." in sentence


def test_the_two_figures_beside_each_other_have_the_same_height(english: Translator) -> None:
    heights = {
        figure["layout"]["height"]
        for figure in (parts.make_empty_parts_figure(english), figures.make_empty_trade_off_figure(english))
    }
    assert len(heights) == 1
