"""The user's files on the page: what is taken of an upload, what is refused, and that the run loses nothing."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from ev2gym_dashboard.core.scenario import PROFILE_BOUNDS, Scenario
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.sessions.cache import get_site_view
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, parse_run, serialize_run
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import Translator, get_translator
from ev2gym_dashboard.web.middleware.security import MAX_BODY_BYTES
from ev2gym_dashboard.web.pages.site import callbacks
from ev2gym_dashboard.web.requests import parsing, uploads
from ev2gym_dashboard.web.requests.schema import MalformedRequest

DAY = "time;kW\n" + "\n".join(f"{hour:02d}:00;{100 + hour}" for hour in range(24))
PRICES = "\n".join(f"{hour:02d}:00;{1 + hour / 100}" for hour in range(24))
HOURS = (tuple(100.0 + hour for hour in range(24)),)
RUN = RunSpec(Scenario(fleet_size=50, strategy="price"), (), 3, "kept")


def file(text: str | bytes, name: str = "load.csv") -> dict[str, Any]:
    content = text.encode() if isinstance(text, str) else text
    return {"name": name, "contents": f"data:text/csv;base64,{base64.b64encode(content).decode()}"}


def ask(run: RunSpec = RUN, lang: str = "en", **request: Any) -> dict[str, Any]:
    answer: dict[str, Any] = callbacks.build_site_reply(
        {"number": 1, "lang": lang, "run": serialize_run(run), **request}, "build"
    )
    return answer[ids.REPLY]  # type: ignore[no-any-return]


def given(**files: Any) -> dict[str, Any]:
    return ask(restart=True, upload=files)


def test_a_file_starts_the_run_again_with_its_series_and_keeps_the_rest() -> None:
    answer = given(base_load_profile=file(DAY))
    run = parse_run(answer["run"])
    assert (run.step, run.scenario.strategy, run.scenario.fleet_size) == (0, "price", 50)
    assert run.scenario.base_load_profile == HOURS
    assert run.scenario.price_profile == ()
    assert answer["files"] == {"base_load_profile": "load.csv"}
    assert (
        answer["texts"][ids.make_file_text_id("base_load_profile")]
        == "load.csv: 1 d in steps of 60 min, from 100 to 123 kW"
    )
    assert (
        answer["states"]
        | {ids.make_file_row_id("base_load_profile"): "on", ids.make_file_row_id("price_profile"): "off"}
        == (answer["states"])
    )


def test_the_load_of_the_file_is_that_of_the_meter() -> None:
    run = parse_run(given(base_load_profile=file(DAY))["run"])
    after = ask(run, steps=4)
    assert parse_run(after["run"]).step == 4
    load = parsing.resolve_run({"run": after["run"]}, get_translator("en"))
    series = get_site_view(load).trends["base_load_kw"]
    assert series == [116.0] * 4


def test_a_file_is_removed_with_what_it_set() -> None:
    with_file = parse_run(given(base_load_profile=file(DAY), price_profile=file(PRICES))["run"])
    answer = ask(with_file, restart=True, upload={"base_load_profile": None}, files={"price_profile": "prices.csv"})
    scenario = parse_run(answer["run"]).scenario
    assert scenario.base_load_profile == ()
    assert len(scenario.price_profile) == 1
    assert answer["files"] == {"price_profile": "prices.csv"}
    assert answer["texts"][ids.make_file_text_id("base_load_profile")].startswith("No file")


def test_the_name_of_a_file_stays_through_other_requests_and_the_language() -> None:
    with_file = parse_run(given(base_load_profile=file(DAY))["run"])
    answer = ask(with_file, lang="fr", fill=True, files={"base_load_profile": "load.csv"})
    assert answer["files"] == {"base_load_profile": "load.csv"}
    text = answer["texts"][ids.make_file_text_id("base_load_profile")]
    assert text == "load.csv\u202f: 1 j par pas de 60 min, de 100 à 123 kW"
    reset = ask(with_file, restart=True, files={"base_load_profile": "load.csv"})
    assert parse_run(reset["run"]).scenario.base_load_profile == HOURS


def test_a_run_out_of_a_link_has_a_file_without_a_name() -> None:
    with_file = parse_run(given(base_load_profile=file(DAY))["run"])
    answer = ask(with_file, fill=True)
    assert answer["files"] == {}
    assert answer["texts"][ids.make_file_text_id("base_load_profile")].startswith("A file of yours: 1 d")


def test_every_issue_of_a_wrong_file_is_told_by_row_beside_its_field(french: Translator) -> None:
    wrong = DAY.replace("03:00;103", "03:00;much").replace("05:00;105", "05:00;-1").replace("07:00;107", "07:00")
    answer = ask(lang="fr", restart=True, upload={"base_load_profile": file(wrong, "jour.csv")})
    assert answer["ok"] is False
    assert {issue["field"] for issue in answer["issues"]} == {"base_load_profile"}
    texts = [issue["text"] for issue in answer["issues"]]
    assert texts[0] == "jour.csv ne peut pas servir, la simulation reste telle quelle\u202f:"
    assert [text.partition("\u202f:")[0] for text in texts[1:]] == ["ligne 5", "ligne 7", "ligne 9"]
    assert "much" in texts[1]
    assert answer["issues"][1]["line"].startswith(french(uploads.UPLOAD_LABELS["base_load_profile"]))


def test_the_issues_of_two_wrong_files_come_together() -> None:
    answer = given(base_load_profile=file("a"), price_profile=file("b", "prices.csv"))
    assert [issue["field"] for issue in answer["issues"]] == ["base_load_profile"] * 2 + ["price_profile"] * 2


@pytest.mark.parametrize(
    ("upload", "said"),
    [
        (file(DAY.replace("time", "Zeit mit Umlaut ä").encode("latin-1")), "UTF-8"),
        (file(b"\x00\xff\xfe"), "UTF-8"),
        ({"name": "huge.csv", "contents": None}, "not be longer than 200,000 bytes"),
        ({"name": "x.csv", "contents": "data:text/csv;base64,***"}, "that the browser can read"),
        (file("\n".join(f"{m // 60:02d}:{m % 60:02d},1" for m in range(0, 1440, 90))), "must have steps of"),
    ],
)
def test_what_is_no_such_file_is_said_in_a_sentence(upload: Any, said: str) -> None:
    answer = given(price_profile=upload)
    assert said in answer["issues"][-1]["text"]
    assert answer["issues"][-1]["field"] == "price_profile"


def days(n: int) -> str:
    times = (f"2026-01-{day + 1:02d}T{minute // 60:02d}:{minute % 60:02d}" for day in range(n) for minute in QUARTERS)
    return "\n".join(f"{time},12345.678" for time in times)


QUARTERS = range(0, 1440, 15)


def test_the_page_takes_three_weeks_of_quarters_and_says_so_of_more() -> None:
    answer = given(base_load_profile=file(days(21)), price_profile=file(days(21).replace("12345.678", "1.2345")))
    assert answer["ok"] is True
    assert len(str(answer["run"])) < MAX_BODY_BYTES / 8
    text = given(base_load_profile=file(days(22)))["issues"][1]["text"]
    assert text.startswith("must not hold more than 2016 values here, not 2112: take fewer days or longer steps")


@pytest.mark.parametrize(
    "request_",
    [
        {"upload": 3},
        {"upload": {"seed": file(DAY)}},
        {"upload": {"price_profile": "x"}},
        {"upload": {"price_profile": {"name": "x.csv", "contents": 7}}},
        {"files": ["a"]},
    ],
    ids=lambda request_: str(request_)[:40],
)
def test_an_upload_that_no_page_sends_is_refused(request_: dict[str, Any]) -> None:
    with pytest.raises(MalformedRequest):
        ask(**request_)


def test_without_an_upload_nothing_changes() -> None:
    assert parse_run(ask(files={}, upload={})["run"]) == RUN


def test_a_name_that_is_none_is_not_kept() -> None:
    assert uploads.list_file_names({"files": dict.fromkeys(PROFILE_BOUNDS, 7)}) == {}
    assert uploads.list_file_names({"upload": {"price_profile": {"name": "x" * 500}}}) == {"price_profile": "x" * 80}


def test_a_refused_upload_raises_every_issue_with_its_place() -> None:
    with pytest.raises(ValidationError) as error:
        uploads.parse_uploads({"upload": {"base_load_profile": file("00:00;1\n01:00;x\n02:00;y")}})
    assert [issue.field for issue in error.value.issues] == [
        "base_load_profile",
        "base_load_profile/row 2",
        "base_load_profile/row 3",
        "base_load_profile/row 3",
    ]
