"""Sizing on the Compare page: its states, its figure, and its sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from dash import no_update

from ev2gym_dashboard import SizingCurve, compute_sizing_curve
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.comparison.request import dump_by_reference, encode_comparison, make_comparison_request
from ev2gym_dashboard.service.comparison.result import Comparison
from ev2gym_dashboard.service.comparison.runner import list_variants, run_comparison
from ev2gym_dashboard.service.comparison.sizing import SIZED_PARTS, suggest_sizes
from ev2gym_dashboard.service.comparison.sizing_request import (
    SizingRequest,
    decode_sizing,
    encode_sizing,
    make_sizing_request,
    parse_sizing_request,
)
from ev2gym_dashboard.service.jobs.job_tables import write_result
from ev2gym_dashboard.service.jobs.queue import JobQueue
from ev2gym_dashboard.service.jobs.worker import JobWorker
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.app import render_page
from ev2gym_dashboard.web.components.job_panel import build_panel_reply
from ev2gym_dashboard.web.i18n import LANGUAGES, get_translator
from ev2gym_dashboard.web.pages.compare import sizing, sizing_figure
from tests.web.pages.compare.conftest import SCENARIO

SMALL = replace(SCENARIO, fleet_size=6, timestep_min=60, tariff="mt_general")
COMPARISON = make_comparison_request(SMALL, "day", 1)
STORED = dump_by_reference(COMPARISON)
SIZES = [5.0, 20.0, 60.0]
VARIANTS = list_variants(COMPARISON.scenario)
OWNERS: list[str] = []
_ = get_translator("en")


@pytest.fixture(scope="module")
def compared() -> Comparison:
    return run_comparison(COMPARISON.scenario)


@pytest.fixture(scope="module")
def curve() -> SizingCurve:
    return compute_sizing_curve(COMPARISON.scenario, "subscribed", SIZES)


@pytest.fixture
def queue(tmp_path: Path, compared: Comparison) -> JobQueue:
    queue = JobQueue(tmp_path / "jobs.sqlite3", launch=lambda _path, owner: OWNERS.append(owner))
    with queue.connect() as connection:
        write_result(connection, COMPARISON.key, encode_comparison(compared))
    return queue


@pytest.fixture
def ask(queue: JobQueue) -> Callable[..., dict[str, Any]]:
    def build(trigger: str, store: object = None, *, sizes: str = "5; 20 60", comparison: object = STORED) -> Any:
        choices = ("subscribed", sizes)
        return build_panel_reply(sizing.SIZING, trigger, choices, comparison, store, {"lang": "en"}, queue)

    return build


def test_a_sizing_is_started_polled_and_drawn(ask: Callable[..., dict[str, Any]], queue: JobQueue) -> None:
    started = ask(ids.SIZING_START)
    assert (started["is_idle"], started["start_off"], started["cancel_off"]) == (False, True, False)
    assert ask(ids.SIZING_TIMER, started["store"])["figure"] is no_update
    JobWorker(queue, OWNERS[-1]).run()
    done = ask(ids.SIZING_TIMER, started["store"])
    assert done["status"].startswith("Done: 3 sizes in ")
    assert done["is_idle"]
    lines = {line["name"]: line for line in done["figure"]["data"]}
    assert lines["Optimum"]["x"] == SIZES
    assert done["summary"].startswith("Subscribed power: under the optimum the cheapest of these sizes is ")


def test_without_a_comparison_the_page_says_to_compare_first(ask: Callable[..., dict[str, Any]]) -> None:
    assert ask(ids.SIZING_START, comparison=None)["status"].startswith("Compare first")


def test_a_sizing_is_cancelled(ask: Callable[..., dict[str, Any]]) -> None:
    store = ask(ids.SIZING_START)["store"]
    cancelled = ask(ids.SIZING_CANCEL, store)
    assert cancelled["status"].startswith("Cancelled")
    assert (cancelled["store"], cancelled["is_idle"]) == (None, True)


def test_sizes_that_are_no_numbers_are_refused_with_a_sentence(ask: Callable[..., dict[str, Any]]) -> None:
    assert "must be a number, not many" in ask(ids.SIZING_START, sizes="5 many")["status"]
    assert "must be from 0" in ask(ids.SIZING_START, sizes="-5")["status"]


def test_a_subscription_that_costs_nothing_is_refused_before_minutes_of_work() -> None:
    free = make_comparison_request(replace(SMALL, tariff="bt_bi_horaire"), "day", 1)
    with pytest.raises(ValidationError, match="part: has no price under this tariff"):
        make_sizing_request(free, "subscribed")
    assert make_sizing_request(free, "connection").part == "connection"


def test_sizes_are_separated_by_spaces_or_semicolons_with_the_decimal_sign_of_the_language() -> None:
    assert sizing.parse_sizes("1,5; 20  x", get_translator("fr")) == [1.5, 20.0, "x"]
    assert sizing.parse_sizes(None, _) == []


def test_a_request_survives_json_and_its_key_depends_on_part_and_sizes(curve: SizingCurve) -> None:
    requests = [SizingRequest(COMPARISON, part, (1.0, size)) for part in ("subscribed", "solar") for size in (2.0, 3.0)]
    assert len({request.key for request in requests} | {COMPARISON.key}) == 5
    assert all(parse_sizing_request(request.by_reference).key == request.key for request in requests)


@pytest.mark.parametrize("part", sorted(SIZED_PARTS))
def test_suggested_sizes_are_around_that_of_the_site_and_valid(part: str) -> None:
    sizes = suggest_sizes(COMPARISON.scenario, part)
    assert list(sizes) == sorted(set(sizes))
    assert len(sizes) >= 3
    assert make_sizing_request(COMPARISON, part).sizes == sizes


def test_an_unknown_part_too_much_work_and_declared_evses_are_refused() -> None:
    with pytest.raises(ValidationError, match="part"):
        make_sizing_request(COMPARISON, "roof")
    large = make_comparison_request(replace(SMALL, fleet_size=100_000), "week", 1)
    with pytest.raises(ValidationError, match="work"):
        make_sizing_request(large, "solar")
    declared = make_comparison_request(replace(SMALL, evses="3 x AC 22"), "day", 1)
    with pytest.raises(ValidationError, match="evses"):
        make_sizing_request(declared, "bidirectional")


def test_the_figure_has_a_line_per_strategy_and_marks_each_minimum(curve: SizingCurve) -> None:
    lines = sizing_figure.make_sizing_figure(curve, VARIANTS, _)["data"]
    assert len(lines) == len(VARIANTS) + 2
    for line in lines:
        (marked,) = [k for k, symbol in enumerate(line["marker"]["symbol"]) if symbol == "star"]
        assert line["y"][marked] == min(line["y"])
    # A strategy without a line has no entry in the legend.
    assert {line.get("legendgroup") for line in lines} == {variant.strategy for variant in VARIANTS} | {None}
    optimum = next(line for line in lines if line["name"] == "Optimum")
    assert optimum["y"] == pytest.approx(curve.table["optimum"] / 1000.0, rel=1e-5)


def test_the_sentence_says_where_a_curve_is_flat_or_lowest_at_an_end() -> None:
    table = pd.DataFrame({"bound": [1.0, 2.0], **{name: [3.0, 3.0] for name in ("optimum", VARIANTS[0].label)}})
    flat = SizingCurve("solar", table.set_axis([0.0, 10.0]))
    assert sizing_figure.describe_sizing(flat, VARIANTS, _) == "PV: the size changes no cost under this tariff."
    falling = SizingCurve("solar", flat.table.assign(optimum=[3.0, 2.0]))
    assert sizing_figure.describe_sizing(falling, VARIANTS, _).endswith("sizes beyond it may be cheaper.")
    rising = SizingCurve("solar", flat.table.assign(optimum=[2.0, 3.0]))
    assert not sizing_figure.describe_sizing(rising, VARIANTS, _).endswith("may be cheaper.")


def test_a_decoded_curve_is_equal_to_the_bit(curve: SizingCurve) -> None:
    request = SizingRequest(COMPARISON, "subscribed", tuple(SIZES))
    decoded = decode_sizing(request, encode_sizing(curve))
    assert np.array_equal(decoded.table.to_numpy(), curve.table.to_numpy())
    assert decoded.best.equals(curve.best)


@pytest.mark.parametrize("lang", sorted(LANGUAGES))
def test_the_page_has_the_panel(lang: str) -> None:
    page = str(render_page("/compare", f"?lang={lang}"))
    names = (ids.SIZING_PART, ids.SIZING_SIZES, ids.SIZING_START, ids.SIZING_CANCEL, ids.SIZING_FIGURE)
    assert all(f"id='{name}'" in page for name in names)
