"""Charts of a file under review: their values are those of the file."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ev2gym_dashboard.core.profile import make_profile
from ev2gym_dashboard.service.datasets.packaged import load_tariffs
from ev2gym_dashboard.service.datasets.session_file import read_session_bytes
from ev2gym_dashboard.web.components.charts import round_significant
from ev2gym_dashboard.web.components.review.figures import (
    MAX_PREVIEW_POINTS,
    compute_envelope,
    make_arrival_figure,
    make_profile_figure,
    make_tariff_figure,
)
from ev2gym_dashboard.web.i18n import Translator
from tests.web.requests.test_session_upload import DEPOT

START = datetime(2026, 6, 15, tzinfo=UTC)


def test_a_short_series_is_drawn_as_it_is() -> None:
    figure = make_profile_figure(make_profile(np.arange(96.0), step_min=15, start=START), "kW")
    (trace,) = figure["data"]
    assert trace["y"] == [*range(96), 95]
    assert (trace["x0"], trace["dx"]) == ("2026-06-15 00:00", 15 * 60_000)


def test_a_year_of_quarters_is_drawn_as_an_envelope_that_keeps_its_extremes() -> None:
    values = np.random.default_rng(1).random(35_136)
    values[12_345], values[23_456] = 7.0, -3.0
    lows, highs = (trace["y"] for trace in make_profile_figure(make_profile(values, step_min=15), "kW")["data"])
    assert len(lows) == len(highs) <= MAX_PREVIEW_POINTS + 1
    assert (min(lows), max(highs)) == (-3.0, 7.0)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=2000))
def test_an_envelope_holds_every_value_of_its_part(values: list[float]) -> None:
    lows, highs, n = compute_envelope(np.array(values))
    assert len(lows) <= MAX_PREVIEW_POINTS
    for k, (low, high) in enumerate(zip(lows, highs, strict=True)):
        part = values[k * n : (k + 1) * n]
        assert (low, high) == (min(part), max(part))


def test_arrivals_are_shares_of_the_file_and_of_the_drawn_ones(english: Translator) -> None:
    given, drawn = make_arrival_figure(read_session_bytes(DEPOT.encode()), "home", english)["data"]
    assert given["y"][17] == 1
    assert sum(given["y"]) == 1
    assert sum(drawn["y"][:24]) == pytest.approx(1.0, abs=1e-3)


def test_a_tariff_is_drawn_by_season_with_its_prices() -> None:
    tariff = load_tariffs()["mt_general"]
    traces = make_tariff_figure(tariff)["data"]
    assert [trace["name"] for trace in traces] == [season.name for season in tariff.seasons]
    assert {price for trace in traces for price in trace["y"]} == set(round_significant([*tariff.prices_mad_kwh]))
