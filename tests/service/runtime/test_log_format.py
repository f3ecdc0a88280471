"""Log format: a line per event, with fields, request id and traceback; values cannot break a line."""

from __future__ import annotations

import logging
import sys

import pytest

from ev2gym_dashboard.service.runtime.log_format import KeyValueFormatter, make_request_id, quote_value, request_id


def make_record(message: str, **fields: object) -> logging.LogRecord:
    record = logging.LogRecord("ev2gym_dashboard.web", logging.INFO, __file__, 1, message, None, None)
    record.fields = fields
    return record


def test_a_line_names_the_logger_the_event_and_its_fields() -> None:
    line = KeyValueFormatter().format(make_record("tick", status=200))
    assert " level=info " in line
    assert line.endswith(" logger=ev2gym_dashboard.web event=tick status=200")


def test_a_line_names_the_request_in_progress() -> None:
    token = request_id.set("5bdc8e1c145ef83a")
    try:
        assert " request=5bdc8e1c145ef83a " in KeyValueFormatter().format(make_record("tick"))
    finally:
        request_id.reset(token)
    assert "request=" not in KeyValueFormatter().format(make_record("tick"))


def test_a_traceback_stays_on_the_line() -> None:
    record = make_record("comparison failed")
    try:
        int("no tariff")
    except ValueError:
        record.exc_info = sys.exc_info()
    line = KeyValueFormatter().format(record)
    assert "\n" not in line
    assert "no tariff" in line


@pytest.mark.parametrize("value", ["a\nlevel=error", "a b", 'say "no"', "é", ""])
def test_a_value_that_is_not_a_plain_word_is_quoted(value: str) -> None:
    quoted = quote_value(value)
    assert quoted.startswith('"')
    assert quoted.isascii()
    assert "\n" not in quoted


@pytest.mark.parametrize("proposed_id", [None, "", "short", "a" * 65, "line\nbreak-of-a-client"])
def test_an_unsafe_request_id_is_replaced(proposed_id: str | None) -> None:
    assert make_request_id(proposed_id) != proposed_id
    assert make_request_id("5bdc8e1c145ef83a") == "5bdc8e1c145ef83a"
