"""Uploads: the values that a file sets, the issues of a wrong one, and the rest of the run, which stays."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from ev2gym_dashboard.core.profile import NO_PROFILE, parse_profile_value
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import PROFILE_BOUNDS
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.sessions.process_cache import get_site_view
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, parse_run, serialize_run_by_reference
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.site import callbacks
from ev2gym_dashboard.web.pages.site.sources import render_site_sources
from ev2gym_dashboard.web.requests import uploads
from ev2gym_dashboard.web.requests.schema import MalformedRequest

DAY = "time;kW\n" + "\n".join(f"{hour:02d}:00;{100 + hour}" for hour in range(24))
PRICES = "\n".join(f"{hour:02d}:00;{1 + hour / 100}" for hour in range(24))
SIX_HOURS = "00:00;1\n01:00;x\n02:00;y\n03:00;4\n04:00;5\n05:00;6"
HOURS = parse_profile_value([100.0 + hour for hour in range(24)])
RUN = RunSpec(Scenario(fleet_size=50, strategy="price"), (), 3, "kept")


def file(text: str | bytes, name: str = "load.csv") -> dict[str, Any]:
    content = text.encode() if isinstance(text, str) else text
    return {"name": name, "contents": f"data:text/csv;base64,{base64.b64encode(content).decode()}"}


def send(run: RunSpec = RUN, lang: str = "en", **request: Any) -> dict[str, Any]:
    outputs = callbacks.build_site_reply(
        {"number": 1, "lang": lang, "run": serialize_run_by_reference(run), **request}, "build"
    )
    reply: dict[str, Any] = outputs[ids.REPLY]
    return reply


def upload(**files: Any) -> dict[str, Any]:
    return send(restart=True, upload=files)


def test_a_file_restarts_the_run_with_its_series_and_keeps_the_rest() -> None:
    reply = upload(base_load_profile=file(DAY))
    run = parse_run(reply["run"])
    assert (run.step, run.scenario.strategy, run.scenario.fleet_size) == (0, "price", 50)
    assert run.scenario.base_load_profile == HOURS
    assert run.scenario.price_profile == NO_PROFILE
    assert reply["files"] == {"base_load_profile": "load.csv"}
    assert (
        reply["texts"][ids.make_file_text_id("base_load_profile")]
        == "load.csv: 1 d in steps of 60 min, from 100 to 123 kW"
    )
    states = [reply["states"][ids.make_file_row_id(name)] for name in ("base_load_profile", "price_profile")]
    assert states == ["on", "off"]


def test_a_file_of_co2_factors_settles_the_emissions(french: Translator) -> None:
    factors = "\n".join(f"{hour:02d}:00;{100 + hour}" for hour in range(24))
    reply = upload(co2_profile=file(factors, "co2.csv"))
    run = parse_run(reply["run"])
    assert run.scenario.co2_profile == HOURS
    shown = reply["texts"][ids.make_file_text_id("co2_profile")]
    assert shown == "co2.csv: 1 d in steps of 60 min, from 100 to 123 g/kWh · no unit is named: g/kWh is assumed"
    view = get_site_view(run.advanced(4))
    assert view.kpis["co2_kg"] == pytest.approx(view.kpis["import_kwh"] * 0.116)
    notes = [str(item.children) for item in render_site_sources(run.scenario, french)]
    assert any(note.startswith("CO2\u00a0: votre fichier") for note in notes)


def test_the_load_of_the_file_is_that_of_the_meter() -> None:
    run = parse_run(upload(base_load_profile=file(DAY))["run"])
    assert send(run, steps=4)["step"] == 4
    assert get_site_view(run.advanced(4)).trends["base_load_kw"] == [116.0] * 4


def test_a_tick_does_not_send_the_files_back() -> None:
    run = parse_run(upload(base_load_profile=file(DAY), price_profile=file(PRICES))["run"])
    reply = send(run, steps=1, files={"base_load_profile": "load.csv"})
    assert "run" not in reply
    assert reply["files"] == {"base_load_profile": "load.csv"}


def test_removing_a_file_empties_its_field() -> None:
    with_file = parse_run(upload(base_load_profile=file(DAY), price_profile=file(PRICES))["run"])
    reply = send(with_file, restart=True, upload={"base_load_profile": None}, files={"price_profile": "prices.csv"})
    scenario = parse_run(reply["run"]).scenario
    assert scenario.base_load_profile == NO_PROFILE
    assert scenario.price_profile.n_days == 1
    assert reply["files"] == {"price_profile": "prices.csv"}
    assert reply["texts"][ids.make_file_text_id("base_load_profile")].startswith("No file")


def test_the_name_of_a_file_stays_through_other_requests_and_the_language() -> None:
    with_file = parse_run(upload(base_load_profile=file(DAY))["run"])
    reply = send(with_file, lang="fr", fill=True, files={"base_load_profile": "load.csv"})
    assert reply["files"] == {"base_load_profile": "load.csv"}
    text = reply["texts"][ids.make_file_text_id("base_load_profile")]
    assert " ".join(text.split()) == "load.csv : 1 j par pas de 60 min, de 100 à 123 kW"
    reset = send(with_file, restart=True, files={"base_load_profile": "load.csv"})
    assert parse_run(reset["run"]).scenario.base_load_profile == HOURS


def test_the_file_of_an_opened_run_has_no_name(english: Translator) -> None:
    with_file = parse_run(upload(base_load_profile=file(DAY))["run"])
    reply = send(with_file, fill=True)
    assert reply["files"] == {}
    name, text = english("Your file"), reply["texts"][ids.make_file_text_id("base_load_profile")]
    assert text.startswith(f"{name}: 1 d")


def test_every_issue_of_a_wrong_file_names_its_row_at_the_field(french: Translator) -> None:
    wrong = DAY.replace("03:00;103", "03:00;much").replace("05:00;105", "05:00;-1").replace("07:00;107", "07:00")
    reply = send(lang="fr", restart=True, upload={"base_load_profile": file(wrong, "jour.csv")})
    assert reply["ok"] is False
    assert {issue["field"] for issue in reply["issues"]} == {"base_load_profile"}
    texts = [issue["text"] for issue in reply["issues"]]
    assert texts[0].startswith("jour.csv ")
    assert [text.partition("\u00a0:")[0] for text in texts[1:]] == ["ligne 5", "ligne 7", "ligne 9"]
    assert "much" in texts[1]
    assert reply["issues"][1]["line"].startswith(french(uploads.UPLOAD_LABELS["base_load_profile"]))


def test_the_issues_of_two_wrong_files_come_together() -> None:
    reply = upload(base_load_profile=file("a"), price_profile=file("b", "prices.csv"))
    assert [issue["field"] for issue in reply["issues"]] == ["base_load_profile"] * 2 + ["price_profile"] * 2


@pytest.mark.parametrize(
    ("upload_", "text"),
    [
        (file(b"\x00\xff\xfe"), "must be text: save it as CSV"),
        (file(DAY.replace("kW", "kVA")), "has values in kVA, which cannot be converted to MAD/kWh"),
        ({"name": "huge.csv", "contents": None}, "not be longer than 6,000,000 bytes"),
        ({"name": "x.csv", "contents": "data:text/csv;base64,***"}, "that the browser can read"),
        (file("\n".join(f"{m // 60:02d}:{m % 60:02d},1" for m in range(0, 1440, 90))), "must have steps of"),
    ],
)
def test_an_unusable_file_is_explained_in_a_sentence(upload_: Any, text: str) -> None:
    reply = upload(price_profile=upload_)
    assert text in reply["issues"][-1]["text"]
    assert reply["issues"][-1]["field"] == "price_profile"


def days(n: int) -> str:
    first = datetime(2026, 1, 1)  # noqa: DTZ001 (as a meter writes it)
    times = (first + timedelta(minutes=15 * number) for number in range(96 * n))
    return "\n".join(f"{time:%Y-%m-%dT%H:%M},12345.678" for time in times)


def test_the_page_accepts_a_leap_year_of_quarters_of_an_hour_and_no_more() -> None:
    january = replace(RUN, scenario=replace(RUN.scenario, start="2026-01-05T00:00"))
    files = {"base_load_profile": file(days(366)), "price_profile": file(days(366).replace("12345.678", "1.2345"))}
    reply = send(january, restart=True, upload=files)
    assert reply["ok"] is True
    assert len(str(reply["run"])) < 10_000, "the record names the series"
    text = upload(base_load_profile=file(days(367)))["issues"][1]["text"]
    assert "35,136 values here, not 35,232: " in text


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
def test_a_malformed_upload_is_refused(request_: dict[str, Any]) -> None:
    with pytest.raises(MalformedRequest):
        send(**request_)


def test_an_empty_upload_does_not_change_the_run() -> None:
    reply = send(files={}, upload={})
    assert "run" not in reply
    assert reply["step"] == RUN.step


def test_a_file_name_is_a_short_text() -> None:
    assert uploads.list_file_names({"files": dict.fromkeys(PROFILE_BOUNDS, 7)}) == {}
    assert uploads.list_file_names({"upload": {"price_profile": {"name": "x" * 500}}}) == {"price_profile": "x" * 80}


def test_a_refused_upload_raises_every_issue_with_its_place() -> None:
    with pytest.raises(ValidationError) as error:
        uploads.parse_uploads({"upload": {"base_load_profile": file(SIX_HOURS)}})
    assert [issue.field for issue in error.value.issues] == [
        "base_load_profile",
        "base_load_profile/row 2",
        "base_load_profile/row 3",
        "base_load_profile/row 6",
    ]


MARKET = "Zeit;Preis (EUR/MWh);Menge\n" + "\n".join(f"{hour:02d}:00;{60 + hour};7" for hour in range(24))


def test_a_file_that_needs_a_choice_says_which_and_takes_it() -> None:
    refused = upload(price_profile=file(MARKET, "market.csv"))
    assert refused["ok"] is False
    assert refused["issues"][1]["text"] == "has prices in EUR/MWh: give the rate, the MAD for one EUR"
    reply = upload(price_profile=file(MARKET, "market.csv") | {"options": {"rate": "10,8", "column": "", "stamp": ""}})
    prices = parse_run(reply["run"]).scenario.price_profile
    assert prices.days.tolist() == [pytest.approx([0.0108 * (60 + hour) for hour in range(24)])]
    shown = reply["texts"][ids.make_file_text_id("price_profile")]
    assert "prices in EUR/MWh are converted to MAD/kWh at 10.8 MAD for one EUR" in shown


def test_what_a_file_was_taken_for_is_said_in_the_user_s_language() -> None:
    reply = send(lang="fr", restart=True, upload={"base_load_profile": file("\n".join(DAY.splitlines()[1:]))})
    shown = reply["texts"][ids.make_file_text_id("base_load_profile")]
    assert "aucune unité n’est nommée\u00a0: kW est supposé" in shown


@pytest.mark.parametrize("options", [{"time_zone": "Mars"}, {"rate": "much"}, {"column": ["x"]}, {"colour": "red"}])
def test_a_wrong_option_is_an_issue_of_the_file_and_the_run_stays(options: dict[str, Any]) -> None:
    reply = upload(price_profile=file(MARKET) | {"options": options})
    assert reply["ok"] is False
    assert {issue["field"] for issue in reply["issues"]} == {"price_profile"}
    assert "run" not in reply


@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 50, b"PK\x03\x04", DAY[:40].encode(), DAY.replace("kW", "kVA").encode()]
)
def test_a_bad_file_never_stops_the_run_and_loses_nothing(content: bytes) -> None:
    before = parse_run(upload(base_load_profile=file(DAY))["run"]).advanced(4)
    refused = send(before, restart=True, upload={"base_load_profile": file(content)})
    assert refused["ok"] is False
    assert len(refused["issues"]) >= 2
    after = send(before, steps=1)
    assert (after["ok"], after["step"]) == (True, 5)
    assert get_site_view(before.advanced(1)).trends["base_load_kw"] == [116.0] * 4 + [117.0]


def test_a_dated_file_outside_the_run_says_both_periods() -> None:
    rows = "\n".join(f"2026-07-01T{hour:02d}:00;{hour}" for hour in range(24))
    reply = upload(base_load_profile=file(rows))
    assert reply["ok"] is False
    assert "the series from 2026-07-01 00:00 to 2026-07-02 00:00 (UTC)" in reply["issues"][-1]["text"]
    chosen = send(restart=True, upload={"base_load_profile": file(rows)}, scenario={"profile_dates": "weekday"})
    assert parse_run(chosen["run"]).scenario.base_load_profile.start is not None
