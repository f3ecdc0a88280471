"""JSON text from outside: half a character is refused in every file, and a whole one is read."""

from __future__ import annotations

from collections.abc import Callable

import orjson
import pytest

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.datasets.ev_specs import parse_catalog
from ev2gym_dashboard.service.datasets.json_text import parse_json
from ev2gym_dashboard.service.datasets.tariff_file import parse_tariff, parse_tariff_text
from ev2gym_dashboard.service.scenarios.validation import require_valid
from ev2gym_dashboard.service.sessions.share_link import parse_run_file

HALVES = ['{"a": "\\ud800"}', '{"\\uDC00": 1}', '["x\\ud83d", 1]', '["\ud800"]', b'{"a": "\\ud800"}']
RAW_HALVES = [b'{"a": "\xed\xa0\x80"}', '["\udc00"]'.encode("utf-16-le", "surrogatepass")]


@pytest.mark.parametrize("text", HALVES, ids=ascii)
def test_half_a_character_is_refused(text: str | bytes) -> None:
    with pytest.raises(ValueError, match="surrogates not allowed"):
        parse_json(text)


@pytest.mark.parametrize("text", RAW_HALVES, ids=ascii)
def test_half_a_character_in_raw_bytes_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match="codec can't decode"):
        parse_json(text)


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize(
    "digits", ["9223372036854775808", "18446744073709551616", "1" + 400 * "0", "1" + 5000 * "0"], ids=len
)
def test_any_integer_can_be_written_again(sign: str, digits: str) -> None:
    (value,) = parse_json(f"[{sign}{digits}]")
    assert orjson.dumps(value)
    assert value == float(sign + digits)


def test_integers_of_18_characters_are_exact() -> None:
    assert parse_json("[999999999999999999, -99999999999999999, 0]") == [10**18 - 1, 1 - 10**17, 0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32-be"])
def test_bytes_are_read_in_each_encoding_of_json(encoding: str) -> None:
    assert parse_json('["é😀"]'.encode(encoding)) == ["é😀"]


@pytest.mark.parametrize("text", ['"\\ud83d\\ude00"', '"😀"', '"\\\\ud800"', "[1.5, null, true]"], ids=ascii)
def test_whole_characters_and_other_values_are_read(text: str) -> None:
    assert parse_json(text) in ("😀", "\\ud800", [1.5, None, True])


@pytest.mark.parametrize("parse", [parse_run_file, parse_tariff_text, lambda text: parse_tariff(text.encode())])
def test_a_file_with_half_a_character_is_refused_with_an_issue(parse: Callable[[str], object]) -> None:
    with pytest.raises(ValidationError):
        parse('{"name": "\\ud800"}')


def test_a_spec_file_with_half_a_character_in_a_name_has_an_issue() -> None:
    assert parse_catalog('{"\\ud800": {"battery_capacity": 40}}')[0] is None


@pytest.mark.parametrize("field", ["catalog_spec", "tariff_spec"])
def test_half_a_character_in_a_scenario_is_an_issue(field: str) -> None:
    for text in ("\ud800", '{"\ud800": {}}'):
        with pytest.raises(ValidationError):
            require_valid(Scenario(**{field: text}))  # type: ignore[arg-type]
