"""Times of the form: a date and 24 hours, in the order of the page's language; the field reads more than it writes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_checks import check_time
from ev2gym_dashboard.web.i18n import LANGUAGES, Translator, get_translator
from ev2gym_dashboard.web.requests.issues import format_issues
from ev2gym_dashboard.web.requests.times import format_time_text, parse_time_text
from ev2gym_dashboard.web.requests.values import format_form_values, parse_form_values

START = datetime(2026, 12, 15, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lang", "text"), [("fr", "05/12/2026 19:30"), ("en", "2026-12-05 19:30"), ("ar", "05/12/2026 19:30")]
)
def test_a_time_has_24_hours_in_the_order_of_the_language(lang: str, text: str) -> None:
    assert format_time_text("2026-12-05T19:30", get_translator(lang)) == text
    assert format_time_text("2026-12-05T20:30+01:00", get_translator(lang)) == text


def test_a_field_without_a_time_is_empty(french: Translator) -> None:
    assert format_time_text("", french) == ""
    assert parse_form_values({"event_start": " "}, french) == {"event_start": ""}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_text_of_a_time_parses_to_it(lang: str) -> None:
    _ = get_translator(lang)
    for iso in ("2026-12-05T19:30", "2000-01-01T00:00", "2100-12-31T23:59"):
        assert parse_time_text(format_time_text(iso, _), _, START) == iso
        assert parse_time_text(iso.replace("T", " "), _, START) == iso


@pytest.mark.parametrize(
    "typed",
    ["5/12/2026 19:30", "05-12-2026 19h30", "5.12.2026, 19 h 30", "05/12/2026 à 19H30", "2026-12-5 19:30",
     "\u200e05/12/2026\u00a019:30 ", "٠٥/١٢/٢٠٢٦ ١٩:٣٠"],
)  # fmt: skip
def test_a_time_is_read_as_people_write_it(typed: str, french: Translator) -> None:
    assert parse_time_text(typed, french, START) == "2026-12-05T19:30"


@pytest.mark.parametrize("typed", ["31/02/2026 10:00", "05/12/2026 24:00", "7 pm", "25:00", "demain", "05/12/26 10:00"])
def test_a_text_that_is_no_time_stays_and_is_an_issue_with_an_example(typed: str, french: Translator) -> None:
    assert parse_time_text(typed, french, START) == typed
    (note,) = format_issues(check_time("event_start", typed), french)
    assert note["text"] == f"doit être une date et une heure UTC comme 15/12/2026 16:00, et non {typed}"


def test_a_date_of_slashes_is_no_english_time(english: Translator) -> None:
    # In the United States its month comes first.
    assert check_time("start", parse_time_text("05/12/2026 19:30", english, START))


@pytest.mark.parametrize(
    ("typed", "iso"), [("19:00", "2026-12-15T19:00"), ("16h", "2026-12-15T16:00"), ("2:15", "2026-12-16T02:15")]
)
def test_a_time_of_day_alone_is_the_first_of_the_run(typed: str, iso: str, french: Translator) -> None:
    assert parse_form_values({"event_start": typed}, french, Scenario(start="2026-12-15T16:00").start) == {
        "event_start": iso
    }


def test_a_time_of_day_counts_from_the_start_that_is_typed_with_it(french: Translator) -> None:
    typed = {"event_start": "19:00", "start": "20/12/2026 18:00"}
    assert parse_form_values(typed, french)["event_start"] == "2026-12-20T19:00"
    assert parse_form_values(typed | {"start": "soon"}, french)["event_start"] == "2026-12-15T19:00"
    # That of the start keeps its day, whatever its hour was.
    assert parse_form_values({"start": "08:00"}, french) == {"start": "2026-12-15T08:00"}


def test_the_form_shows_the_times_of_the_scenario(french: Translator) -> None:
    values = format_form_values(Scenario(event_start="2026-12-15T19:00"), {}, french)
    assert (values["start"], values["event_start"]) == ("15/12/2026 16:00", "15/12/2026 19:00")
