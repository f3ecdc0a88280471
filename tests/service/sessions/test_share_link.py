"""Share links and run files: they give the same run, and damaged ones are refused."""

from __future__ import annotations

import json
import zlib
from base64 import urlsafe_b64encode
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec
from ev2gym_dashboard.service.sessions.share_link import (
    MAX_LINK_LENGTH,
    MAX_SHARE_FILE_LENGTH,
    build_share_document,
    decode_share_link,
    encode_share_link,
    parse_run_file,
)
from tests.strategies.scenarios import scenarios

LINK_OF_0_1 = Path(__file__).parent / "link-0.1.txt"

OVERRIDES = Change(12, (("overrides", ((("action", "leave"), ("leave_min", 420), ("vehicle", 0)),)),))
RUN = RunSpec(
    Scenario(fleet_size=60, start="2026-12-15T00:00"),
    (Change(4, (("strategy", "price"),)), Change(9, (("event", (("minutes", 60), ("reduction", 0.3))),)), OVERRIDES),
    20,
    "mine",
)


def encode_link(value: object) -> str:
    return urlsafe_b64encode(zlib.compress(json.dumps(value).encode())).decode().rstrip("=")


def format_issues(error: pytest.ExceptionInfo[ValidationError]) -> list[str]:
    return [str(issue) for issue in error.value.issues]


@given(scenarios())
def test_a_link_and_a_file_give_the_same_run_without_its_session(scenario: Scenario) -> None:
    run = replace(RUN, scenario=scenario)
    for restored in (decode_share_link(encode_share_link(run)), parse_run_file(json.dumps(build_share_document(run)))):
        assert restored == run
        assert restored.session == ""


def test_an_old_link_and_file_open_without_the_parameters_of_former_versions() -> None:
    old = RUN.with_change({"strategy": "peak_shaving", "params": {"peak_shaving.v2g_min_soc": 0.6}})
    document = build_share_document(old)
    document["run"]["scenario"]["params"]["renewable.hold_before_h"] = 3.0
    document["run"]["changes"][-1]["params"]["peak_shaving.target_share"] = 0.5
    assert decode_share_link(encode_link(document)) == parse_run_file(json.dumps(document)) == old


def test_a_link_of_version_0_1_opens_as_the_run_that_it_was() -> None:
    run = decode_share_link(LINK_OF_0_1.read_text(encoding="ascii").strip())
    assert (run.step, run.scenario.fleet_size, run.scenario.strategy) == (12, 1000, "grid_support")
    # The default of its time, and not that of today.
    assert run.scenario.pv_kwp_per_vehicle == 0.5 != Scenario().pv_kwp_per_vehicle


def test_an_old_change_of_a_former_parameter_alone_changes_nothing() -> None:
    document = build_share_document(RUN)
    document["run"]["changes"].append({"step": 20, "params": {"peak_shaving.target_share": 0.5}})
    assert parse_run_file(json.dumps(document)).active_settings == RUN.active_settings


def test_the_link_of_a_usual_run_is_short() -> None:
    assert len(encode_share_link(RUN) or "") < 2000


def test_a_run_with_a_year_of_loads_is_too_large_for_a_link() -> None:
    days = tuple(tuple((7.0 * k * (d + 3)) % 997.3 for k in range(96)) for d in range(300))
    assert encode_share_link(replace(RUN, scenario=replace(RUN.scenario, base_load_profile=days))) is None


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ("", "link: is damaged"),
        ("é", "link: is damaged"),
        ("AAAA", "link: is damaged"),
        ((encode_share_link(RUN) or "")[:-9], "link: is damaged"),
        ("A" * (MAX_LINK_LENGTH + 1), "link: is too large"),
        (None, "link: is too large"),
        (encode_link("[" * 5000), "link: does not contain a run"),
        (urlsafe_b64encode(zlib.compress(b"[" * 100_000)).decode(), "link: is damaged"),
        (
            urlsafe_b64encode(zlib.compress(b"0" * (MAX_SHARE_FILE_LENGTH + 1))).decode().rstrip("="),
            "link: is too large",
        ),
        (encode_link([]), "link: does not contain a run"),
        (encode_link({"format": "another"}), "link: does not contain a run"),
        (encode_link(build_share_document(RUN) | {"version": 9}), "link: was made by another version"),
        (encode_link(build_share_document(RUN) | {"run": {"step": -1}}), "step: must be from"),
    ],
)
def test_a_damaged_or_too_large_link_is_refused_with_a_sentence(link: object, sentence: str) -> None:
    with pytest.raises(ValidationError) as error:
        decode_share_link(link)
    assert any(line.startswith(sentence) for line in format_issues(error)), format_issues(error)


def test_a_file_that_is_too_large_is_not_read() -> None:
    with pytest.raises(ValidationError, match="too large"):
        parse_run_file(" " * (MAX_SHARE_FILE_LENGTH + 1))


@given(st.text() | st.binary().map(lambda data: urlsafe_b64encode(zlib.compress(data)).decode()))
def test_any_text_gives_a_run_or_issues(text: str) -> None:
    for parse in (decode_share_link, parse_run_file):
        with suppress(ValidationError):
            parse(text)
