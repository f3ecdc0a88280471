"""Notices of the site: thresholds, export, dates and prices that need a word."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions.process_cache import get_site_view
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.sessions.site_view import SiteView
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.run_bar import format_clock_texts
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.site import texts
from ev2gym_dashboard.web.pages.site.sources import render_site_sources


def view_site(step: int, **scenario: Any) -> SiteView:
    return get_site_view(RunSpec(Scenario(fleet_size=400, **scenario), (), step, "notices"))


def test_a_threshold_that_is_never_exceeded_is_reported_with_a_better_one(french: Translator) -> None:
    view = view_site(4, tariff="mt_general", strategy="price")
    shown = texts.format_offer_texts(view, french)
    assert "ne dépasse jamais" in shown[ids.SITE_THRESHOLD]
    assert " 1,2" in shown[ids.SITE_OFFER]
    run = view.run.with_change({"params": texts.find_better_threshold(view)})
    after = get_site_view(run)
    assert after.threshold_verdict == "sometimes"
    assert texts.format_offer_texts(after, french)[ids.SITE_THRESHOLD] == ""


def test_under_a_flat_price_no_threshold_is_offered(english: Translator) -> None:
    view = view_site(4, tariff="flat", strategy="price")
    shown = texts.format_offer_texts(view, english)
    assert "The price is flat" in shown[ids.SITE_THRESHOLD]
    assert shown[ids.SITE_OFFER] == ""


@pytest.mark.parametrize("strategy", sorted(set(STRATEGIES) - {"price"}))
def test_another_strategy_has_no_notice_of_the_price_threshold(strategy: str, english: Translator) -> None:
    shown = texts.format_offer_texts(view_site(1, tariff="flat", strategy=strategy), english)
    assert (shown[ids.SITE_THRESHOLD], shown[ids.SITE_OFFER]) == ("", "")


@pytest.mark.parametrize(
    ("scenario", "pattern"),
    [
        ({}, "not paid under this tariff"),
        ({"tariff": "bt_domestique"}, "EVs included.*scaled to the whole month.*not paid under this tariff"),
        ({"tariff": "mt_general"}, "Assumption"),
        ({"tariff": "mt_general", "start": "2027-03-01T16:00"}, "not paid (at|on) this date"),
    ],
)
def test_the_export_note_explains_the_payment(scenario: dict[str, str], pattern: str, english: Translator) -> None:
    assert re.search(pattern, texts.format_note_texts(view_site(1, **scenario), english)[ids.SITE_EXPORT_NOTE])


@pytest.mark.parametrize(
    ("scenario", "step", "words"),
    [
        ({}, 1, []),
        ({"start": "2026-09-20T01:00"}, 1, []),
        ({"start": "2026-03-01T16:00"}, 1, []),
        ({"start": "2026-06-15T16:00"}, 0, ["GMT", "18:00–23:00 in winter", "19:00–24:00 in summer, legal time"]),
        ({"start": "2026-03-21T23:00"}, 11, []),
        ({"start": "2026-03-21T23:00"}, 12, ["legal time"]),
        (
            {"start": "2026-06-15T16:00", "tariff_clock": "legal"},
            1,
            ["not GMT", "16:00–21:00 in winter", "17:00–22:00 in summer, UTC"],
        ),
        ({"start": "2026-06-15T16:00", "tariff": "flat"}, 1, []),
        ({"start": "2026-06-15T16:00", "tariff": "bt_patente"}, 1, []),
        ({"start": "2032-12-31T23:00"}, 3, []),
        ({"start": "2032-12-31T23:00"}, 4, ["Ramadan in 2033 are not listed"]),
        ({"start": "2040-06-01T00:00"}, 0, ["Ramadan in 2040 are not listed"]),
        ({"start": "2040-06-01T00:00", "base_load_profile": ((1.0,),)}, 0, []),
        ({"start": "2019-06-15T00:00"}, 1, ["UTC+1", "Ramadan in 2019 are not listed"]),
    ],
)
def test_the_notes_on_the_dates_name_legal_time_and_unlisted_ramadans(
    scenario: dict[str, Any], step: int, words: list[str], english: Translator
) -> None:
    note = texts.format_note_texts(view_site(step, **scenario), english)[ids.SITE_DATE_NOTE]
    assert bool(note) == bool(words)
    assert all(word in note for word in words), note


@pytest.mark.parametrize(
    ("scenario", "price"),
    [
        ({"tariff": "bt_domestique"}, "environ 1,5958"),
        ({"tariff": "flat"}, "1,4"),
        ({"tariff": "mt_general"}, "1,0101"),
    ],
)
def test_a_price_by_tiers_is_named_as_an_estimate(scenario: dict[str, str], price: str, french: Translator) -> None:
    view = view_site(1, **scenario)
    is_tiered = price.startswith("environ")
    assert format_clock_texts(view, french)[ids.PRICE].startswith(price)
    notes = " ".join(str(item.children) for item in render_site_sources(view.run.scenario, french))
    assert ("Le prix actuel est une estimation" in notes) == is_tiered
    assert ("La tranche suit le soutirage" in notes) == is_tiered
