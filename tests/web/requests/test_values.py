"""Values of the form: shown as text, and parsed from text."""

from __future__ import annotations

import pytest

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, parse_run, serialize_run
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.requests.values import find_probable_fractions, format_form_values, parse_form_values


def test_the_text_of_a_field_parses_to_its_value(french: Translator) -> None:
    scenario = Scenario(target_soc=0.85, return_share=0.07, evse_per_vehicle=1.5)
    texts = format_form_values(scenario, {"price.v2g_min_soc": 0.655}, french)
    assert (texts["target_soc"], texts["evse_per_vehicle"], texts["price.v2g_min_soc"]) == ("85", "1,5", "65,5")
    values = parse_form_values(texts, french)
    assert values["price.v2g_min_soc"] == 0.655
    fields = {name: value for name, value in values.items() if "." not in name}
    assert parse_run({"scenario": serialize_run(RunSpec(scenario))["scenario"] | fields}).scenario == scenario


@pytest.mark.parametrize(("typed", "value"), [("auto", "auto"), ("", "auto"), (" Auto ", "auto"), ("12,5", 12.5)])
def test_a_quantity_with_a_word_takes_the_word_or_a_number(typed: str, value: object, french: Translator) -> None:
    assert format_form_values(Scenario(), {}, french)["azimuth_deg"] == "auto"
    assert parse_form_values({"azimuth_deg": typed}, french) == {"azimuth_deg": value}


def test_a_whole_number_parses_to_an_integer_and_nonsense_stays_as_typed(french: Translator) -> None:
    parsed = parse_form_values({"fleet_size": "1 000", "seed": "7", "target_soc": "beaucoup"}, french)
    assert parsed == {"fleet_size": 1000, "seed": 7, "target_soc": "beaucoup"}
    assert type(parsed["fleet_size"]) is int


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("0,6", 0.6), (" 0.6 ", 0.6), *((text, None) for text in ("0,6 %", "60", "0", "1", "abc", "-0,5"))],
)
def test_a_percentage_that_looks_like_a_fraction_is_found(typed: str, meant: float | None, french: Translator) -> None:
    found = find_probable_fractions({"return_share": typed, "evse_per_vehicle": "0,6"}, french)
    assert found == ({} if meant is None else {"return_share": meant})


def test_a_percentage_may_carry_its_sign(french: Translator) -> None:
    assert parse_form_values({"target_soc": "65,5\u202f%", "evse_per_vehicle": "5 %"}, french) == {
        "target_soc": 0.655,
        "evse_per_vehicle": "5 %",
    }


@pytest.mark.parametrize("text", ["1,234,567,890,123,456,789,012,345,678,901", "9" * 400, "1 000,5,5", "1e999", "nan"])
def test_any_text_is_a_number_or_none(text: str, french: Translator, english: Translator) -> None:
    for translator in (french, english):
        assert isinstance(translator.parse_number(text), float | None)
