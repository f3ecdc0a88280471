"""Review of a file: what it would set, the choices about it, its issues, and a run that stays as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ev2gym_dashboard import Scenario, read_profile
from ev2gym_dashboard.core.scenario_options import PROFILE_BOUNDS
from ev2gym_dashboard.service.datasets.series_file.options import OPTION_HELP
from ev2gym_dashboard.service.datasets.series_file.units import PROFILE_UNITS, parse_unit
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, parse_run, serialize_run
from ev2gym_dashboard.web.components.review.callbacks import build_review_reply
from ev2gym_dashboard.web.components.review.facts import list_facts
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.requests.review import Review, list_issue_lines, review_file
from ev2gym_dashboard.web.requests.review_choices import (
    CHOICE_LABELS,
    CHOICE_PARTS,
    OPTIONS_PART,
    UNITS,
    list_choices,
)
from ev2gym_dashboard.web.requests.schema import MalformedRequest
from ev2gym_dashboard.web.requests.upload_kinds import UPLOAD_KINDS
from tests.web.requests.test_session_upload import DEPOT
from tests.web.requests.test_uploads import DAY, MARKET, RUN, file, send

TWO = "Zeit;A (W);B (kW)\n" + "\n".join(f"2026-06-{15 + k // 24}T{k % 24:02d}:00;{1000 + k};{k},5" for k in range(72))
WORKS = """
name = "Works"
time_zone = "UTC"
[periods.day]
price_per_kwh = 1.20
[periods.night]
price_per_kwh = 0.40
[[seasons]]
hours.every_day = { day = "06:00-22:00", night = "22:00-06:00" }
"""
BAD_CONTENTS = (b"", b"\x00" * 50, b"PK\x03\x04", b"hello", DAY.replace("kW", "kVA").encode())


def ask(field: str, upload: dict[str, Any], run: RunSpec = RUN, **request: Any) -> dict[str, Any]:
    return {"number": 7, "lang": "en", "run": serialize_run(run), "field": field, "upload": upload, **request}


def review(field: str, text: str | bytes, scenario: dict[str, Any] | None = None, **options: Any) -> Review:
    return review_file(ask(field, file(text) | {"options": options}, scenario=scenario or {}))


def list_values(found: Review, _: Translator) -> dict[str, Any]:
    return {name: choice["value"] for name, choice in list_choices(found, _).items()}


def test_a_review_says_what_the_file_is_and_changes_nothing(english: Translator) -> None:
    found = review("base_load_profile", DAY)
    assert found.issues == ()
    assert list_facts(found, english) == {
        "Values": "24 in steps of 60 min",
        "Period": "1 d without a date, which repeat",
        "Lowest, mean, highest": "100 · 111.5 · 123\u00a0kW",
        "Energy": "2,676\u00a0kWh",
    }
    assert send(RUN, steps=1)["step"] == RUN.step + 1


def test_every_option_of_reading_is_a_choice() -> None:
    assert {name for name, part in CHOICE_PARTS.items() if part == OPTIONS_PART} == set(OPTION_HELP)
    assert set(CHOICE_LABELS) == set(CHOICE_PARTS)


@pytest.mark.parametrize("quantity", UNITS)
def test_every_unit_to_choose_is_read(quantity: str) -> None:
    units = [parse_unit(name) for name in UNITS[quantity]]
    assert [unit and unit.quantity for unit in units] == [quantity] * len(units)
    assert quantity in PROFILE_UNITS.values()


def test_a_column_that_the_file_leaves_open_is_asked_alone(english: Translator) -> None:
    found = review("base_load_profile", TWO)
    assert list_issue_lines(found, english) == ["has several columns of numbers: choose one of A (W), B (kW)"]
    assert list_values(found, english) == {"time_column": "Zeit", "column": "", "fill": "no"}


def test_what_is_in_force_is_chosen_in_each_list(english: Translator) -> None:
    found = review("base_load_profile", TWO, column="A (W)", time_zone="Europe/Paris", stamp="end")
    assert list_values(found, english) == {
        "time_column": "Zeit",
        "column": "A (W)",
        "unit": "W",
        "time_zone": "Europe/Paris",
        "stamp": "end",
        "decimal": ".",
        "fill": "no",
        "start": RUN.scenario.start,
        "profile_dates": "exact",
    }
    for choice in list_choices(found, english).values():
        assert choice["value"] in [option["value"] for option in choice["options"]]


def test_a_rate_is_asked_for_another_currency_only(english: Translator) -> None:
    found = review("price_profile", MARKET, column="Preis (EUR/MWh)")
    assert list_issue_lines(found, english) == ["has prices in EUR/MWh: give the rate, the MAD for one EUR"]
    assert list_choices(found, english)["rate"] == {"value": ""}
    assert review("price_profile", MARKET, column="Preis (EUR/MWh)", rate="10,8").issues == ()
    assert "rate" not in list_choices(review("price_profile", MARKET, unit="MAD/MWh", column="2"), english)


def test_dates_outside_of_the_run_are_said_before_the_file_is_used_and_a_start_is_offered(
    english: Translator, french: Translator
) -> None:
    outside = review("base_load_profile", TWO, column="A (W)")
    (line,) = list_issue_lines(outside, english)
    assert "the series from 2026-06-15 00:00 to 2026-06-18 00:00 (UTC)" in line
    assert list_facts(outside, english)["Values"] == "72 in steps of 60 min"
    starts = [option["value"] for option in list_choices(outside, english)["start"]["options"]]
    assert starts == [RUN.scenario.start, "2026-06-15T00:00"]
    labels = [option["label"] for option in list_choices(outside, french)["start"]["options"]]
    assert labels == ["inchangé\u00a0: 15/12/2026 16:00", "avec le fichier\u00a0: 15/06/2026"]
    assert review("base_load_profile", TWO, {"start": starts[1]}, column="A (W)").issues == ()
    assert review("base_load_profile", TWO, {"profile_dates": "weekday"}, column="A (W)").issues == ()


@pytest.mark.parametrize(
    "options", [{"column": "A (W)"}, {"column": "B (kW)", "stamp": "end"}, {"column": "2", "unit": "kWh"}]
)
def test_the_reviewed_series_is_that_of_the_run_and_of_python(options: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "two.csv").write_text(TWO, encoding="utf-8")
    expected = read_profile(tmp_path / "two.csv", "kW", **options)
    scenario = {"profile_dates": "weekday"}
    assert review("base_load_profile", TWO, scenario, **options).values["base_load_profile"] == expected
    used = send(restart=True, upload={"base_load_profile": file(TWO) | {"options": options}}, scenario=scenario)
    assert parse_run(used["run"]).scenario.base_load_profile == expected


@pytest.mark.parametrize("content", BAD_CONTENTS)
@pytest.mark.parametrize("field", UPLOAD_KINDS)
def test_a_bad_file_of_any_kind_is_a_sentence_without_facts(field: str, content: bytes, french: Translator) -> None:
    found = review(field, content)
    assert list_issue_lines(found, french)
    assert list_facts(found, french) == {}


@pytest.mark.parametrize("field", PROFILE_BOUNDS)
def test_a_series_that_is_too_long_for_the_page_is_shown_with_its_issue(field: str, english: Translator) -> None:
    rows = "\n".join(f"2026-{1 + k // 672:02d}-{1 + k % 672 // 24:02d}T{k % 24:02d}:00Z,1" for k in range(24 * 28 * 4))
    found = review(field, rows)
    assert (found.reading is not None and found.reading.profile is not None) == bool(list_facts(found, english))


def test_sessions_are_told_beside_the_drawn_ones(english: Translator) -> None:
    facts = list_facts(review("sessions", DEPOT), english)
    assert facts["Charging sessions"] == "6 of 3 vehicles at 3 EVSEs"
    assert facts["Mean energy of a stay"].startswith("40.0\u00a0kWh (drawn: ")
    assert list_values(review("sessions", DEPOT, time_zone="Europe/Paris"), english) == {"time_zone": "Europe/Paris"}


def test_a_tariff_is_told_by_season_and_poste(english: Translator) -> None:
    found = review("tariff_spec", WORKS)
    assert found.issues == ()
    facts = list_facts(found, english)
    assert facts["Price of import"] == "0.4 – 1.2\u00a0MAD/kWh"
    assert any(set(text.split(", ")) == {"day 1.2", "night 0.4"} for text in facts.values())


def test_the_models_of_a_spec_file_are_counted_with_what_is_assumed(english: Translator) -> None:
    models = json.loads(Path("data/ev_specs_v2g_enabled2024.json").read_text(encoding="utf-8"))
    facts = list_facts(review("catalog_spec", json.dumps(models)), english)
    assert facts["Vehicle models"].startswith(f"{len(models)}, of which ")


def test_a_reply_can_be_confirmed_only_without_issues() -> None:
    issues, content, figure, reply = build_review_reply(ask("base_load_profile", file(DAY)), "build")
    assert (issues, reply["ok"], reply["number"], reply["build"], reply["confirm"]) == (
        None,
        True,
        7,
        "build",
        "Use this series",
    )
    assert content
    assert len(figure["data"][0]["y"]) == 25
    issues, _content, figure, reply = build_review_reply(ask("sessions", file("hello"), lang="fr"), "build")
    assert issues is not None
    assert (reply["ok"], reply["has_chart"], figure["data"]) == (False, False, [])


@pytest.mark.parametrize(
    "request_",
    [
        None,
        {"field": "seed"},
        ask("sessions", file(DEPOT)) | {"upload": 3},
        ask("sessions", file(DEPOT)) | {"run": {"scenario": {"seed": "x"}}},
        ask("sessions", file(DEPOT)) | {"steps": 3},
    ],
    ids=lambda request: str(request)[:40],
)
def test_a_request_that_no_page_sends_is_refused(request_: Any) -> None:
    with pytest.raises(MalformedRequest):
        review_file(request_)


def test_a_review_without_a_run_is_that_of_a_first_run() -> None:
    found = review_file({"field": "base_load_profile", "upload": file(DAY), "number": 1})
    assert found.held == Scenario()
    assert found.issues == ()
