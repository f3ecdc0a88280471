"""Tests of the vertical lines of the charts: each has its label, and no label covers another."""

from __future__ import annotations

from typing import Any

import pytest

from ev2gym_dashboard.core.control.overrides import AS_STRATEGY, CHARGE_NOW, LEAVE, NO_V2G
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions.fleet_view import FleetView
from ev2gym_dashboard.service.sessions.process_cache import get_fleet_view
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web.components.change_lines import (
    EMPTY_LINE,
    MAX_LABEL_LENGTH,
    make_change_lines,
    make_cursor_lines,
)
from ev2gym_dashboard.web.components.change_texts import describe_settings, label_settings
from ev2gym_dashboard.web.i18n import get_translator

SCENARIO = Scenario(fleet_size=3, start="2026-12-15T16:00")
ENGLISH = get_translator("en")
V2G_OFF, V2G_ON = (("v2g", False),), (("v2g", True),)


def make_view(*changes: tuple[int, Any], step: int = 40, window: str = "all") -> FleetView:
    run = RunSpec(SCENARIO, tuple(Change(at, items) for at, items in changes), step)
    return get_fleet_view(run, window=window)


def list_labels(*changes: tuple[int, Any], **view: Any) -> list[str | None]:
    labels = [line.get("label") for line in make_change_lines(make_view(*changes, **view), ENGLISH)]
    return [label and label["text"].removeprefix(EMPTY_LINE) for label in labels]


def test_each_line_has_the_label_of_its_change() -> None:
    assert list_labels((2, V2G_OFF), (35, V2G_ON)) == ["V2G off", "V2G allowed"]


def test_changes_that_are_near_share_a_label() -> None:
    assert list_labels((2, V2G_OFF), (4, V2G_ON), (35, V2G_OFF)) == ["Changes: 2", None, "V2G off"]


def test_every_second_label_is_on_a_second_line() -> None:
    lines = make_change_lines(make_view((2, V2G_OFF), (18, V2G_ON), (34, V2G_OFF)), ENGLISH)
    assert [line["label"]["text"].startswith(EMPTY_LINE) for line in lines] == [False, True, False]


def test_several_changes_at_one_step_give_one_line() -> None:
    assert list_labels((2, V2G_OFF), (2, V2G_ON)) == ["Changes: 2"]


def test_a_change_before_the_window_has_no_label() -> None:
    assert list_labels((2, V2G_OFF), (190, V2G_ON), step=200, window="day") == [None, "V2G allowed"]


def test_a_label_near_the_end_is_on_the_left_of_its_line() -> None:
    lines = make_change_lines(make_view((2, V2G_OFF), (90, V2G_ON), step=95, window="day"), ENGLISH)
    assert [line["label"]["textposition"] for line in lines] == ["top left", "top right"]


def test_the_cursor_has_its_time() -> None:
    view = make_view()
    (line,) = make_cursor_lines(view, 12, ENGLISH)
    assert line["label"]["text"] == "19:00"
    assert make_cursor_lines(view, None, ENGLISH) == make_cursor_lines(view, 40, ENGLISH) == []


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_label_is_short(strategy: str) -> None:
    (label,) = list_labels((2, (("strategy", strategy), ("v2g", True))))
    assert label
    assert len(label) <= MAX_LABEL_LENGTH


@pytest.mark.parametrize(
    ("settings", "label"),
    [
        ({"strategy": "uncontrolled"}, "Uncontrolled"),
        ({"v2g": False, "params": {"price.v2g_min_soc": 0.4}}, "V2G off · Parameters"),
        ({"event": {"minutes": 60.0, "reduction": 0.3}}, "Demand response"),
        ({"overrides": [{"vehicle": 3, "action": "no_v2g"}]}, "Vehicles"),
    ],
)
def test_a_change_has_a_label_of_few_words(settings: dict[str, Any], label: str) -> None:
    assert label_settings(settings, ENGLISH) == label


@pytest.mark.parametrize(
    ("action", "text"),
    [
        (CHARGE_NOW, "Vehicle 3 charges now"),
        (NO_V2G, "Vehicle 3 without V2G"),
        (LEAVE, "Vehicle 3 leaves at 07:15"),
        (AS_STRATEGY, "Vehicle 3 follows the strategy again"),
    ],
)
def test_a_decision_for_a_vehicle_names_it(action: str, text: str) -> None:
    override = {"vehicle": 3, "action": action, "leave_min": 435}
    assert describe_settings({"overrides": [override]}, ENGLISH) == text
    assert describe_settings({"overrides": [override] * 4}, ENGLISH) == "Your decisions for vehicles: 4"
