"""An EV2Gym configuration on the page: its fields are listed, it opens as a run, and no file of the server is read."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from ev2gym_dashboard.integrations.ev2gym import read_ev2gym_config
from ev2gym_dashboard.service.sessions.run_spec import parse_run
from ev2gym_dashboard.web.components.review.callbacks import build_review_reply
from ev2gym_dashboard.web.components.review.config_facts import list_config_notes
from ev2gym_dashboard.web.components.review.facts import list_facts
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.requests.review import list_issue_lines, review_file
from tests.web.requests.test_uploads import RUN, send

CONFIG = """
timescale: 15
simulation_length: 96
year: 2026
month: 3
day: 2
hour: 6
minute: 0
scenario: workplace
v2g_enabled: False
number_of_charging_stations: 40
spawn_multiplier: 5
random_hour: False
"""


def list_lines(text: str, _: Translator) -> list[str]:
    return list_issue_lines(review_file({"number": 1, "config": text}), _)


def test_the_fields_that_a_configuration_sets_are_listed_and_nothing_changes(english: Translator) -> None:
    facts = list_facts(review_file({"number": 1, "config": CONFIG}), english)
    assert facts["Start of the run (UTC)"] == "Mon 2 Mar 2026 06:00"
    assert "no" in facts.values()
    assert "timescale" in facts["Keys taken"]
    assert "random_hour" not in facts["Keys taken"]
    assert send(RUN, steps=1)["step"] == RUN.step + 1


def test_each_key_that_is_assumed_or_left_out_has_its_reason_in_both_languages(
    english: Translator, french: Translator
) -> None:
    review = review_file({"number": 1, "config": CONFIG})
    notes = list_config_notes(review, english)
    assert notes["Keys left out"] == ["random_hour: the run starts at the hour of the file"]
    assert "charging_station.voltage: is missing: 400 V" in notes["Keys assumed or missing"]
    translated = list_config_notes(review, french)
    assert translated["Clés non reprises"] == ["random_hour : la simulation commence à l’heure du fichier"]
    pairs = zip(itertools.chain(*notes.values()), itertools.chain(*translated.values()), strict=True)
    assert [line for line, other in pairs if line == other] == []


def test_opening_it_gives_the_run_of_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    reply = send(RUN, config=CONFIG, fill=True)
    run = parse_run(reply["run"])
    assert run.scenario == read_ev2gym_config(tmp_path / "config.yaml")
    assert (run.step, run.changes) == (0, ())
    assert run.session not in ("", RUN.session)


def test_a_configuration_is_confirmed_by_its_own_words() -> None:
    issues, content, _figure, reply = build_review_reply({"number": 1, "lang": "en", "config": CONFIG}, "build")
    assert (issues, reply["ok"], reply["confirm"], reply["choices"]) == (None, True, "Open this run", {})
    assert content


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("charging_network_topology: /etc/hostname", "names a file, which is not read here"),
        ("charging_network_topology: ../../etc/passwd", "names a file, which is not read here"),
        ("ev_specs_file: /etc/passwd\nheterogeneous_ev_specs: True", "names a file, which is not read here"),
        ("number_of_transformers: many", "must be a whole number, not many"),
        ("numbr_of_transformers: 3", "did you mean"),
        ("x: &a [1]\ny: *a", "aliases"),
    ],
)
def test_a_configuration_that_cannot_be_opened_says_why_and_the_run_stays(
    line: str, words: str, english: Translator
) -> None:
    text = CONFIG + line
    assert any(words in issue for issue in list_lines(text, english))
    refused: dict[str, Any] = send(RUN, config=text)
    assert refused["ok"] is False
    assert "run" not in refused


@pytest.mark.parametrize("text", ["", "hello", "a: [", "\x00", "- 1\n- 2", "x" * 300_000])
def test_another_text_is_one_sentence_in_french(text: str, french: Translator) -> None:
    lines = list_lines(text, french)
    assert lines
    assert not any("must" in line for line in lines)
