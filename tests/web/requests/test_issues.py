"""Issues as sentences, with numbers in the unit of their field."""

from __future__ import annotations

from ev2gym_dashboard.core.schema import Issue
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
