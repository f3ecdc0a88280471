"""Issues as sentences, with numbers in the unit of their field."""

from __future__ import annotations

import pytest

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue, list_declared
from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.requests.issues import format_issues, get_field_label


def test_an_issue_has_its_numbers_in_the_unit_of_its_field(french: Translator, english: Translator) -> None:
    issue = Issue(
        "target_soc", "must be from {low} to {high}, not {value}", (("low", 0.1), ("high", 1.0), ("value", 1.4))
    )
    (note,) = format_issues([issue], french)
    assert note["text"] == "doit aller de 10\u202f% à 100\u202f%, et non 140\u202f%"
    assert note["line"].startswith(get_field_label("target_soc", french) + "\u00a0: ")
    shares = Issue("evse_ac_7_share", "the four shares of EVSE kinds must add up to 1, not {value}", (("value", 0.9),))
    assert "100%, not 90" in format_issues([shares], english)[0]["text"]


@pytest.mark.parametrize(
    ("value", "french_text"),
    [
        ([1], "une liste"),
        ({}, "un objet"),
        (None, "aucune valeur"),
        (10**400, "un très grand nombre"),
        ("abc", "abc"),
        (9.01e15, "9,0\u00a0×\u00a010¹⁵"),
        (-12_345_678.0, "\u221212\u202f345\u202f678"),
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["evse_per_vehicle", "azimuth_deg", "fleet_size"])
def test_a_value_of_any_kind_is_named_in_the_language_of_the_user(
    name: str, value: object, french_text: str, french: Translator
) -> None:
    issues = list_declared(Scenario)[name].check(name, value)
    assert any(french_text in note["text"] for note in format_issues(issues, french))


def test_a_huge_percentage_is_grouped_or_named(french: Translator) -> None:
    for value, text in ((-1e7, "\u22121\u202f000\u202f000\u202f000\u202f%"), (10**400, "un très grand nombre")):
        (note,) = format_issues(list_declared(Scenario)["target_soc"].check("target_soc", value), french)
        assert text in note["text"]
